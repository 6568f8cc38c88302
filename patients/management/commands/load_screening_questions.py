"""Load the screening questions from patients/data/screening_questions.csv."""

import csv
from pathlib import Path

from django.core.management.base import BaseCommand
from django.db import transaction

from patients.audit.recording import record_trail
from patients.integrity.changes import differences
from patients.models import ScreeningQuestion, TrailEntry

QUESTIONS_CSV = Path(__file__).resolve().parents[2] / "data" / "screening_questions.csv"


class Command(BaseCommand):
    help = (
        "Add the screening questions whose key is not there yet. A question that is there is left alone, "
        "so that nothing an admin changed or retired is overwritten. Safe to repeat."
    )

    @transaction.atomic
    def handle(self, *args, **options):
        there = set(ScreeningQuestion.objects.values_list("key", flat=True))
        with QUESTIONS_CSV.open(encoding="utf-8", newline="") as file:
            missing = [_question(**row) for row in csv.DictReader(file) if row["key"] not in there]
        for question in missing:
            # Keys are compared in memory and constraints by the database: asking it row by row would be 200 questions.
            question.full_clean(validate_unique=False, validate_constraints=False)
            question.save()
            record_trail(TrailEntry.Action.CREATE, by=None, record=question, changes=differences(None, question))
        self.stdout.write(f"{len(missing)} screening questions added, {len(there)} left as they are.")


def _question(regions, muscles, needs_side, **columns):
    """Lists are written with spaces between; needs_side is yes or empty."""
    return ScreeningQuestion(
        regions=regions.split(), muscles=muscles.split(), needs_side=needs_side == "yes", **columns
    )
