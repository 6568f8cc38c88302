"""Add and revise screening questions. New words make a new version; old answers keep the old version."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.models import ScreeningQuestion, TrailEntry
from patients.permissions import may_add_questions, may_change_questions

Action = TrailEntry.Action
# Fields that can change without a new version.
UNVERSIONED = ("is_active", "sort_order")


@needs(may_add_questions)
@transaction.atomic
def add_question(*, by, **fields):
    """Add the first version of a new question and return it. Raises ValidationError, also if the key is taken."""
    question = ScreeningQuestion(**fields, version=1, edited_at=timezone.now(), edited_by=by)
    if ScreeningQuestion.objects.filter(key=question.key).exists():
        raise ValidationError({"key": "There is already a question with this key."})
    question.full_clean()
    question.save()
    add_audit_entry(Action.CREATE, by=by, record=question, changes=changes_between(None, question))
    return question


@needs(may_change_questions)
@transaction.atomic
def revise_question(question, *, by, **changes):
    """Change a question and return its newest version.

    A change of its order, or of whether it is asked, changes the row; every other change adds a new version. Raises
    ValidationError if `question` is not the newest version.
    """
    question = ScreeningQuestion.objects.select_for_update().get(pk=question.pk)
    check_newest(question)
    before = field_values(question)
    for field, value in changes.items():
        setattr(question, field, value)
    if needs_new_version(question.pk, changes):
        return _next_version(question, by)
    question.full_clean()
    question.save(update_fields=UNVERSIONED)
    add_audit_entry(Action.CHANGE, by=by, record=question, changes=changes_between(before, question))
    return question


def check_newest(question):
    """Raise ValidationError if there is a newer version of the question."""
    if not question.is_newest:
        raise ValidationError("There is a newer version of this question. Change that version instead.")


def needs_new_version(question_id, changes):
    """Whether these changes of a question need a new version."""
    stored = ScreeningQuestion.objects.get(pk=question_id)
    return any(name not in UNVERSIONED and value != getattr(stored, name) for name, value in changes.items())


def _next_version(question, by):
    """Retire the stored version, and add the question as the next one, with an entry about each."""
    retired = ScreeningQuestion.objects.get(pk=question.pk)
    before, retired.is_active = field_values(retired), False
    retired.save(update_fields=["is_active"])
    add_audit_entry(Action.CHANGE, by=by, record=retired, changes=changes_between(before, retired))
    question.pk, question.version = None, question.version + 1
    question.edited_at, question.edited_by = timezone.now(), by
    question._state.adding = True
    question.full_clean()
    question.save()
    add_audit_entry(Action.CREATE, by=by, record=question, changes=changes_between(None, question))
    return question
