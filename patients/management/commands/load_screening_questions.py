"""Load the screening questions from patients/data/screening_questions.csv."""

import csv
from pathlib import Path

from django.core.management.base import BaseCommand
from django.db import transaction

from patients.audit.recording import add_audit_entry
from patients.integrity.changes import changes_between
from patients.models import ScreeningQuestion, TrailEntry

QUESTIONS_CSV = Path(__file__).resolve().parents[2] / "data" / "screening_questions.csv"


class Command(BaseCommand):
    help = (
        "Add the screening questions whose keys do not exist yet. Existing questions are not changed, so that nothing "
        "an admin changed or retired is overwritten. Safe to repeat."
    )

    @transaction.atomic
    def handle(self, *args, **options):
        existing = set(ScreeningQuestion.objects.values_list("key", flat=True))
        with QUESTIONS_CSV.open(encoding="utf-8", newline="") as file:
            missing = [_question(**row) for row in csv.DictReader(file) if row["key"] not in existing]
        for question in missing:
            # Keys are compared above and the database checks the constraints: validating both here takes 200 queries.
            question.full_clean(validate_unique=False, validate_constraints=False)
            question.save()
            add_audit_entry(TrailEntry.Action.CREATE, by=None, record=question, changes=changes_between(None, question))
        self.stdout.write(f"Screening questions: {len(missing)} added, {len(existing)} already exist.")


def _question(regions, muscles, needs_side, **columns):
    """Lists are separated by spaces; needs_side is "yes" or empty."""
    return ScreeningQuestion(
        regions=regions.split(), muscles=muscles.split(), needs_side=needs_side == "yes", **columns
    )
