"""Load the consent form from patients/data/consent_form.toml."""

import tomllib
from datetime import date, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.integrity.changes import changes_between
from patients.models import ConsentForm, TrailEntry
from patients.services import publish_form

FORM_TOML = Path(__file__).resolve().parents[2] / "data" / "consent_form.toml"


class Command(BaseCommand):
    help = (
        "Add and publish the first version of the consent form. Does nothing if there is a consent form already, so "
        "it never overwrites what an admin wrote."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--published-on",
            type=date.fromisoformat,
            help="The first day of use; today by default.",
        )

    @transaction.atomic
    def handle(self, *args, published_on=None, **options):
        if ConsentForm.objects.exists():
            self.stdout.write("There is already a consent form. Nothing was changed.")
            return
        form = ConsentForm(**tomllib.loads(FORM_TOML.read_text("utf-8")))
        form.full_clean()
        form.save()
        add_audit_entry(TrailEntry.Action.CREATE, by=None, record=form, changes=changes_between(None, form))
        publish_form(form, by=None, published_at=_moment(published_on))
        self.stdout.write(f"{form} added and published.")


def _moment(day):
    """The beginning of a day; None if no day is given. Raises CommandError for a future day."""
    if day and day > timezone.localdate():
        raise CommandError("A form cannot be published in the future. Give today or an earlier day.")
    return day and timezone.make_aware(datetime(day.year, day.month, day.day))
