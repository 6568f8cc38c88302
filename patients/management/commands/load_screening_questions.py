"""Load the screening questions from patients/data/screening_questions.csv, or bring them up to date."""

import csv
from pathlib import Path

from django.core.management.base import BaseCommand
from django.db import transaction

from patients.audit.recording import add_audit_entry
from patients.integrity.changes import changes_between, field_values
from patients.models import ScreeningQuestion, TrailEntry
from patients.models.question_details import read_detail_fields

QUESTIONS_CSV = Path(__file__).resolve().parents[2] / "data" / "screening_questions.csv"
Action = TrailEntry.Action


class Command(BaseCommand):
    help = (
        "Add the questions that are new in Filiform, add a new version of each that has changed, and retire those that "
        "it no longer comes with. Questions that somebody of the clinic wrote, changed or retired stay as they are. "
        "Answers keep the version that was asked. Safe to repeat."
    )

    @transaction.atomic
    def handle(self, *args, **options):
        with QUESTIONS_CSV.open(encoding="utf-8", newline="") as file:
            supplied = {row["key"]: _question(**row) for row in csv.DictReader(file)}
        newest = {question.key: question for question in ScreeningQuestion.objects.newest()}
        unchanged = {key: one for key, one in newest.items() if one.edited_at is None and one.is_active}
        added = [question for key, question in supplied.items() if key not in newest]
        renewed = [new for key, new in supplied.items() if key in unchanged and _differ(new, unchanged[key])]
        removed = [question for key, question in unchanged.items() if key not in supplied]
        for question in renewed:
            question.version = newest[question.key].version + 1
        for question in [*removed, *(unchanged[new.key] for new in renewed)]:
            before = field_values(question)
            question.is_active = False
            question.save(update_fields=["is_active"])
            add_audit_entry(Action.CHANGE, by=None, record=question, changes=changes_between(before, question))
        for question in [*added, *renewed]:
            # Keys are compared above and the database checks the constraints: validating both here takes 200 queries.
            question.full_clean(validate_unique=False, validate_constraints=False)
            question.save()
            add_audit_entry(Action.CREATE, by=None, record=question, changes=changes_between(None, question))
        kept = len(newest) - len(renewed) - len(removed)
        self.stdout.write(
            f"Screening questions: {len(added)} added, {len(renewed)} in a new version, {len(removed)} retired, "
            f"{kept} left as they are."
        )


def _question(regions, muscles, needs_side, details, sort_order, asked, **columns):
    """Lists are separated by spaces; needs_side is "yes" or empty; details as read_detail_fields takes them.

    `asked` is "no" for a question that is not asked before a clinic turns it on, and else empty.
    """
    return ScreeningQuestion(
        regions=regions.split(),
        muscles=muscles.split(),
        needs_side=needs_side == "yes",
        details=read_detail_fields(details),
        sort_order=int(sort_order),
        is_active=asked != "no",
        **columns,
    )


def _differ(new, old):
    """Whether anything but the order differs."""
    ignored = {"id", "version", "is_active", "sort_order", "edited_at", "edited_by"}
    names = [field.attname for field in ScreeningQuestion._meta.concrete_fields if field.name not in ignored]
    return any(getattr(new, name) != getattr(old, name) for name in names)
