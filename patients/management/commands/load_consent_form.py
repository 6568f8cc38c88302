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
        "Add and publish the consent form in a new clinic. Where the clinic still uses its first form, add this one as "
        "a draft, for an admin to read and publish. Otherwise do nothing, so that it never overwrites what was written."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--published-on",
            type=date.fromisoformat,
            help="The first day of use; today by default.",
        )

    @transaction.atomic
    def handle(self, *args, published_on=None, **options):
        texts = tomllib.loads(FORM_TOML.read_text("utf-8"))
        newest = ConsentForm.objects.newest_first().first()
        if newest and (newest.version > 1 or all(getattr(newest, name) == text for name, text in texts.items())):
            self.stdout.write("There is already a consent form. Nothing was changed.")
            return
        form = ConsentForm(version=newest.version + 1 if newest else 1, **texts)
        form.full_clean()
        form.save()
        add_audit_entry(TrailEntry.Action.CREATE, by=None, record=form, changes=changes_between(None, form))
        if newest:
            self.stdout.write(f"{form} added as a draft. Read and publish it in the admin.")
            return
        publish_form(form, by=None, published_at=_moment(published_on))
        self.stdout.write(f"{form} added and published.")


def _moment(day):
    """The beginning of a day; None if no day is given. Raises CommandError for a future day."""
    if day and day > timezone.localdate():
        raise CommandError("A form cannot be published in the future. Give today or an earlier day.")
    return day and timezone.make_aware(datetime(day.year, day.month, day.day))
