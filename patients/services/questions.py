"""Keep the screening questions: other words are a new version, and the old one stays for the answers it was given."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.audit.recording import record_trail
from patients.integrity.authorization import needs
from patients.integrity.changes import differences, state_of
from patients.models import ScreeningQuestion, TrailEntry
from patients.permissions import may_add_questions, may_change_questions

STANDING = ("is_active", "sort_order")


@needs(may_add_questions)
@transaction.atomic
def add_question(*, by, **fields):
    """The first version of a new question. Raises ValidationError when its key is taken."""
    question = ScreeningQuestion(**fields, version=1, edited_at=timezone.now(), edited_by=by)
    if ScreeningQuestion.objects.filter(key=question.key).exists():
        raise ValidationError({"key": "A question with this key is there already."})
    question.full_clean()
    question.save()
    record_trail(TrailEntry.Action.CREATE, by=by, record=question, changes=differences(None, question))
    return question


@needs(may_change_questions)
@transaction.atomic
def revise_question(question, *, by, **changes):
    """Change a question: its words, category, scope or source by a new version, its place or standing as it is.

    Returns the version that holds now. Raises ValidationError when `question` is not the newest version.
    """
    question = ScreeningQuestion.objects.select_for_update().get(pk=question.pk)
    check_newest(question)
    before = state_of(question)
    for field, value in changes.items():
        setattr(question, field, value)
    if reworded(question.pk, changes):
        question = _next_version(question, by)
    else:
        question.full_clean()
        question.save(update_fields=STANDING)
    record_trail(TrailEntry.Action.CHANGE, by=by, record=question, changes=differences(before, question))
    return question


def check_newest(question):
    """Raise ValidationError for a version that another one has followed."""
    if not question.is_newest:
        raise ValidationError("A newer version of this question is there. Change that one.")


def reworded(question_id, changes):
    """Whether the changes are to be a new version, not only another place in the list or a retirement."""
    stored = ScreeningQuestion.objects.get(pk=question_id)
    return any(name not in STANDING and value != getattr(stored, name) for name, value in changes.items())


def _next_version(question, by):
    ScreeningQuestion.objects.filter(pk=question.pk).update(is_active=False)
    question.pk, question.version = None, question.version + 1
    question.edited_at, question.edited_by = timezone.now(), by
    question._state.adding = True
    question.full_clean()
    question.save()
    return question
