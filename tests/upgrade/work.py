"""A day's work, done by the code in the current folder, whichever version it is: work.py STEP.

It registers a patient, books them, screens them, records their consent, and starts, saves and signs a session. It books
everybody who is there already and signs a session for them too. Then it reads the record of each.
"""

import os
import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django  # noqa: E402 - the settings must be named first

django.setup()

from django.conf import settings  # noqa: E402 - the settings must be named first
from django.test import Client  # noqa: E402 - the settings must be named first

from clinic.roles import FRONT_DESK  # noqa: E402 - the settings must be named first
from patients.models import Patient  # noqa: E402 - the settings must be named first
from tests import people  # noqa: E402 - the settings must be named first
from tests.clinic.builders import book, make_hours, monday  # noqa: E402 - the settings must be named first
from tests.treatments.builders import make_signed  # noqa: E402 - the settings must be named first
from treatments.models import TreatmentSession  # noqa: E402 - the settings must be named first


def main(step):
    settings.ALLOWED_HOSTS = ["testserver"]
    desk = people.make_user(f"desk.{step}", role=FRONT_DESK)
    physio = people.make_physiotherapist(f"physio.{step}", last_name=f"Solberg {step}")
    make_hours(physio)
    earlier = list(Patient.objects.order_by("pk"))
    patient = people.make_patient(by=desk, given_name=f"Patient {step}")
    days = monday() + timedelta(days=7 * step)
    for number, each in enumerate([*earlier, patient]):
        book(each, physio, f"{9 + number:02}:00", by=desk, day=days)
        make_signed(each, by=physio)
    client = Client()
    client.force_login(physio)
    for each in [*earlier, patient]:
        pages = [each.get_absolute_url()]
        pages += [
            session.get_absolute_url() for session in TreatmentSession.objects.filter(patient=each, status="signed")
        ]
        for page in pages:
            if (status := client.get(page).status_code) != 200:
                sys.exit(f"{page} answered {status}.")


if __name__ == "__main__":
    main(int(sys.argv[1]))
