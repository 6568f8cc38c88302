"""Store screenings and their answers."""

from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.alerts import alerts_of, alerts_to_ask_about
from patients.audit.recording import add_audit_entry
from patients.conflicts import conflicts_between
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, row_changes
from patients.models import Patient, PatientAnswers, Screening, ScreeningAnswer, ScreeningQuestion, TrailEntry
from patients.permissions import may_take_screenings
from patients.precautions import screening_state
from patients.services.once import record_once


class Answer(NamedTuple):
    """The answer to one question. `is_yes` is None for "not known".

    `side` and `regions` are the location of a "yes", for questions that ask for it. `details` are pairs: the words of
    a field of the question, and what was entered.
    """

    is_yes: bool | None
    detail: str = ""
    side: str = ""
    regions: tuple = ()
    details: tuple = ()


@needs(may_take_screenings)
@transaction.atomic
def take_screening(patient, *, by, answers, taken_at=None, conflicts=(), patient_answers=None, confirmed=()):
    """Store a screening and return it. `answers` is {question: Answer, or a tuple of its fields}.

    `conflicts` are the keys of the Conflicts in the answers that `by` confirmed as both right. With
    `patient_answers`, what the patient answered on the tablet, `confirmed` are the keys of the questions about which
    `by` then talked with the patient: at least those that the patient did not answer with no.

    Raises ValidationError if a question that is asked has no answer, if a location is missing, if there is an answer
    to a question that is no longer asked, if answers are in conflict, or if one of the patient is not confirmed.
    """
    answers = {question: Answer(*answer) for question, answer in answers.items()}
    taken_at = taken_at or timezone.now()
    _check_answers(answers, taken_at)
    found = _check_conflicts(patient, answers, conflicts, taken_at)
    answered = _answers_of_the_patient(patient, patient_answers, answers, confirmed)
    valid_until = timezone.localdate(taken_at) + timedelta(days=settings.SCREENING_VALID_DAYS)
    screening = Screening(patient=patient, taken_at=taken_at, taken_by=by, valid_until=valid_until)
    screening.patient_answers = patient_answers
    screening.conflicts_confirmed = [conflict.sentence for conflict in found]
    screening.full_clean()
    screening.save()
    rows = ScreeningAnswer.objects.bulk_create(
        _checked_row(screening, question, answer, answered.get(question.pk, "")) for question, answer in answers.items()
    )
    changes = changes_between(None, screening) | row_changes([], rows) | _not_known(rows)
    add_audit_entry(TrailEntry.Action.CREATE, by=by, record=screening, changes=changes)
    return screening


@needs(may_take_screenings)
@transaction.atomic
def keep_patient_answers(patient, *, by, answers, answered_by_name, answers_id=None):
    """Keep what the patient answered alone on the tablet that `by` handed over; return the PatientAnswers.

    `answers` is {question: Answer, or a tuple of its fields}, of all questions that patients are asked. Sent twice with
    one `answers_id`, they are stored once. Raises ValidationError as take_screening does.
    """
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    answers = {question: Answer(*answer) for question, answer in answers.items()}
    _check_answered(answers, set(ScreeningQuestion.objects.asked_of_patients()))
    rows = [_checked_row(None, question, answer, "") for question, answer in answers.items()]
    key = {"pk": answers_id} if answers_id else {}
    row = PatientAnswers(patient=patient, handed_over_by=by, answered_by_name=answered_by_name.strip(), **key)
    row.answers = {str(answer.question_id): _as_stored(answer) for answer in rows}
    return record_once(row, by=by, same=["patient_id", "answers"])


def _as_stored(answer):
    choice = {True: "yes", False: "no", None: "not_known"}[answer.is_yes]
    names = ("detail", "details", "side", "regions")
    return {"answer": choice} | {name: getattr(answer, name) for name in names}


@needs(may_take_screenings)
def confirm_screening(patient, *, by):
    """Take a screening today with the answers of the last one, because nothing has changed for the patient.

    Raises ValidationError if the last screening has expired, if the questions have changed since, if something has
    become known since that means yes to a question, or if answers do not fit together and nobody was asked about them.
    """
    state = screening_state(patient, on=timezone.localdate())
    if not state.is_valid:
        raise ValidationError(state.sentence)
    answers = {answer.question: answer for answer in state.screening.answers.select_related("question")}
    if set(answers) != set(ScreeningQuestion.objects.asked()):
        raise ValidationError("The questions have changed since the last screening. Ask all of them again.")
    _refuse_unasked(patient, state.screening, {question.key: answer.is_yes for question, answer in answers.items()})
    same = {q: Answer(a.is_yes, a.detail, a.side, a.regions, a.details) for q, a in answers.items()}
    confirmed = state.screening.conflicts_confirmed
    keys = [one.key for one in _conflicts(patient, same, state.screening) if one.sentence in confirmed]
    return take_screening(patient, by=by, answers=same, conflicts=keys)


def _check_conflicts(patient, answers, confirmed, taken_at):
    """The Conflicts in the answers. Raises ValidationError if one of their keys is not among the `confirmed`."""
    last = screening_state(patient, at=taken_at).screening
    found = _conflicts(patient, answers, last)
    if unasked := [conflict.sentence for conflict in found if conflict.key not in confirmed]:
        raise ValidationError(f"Ask about answers that do not fit together: {' '.join(unasked)}", code="conflict")
    return found


def _conflicts(patient, answers, last):
    details = {q.key: "; ".join([*(value for _, value in a.details), a.detail]) for q, a in answers.items()}
    answered = {question: answer.is_yes for question, answer in answers.items()}
    return conflicts_between(answered, patient, last=last, details=details)


def _answers_of_the_patient(patient, patient_answers, answers, confirmed):
    """{id of a question: "yes", "no" or "not_known"} that the patient answered on the tablet.

    Raises ValidationError for answers of another patient, for answers that were used before, and if one that was not
    no is not among the `confirmed` keys.
    """
    if patient_answers is None:
        return {}
    if patient_answers.patient.person_id != patient.person_id:
        raise ValidationError("These answers belong to another patient. Open the screening from the patient’s page.")
    if Screening.objects.filter(patient_answers=patient_answers).exists():
        raise ValidationError("These answers of the patient are already part of a screening.")
    found = {int(pk): answer["answer"] for pk, answer in patient_answers.answers.items()}
    open_alerts = [q.alert for q in answers if found.get(q.pk, "no") != "no" and q.key not in confirmed]
    if open_alerts:
        raise ValidationError(f"Talk about what the patient answered, then confirm it: {', '.join(open_alerts)}.")
    return found


def _refuse_unasked(patient, screening, answered):
    alerts = alerts_to_ask_about(alerts_of(patient), screening)
    if unasked := [alert.label for alert in alerts if answered.get(alert.question_key) is False]:
        raise ValidationError(f"Recorded since the last screening: {', '.join(unasked)}. Ask the questions again.")


def _not_known(answers):
    """An addition to the audit entry, which leaves out fields without a value such as an answer "not known"."""
    texts = [answer.question_text for answer in answers if not answer.is_known]
    return {"not known": [[], texts]} if texts else {}


def _check_answers(answers, taken_at):
    _check_answered(answers, set(ScreeningQuestion.objects.asked()))
    if taken_at > timezone.now():
        raise ValidationError("A screening cannot be taken in the future.")


def _check_answered(answers, asked):
    if not asked:
        raise ValidationError("There are no screening questions. Load them: manage.py load_screening_questions.")
    if missing := asked - set(answers):
        texts = " · ".join(sorted(question.text for question in missing))
        raise ValidationError(f"Answer every question. Missing: {texts}")
    if set(answers) - asked:
        raise ValidationError("A question was retired or reworded after you opened this page. Reload the page.")


def _checked_row(screening, question, answer, patient_said):
    if answer.is_yes not in (True, False, None):
        raise ValidationError(f"Answer yes, no or not known: {question.alert}.")
    if answer.is_yes is False and (answer.detail or answer.details or answer.side or answer.regions):
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
        details=[list(pair) for pair in answer.details],
        patient_said=patient_said,
        side=answer.side,
        regions=list(answer.regions),
    )
    row.clean_fields(exclude=["screening", "question"])
    return row
