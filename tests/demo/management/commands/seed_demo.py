import random
from io import StringIO

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from clinic.models import Practitioner, Site
from patients.integrity.progress import shown_in_terminal
from patients.models import Patient
from tests.demo.clinic import LOGINS, PASSWORD, PIN, SITE_NAME
from tests.demo.seeding import seed

SEED = 20560
MOST_PATIENTS = 300  # as many as four people in three rooms can treat


class Command(BaseCommand):
    help = f"Fill an empty database with {SITE_NAME}: invented staff, patients and half a year of records."

    def add_arguments(self, parser):
        parser.add_argument("--patients", type=int, default=250, help="How many patients to invent. Default: 250.")

    def handle(self, *, patients, **options):
        if not 1 <= patients <= MOST_PATIENTS:
            raise CommandError(f"Choose between 1 and {MOST_PATIENTS} patients.")
        if Site.objects.filter(is_demo=True).exists():
            self.stdout.write("The demo clinic is already here. Nothing was changed.")
        elif Patient.objects.exists() or Practitioner.objects.exists():
            raise CommandError(
                "This database holds patients or practitioners that the demo did not make. Nothing was written."
                " Point DATABASE_URL at an empty database for the demo."
            )
        else:
            with shown_in_terminal():
                seed(patients=patients, rng=random.Random(SEED))
            call_command("verify_records", stdout=StringIO())  # the start page of the admin shows it
            self.stdout.write(f"{SITE_NAME} is ready: {Patient.objects.count()} invented patients.")
        self._print_logins()

    def _print_logins(self):
        self.stdout.write(f"\n{'User name':<12} {'Password':<20} {'PIN':<8} {'Role':<16} Name")
        for username, first_name, last_name, role in LOGINS:
            self.stdout.write(f"{username:<12} {PASSWORD:<20} {PIN:<8} {role:<16} {first_name} {last_name}")
