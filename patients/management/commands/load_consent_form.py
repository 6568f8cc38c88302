"""Load the consent form from patients/data/consent_form.toml."""

import tomllib
from datetime import date, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from patients.audit.recording import record_trail
from patients.integrity.changes import differences
from patients.models import ConsentForm, TrailEntry
from patients.services import publish_form

FORM_TOML = Path(__file__).resolve().parents[2] / "data" / "consent_form.toml"


class Command(BaseCommand):
    help = (
        "Add and publish the first version of the consent form, unless there is a form already: what an admin wrote "
        "is never overwritten. Safe to repeat."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--published-on", type=date.fromisoformat, help="The day since when the clinic uses it; today unless told."
        )

    @transaction.atomic
    def handle(self, *args, published_on=None, **options):
        if ConsentForm.objects.exists():
            self.stdout.write("There is a consent form already. Nothing was changed.")
            return
        form = ConsentForm(**tomllib.loads(FORM_TOML.read_text("utf-8")))
        form.full_clean()
        form.save()
        record_trail(TrailEntry.Action.CREATE, by=None, record=form, changes=differences(None, form))
        publish_form(form, by=None, published_at=_moment(published_on))
        self.stdout.write(f"{form} added and published.")


def _moment(day):
    """The beginning of a day that is not ahead; None for now."""
    if day and day > timezone.localdate():
        raise CommandError("A form is not published ahead. Give today or an earlier day.")
    return day and timezone.make_aware(datetime(day.year, day.month, day.day))
