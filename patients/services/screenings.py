"""Store screenings and their answers."""

from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, row_changes
from patients.models import Screening, ScreeningAnswer, ScreeningQuestion, TrailEntry
from patients.permissions import may_take_screenings
from patients.precautions import screening_state


class Answer(NamedTuple):
    """The answer to one question. `is_yes` is None for "not known".

    `side` and `regions` are the location of a "yes", for questions that ask for it.
    """

    is_yes: bool | None
    detail: str = ""
    side: str = ""
    regions: tuple = ()


@needs(may_take_screenings)
@transaction.atomic
def take_screening(patient, *, by, answers, taken_at=None):
    """Store a screening and return it. `answers` is {question: Answer, or a tuple of its fields}.

    Raises ValidationError if a question that is asked has no answer, if a location is missing, or if there is an answer
    to a question that is no longer asked.
    """
    answers = {question: Answer(*answer) for question, answer in answers.items()}
    taken_at = taken_at or timezone.now()
    _check_answers(answers, taken_at)
    valid_until = timezone.localdate(taken_at) + timedelta(days=settings.SCREENING_VALID_DAYS)
    screening = Screening(patient=patient, taken_at=taken_at, taken_by=by, valid_until=valid_until)
    screening.full_clean()
    screening.save()
    rows = ScreeningAnswer.objects.bulk_create(
        _checked_row(screening, question, answer) for question, answer in answers.items()
    )
    changes = changes_between(None, screening) | row_changes([], rows) | _not_known(rows)
    add_audit_entry(TrailEntry.Action.CREATE, by=by, record=screening, changes=changes)
    return screening


@needs(may_take_screenings)
def confirm_screening(patient, *, by):
    """Take a screening today with the answers of the last one, because nothing has changed for the patient.

    Raises ValidationError if the last screening has expired, or if the questions have changed since.
    """
    state = screening_state(patient, on=timezone.localdate())
    if not state.is_valid:
        raise ValidationError(state.sentence)
    answers = {answer.question: answer for answer in state.screening.answers.select_related("question")}
    if set(answers) != set(ScreeningQuestion.objects.asked()):
        raise ValidationError("The questions have changed since the last screening. Ask all of them again.")
    same = {q: Answer(a.is_yes, a.detail, a.side, a.regions) for q, a in answers.items()}
    return take_screening(patient, by=by, answers=same)


def _not_known(answers):
    """An addition to the audit entry, which leaves out fields without a value such as an answer "not known"."""
    texts = [answer.question_text for answer in answers if not answer.is_known]
    return {"not known": [[], texts]} if texts else {}


def _check_answers(answers, taken_at):
    asked = set(ScreeningQuestion.objects.asked())
    if not asked:
        raise ValidationError("There are no screening questions. Load them: manage.py load_screening_questions.")
    if missing := asked - set(answers):
        texts = " · ".join(sorted(question.text for question in missing))
        raise ValidationError(f"Answer every question. Missing: {texts}")
    if set(answers) - asked:
        raise ValidationError("A question was retired or reworded after you opened this page. Reload the page.")
    if taken_at > timezone.now():
        raise ValidationError("A screening cannot be taken in the future.")


def _checked_row(screening, question, answer):
    if answer.is_yes not in (True, False, None):
        raise ValidationError(f"Answer yes, no or not known: {question.alert}.")
    if answer.is_yes is False and (answer.detail or answer.side or answer.regions):
        raise ValidationError("A “No” answer cannot have details.")
    if answer.is_yes is None and (answer.side or answer.regions):
        raise ValidationError("Only a “Yes” answer can have a location.")
    if answer.is_yes and question.needs_side and not (answer.side and answer.regions):
        raise ValidationError(f"Choose the side and at least one region: {question.alert}.")
    row = ScreeningAnswer(
        screening=screening,
        question=question,
        question_text=question.text,
        is_yes=answer.is_yes,
        detail=answer.detail,
        side=answer.side,
        regions=list(answer.regions),
    )
    row.clean_fields(exclude=["screening", "question"])
    return row
