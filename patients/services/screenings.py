"""Ask the screening questions and keep the answers."""

from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.alerts import alerts_of, alerts_to_ask_about
from patients.audit.recording import record_trail
from patients.integrity.authorization import needs
from patients.integrity.changes import differences, row_differences
from patients.models import Screening, ScreeningAnswer, ScreeningQuestion, TrailEntry
from patients.permissions import may_take_screenings
from patients.precautions import screening_state


class Said(NamedTuple):
    """What was answered to one question; `is_yes` is None when it is not known.

    `side` and `regions` say where, when the question asks for it.
    """

    is_yes: bool | None
    detail: str = ""
    side: str = ""
    regions: tuple = ()


@needs(may_take_screenings)
@transaction.atomic
def take_screening(patient, *, by, answers, taken_at=None):
    """Keep one screening: answers is {question: Said, or a tuple like it}, with every asked question answered.

    Raises ValidationError when an answer is missing, says yes but not where, or goes with a question no longer asked.
    """
    answers = {question: Said(*said) for question, said in answers.items()}
    taken_at = taken_at or timezone.now()
    _check_answers(answers, taken_at)
    valid_until = timezone.localdate(taken_at) + timedelta(days=settings.SCREENING_VALID_DAYS)
    screening = Screening(patient=patient, taken_at=taken_at, taken_by=by, valid_until=valid_until)
    screening.full_clean()
    screening.save()
    given = ScreeningAnswer.objects.bulk_create(
        _answer(screening, question, said) for question, said in answers.items()
    )
    changes = differences(None, screening) | row_differences([], given) | _not_known(given)
    record_trail(TrailEntry.Action.CREATE, by=by, record=screening, changes=changes)
    return screening


@needs(may_take_screenings)
def confirm_screening(patient, *, by):
    """The patient says that nothing has changed: today's screening has the last one's answers.

    Raises ValidationError when the last one has run out, when other questions are asked by now, or when something has
    become known since that means yes to a question.
    """
    state = screening_state(patient, on=timezone.localdate())
    if not state.is_valid:
        raise ValidationError(state.sentence)
    answers = {answer.question: answer for answer in state.screening.answers.select_related("question")}
    if set(answers) != set(ScreeningQuestion.objects.asked()):
        raise ValidationError("The questions have changed since. Ask them all again.")
    _refuse_unasked(patient, state.screening, {question.key: answer.is_yes for question, answer in answers.items()})
    said = {q: (a.is_yes, a.detail, a.side, a.regions) for q, a in answers.items()}
    return take_screening(patient, by=by, answers=said)


def _refuse_unasked(patient, screening, answered):
    alerts = alerts_to_ask_about(alerts_of(patient), screening)
    if unasked := [alert.label for alert in alerts if answered.get(alert.question_key) is False]:
        raise ValidationError(f"Recorded since the last screening: {', '.join(unasked)}. Ask the questions again.")


def _not_known(answers):
    """Said in the trail by name: there, a field without a value is not told."""
    texts = [answer.question_text for answer in answers if not answer.is_known]
    return {"not known": [[], texts]} if texts else {}


def _check_answers(answers, taken_at):
    asked = set(ScreeningQuestion.objects.asked())
    if not asked:
        raise ValidationError("There are no screening questions yet. Load them: manage.py load_screening_questions.")
    if missing := asked - set(answers):
        texts = " · ".join(sorted(question.text for question in missing))
        raise ValidationError(f"Answer every question. Missing: {texts}")
    if set(answers) - asked:
        raise ValidationError("A question has been retired or reworded meanwhile. Open the page again.")
    if taken_at > timezone.now():
        raise ValidationError("A screening cannot be taken in the future.")


def _answer(screening, question, said):
    if said.is_yes not in (True, False, None):
        raise ValidationError(f"Answer yes, no or not known: {question.alert}.")
    if said.is_yes is False and (said.detail or said.side or said.regions):
        raise ValidationError("Say yes first, then add the detail.")
    if said.is_yes is None and (said.side or said.regions):
        raise ValidationError("What is not known has no place. Say yes first, then where.")
    if said.is_yes and question.needs_side and not (said.side and said.regions):
        raise ValidationError(f"Say on which side and in which region: {question.alert}.")
    answer = ScreeningAnswer(
        screening=screening,
        question=question,
        question_text=question.text,
        is_yes=said.is_yes,
        detail=said.detail,
        side=said.side,
        regions=list(said.regions),
    )
    answer.clean_fields(exclude=["screening", "question"])
    return answer
