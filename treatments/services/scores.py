"""Record and correct scores of outcome measures."""

from decimal import Decimal
from uuid import uuid5

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.integrity.authorization import needs
from patients.models import Episode
from patients.services.once import record_once
from treatments.models import FollowUp, FollowUpAnswers, OutcomeScore
from treatments.permissions import may_record_scores
from treatments.questionnaires.definitions import questionnaires
from treatments.questionnaires.scoring import score_of

STALE = "A colleague corrected this score while you were writing. Go back to the outcomes and check their correction."
CONTENT = (
    "episode_id", "measure", "item", "scored_on", "value", "answers", "patient_answers", "replaces_id", "reason",
    "follow_up_answers_id",
)  # fmt: skip


@needs(may_record_scores)
@transaction.atomic
def record_outcome_score(
    episode,
    *,
    by,
    measure,
    scored_on,
    value=None,
    item="",
    answers=(),
    patient_answers=(),
    answered_by_name="",
    follow_up_answers=None,
    replaces=None,
    reason="",
    recorded_at=None,
    id=None,
):
    """Add a score of an episode: `value` in the unit of the measure's Scale (NDI and ODI in percent).

    `item` is the activity of PSFS or the window of NPRS, and empty for totals. `answers` are those of a questionnaire
    that has a total, as [key, words, whole number or None] of each item; `value` is then their score.
    `patient_answers` are, in the same form, what the person with `answered_by_name` entered alone: on the tablet, or
    through the link after a visit (`follow_up_answers`).
    With `replaces` (an OutcomeScore of the same patient) the new row replaces that one, and `reason` is required;
    without a value the replaced score is withdrawn. `id` is chosen by the page, so that a page sent twice records one
    score. Raises ValidationError if the day, the value or the item is impossible, if the value does not follow from the
    answers, or if the score was corrected in the meantime (code "stale"), and OtherContent if another score has this
    id.
    """
    # Locked, so that the second of two simultaneous corrections finds the first.
    episode = Episode.objects.select_for_update(of=["self"]).select_related("patient").get(pk=episode.pk)
    if episode.error_mark_id or (replaces and replaces.error_mark_id):
        raise ValidationError("This is marked as entered in error. Record the score in another episode.")
    score = OutcomeScore(
        patient=episode.patient,
        episode=episode,
        measure=measure,
        item=" ".join(item.split()),
        scored_on=scored_on,
        value=None if value is None else Decimal(value),
        answers=[list(answer) for answer in answers],
        patient_answers=[list(answer) for answer in patient_answers],
        answered_by_name=answered_by_name.strip(),
        follow_up_answers=follow_up_answers,
        recorded_at=recorded_at or timezone.now(),
        recorded_by=by,
        replaces=replaces,
        reason=reason.strip(),
    )
    score.pk = id or score.pk
    return record_once(score, by=by, same=CONTENT, prepare=_refuse_impossible)


@needs(may_record_scores)
@transaction.atomic
def record_answers(episode, *, by, scored_on, given, id, by_patient=None, answered_by_name="", follow_up_answers=None):
    """Record the answers to questionnaires: a list of the OutcomeScores that follow, at least one.

    `given` is {measure: {key of an item: whole number or None}}; for the PSFS the keys are the activities. A
    questionnaire that has a total gives one score, the others one for each answer. `by_patient` has the same form: what
    the person with `answered_by_name` entered alone. With `follow_up_answers`, the FollowUpAnswers of a session of this
    patient, `by` confirms what was answered through the link after the visit. `id` is chosen by the page, so that a
    page sent twice records each score once. Raises ValidationError if nothing was answered, if too many answers of a
    total are missing, if the answers are confirmed already, and as record_outcome_score does.
    """
    if follow_up_answers:
        _refuse_confirmed(episode, follow_up_answers, id)
    scores = []
    for measure, answers in given.items():
        questionnaire, entered = questionnaires()[measure], (by_patient or {}).get(measure, {})
        for item, fields in _scores_of(questionnaire, answers, entered):
            name = answered_by_name if fields.get("patient_answers") else ""
            about = {"measure": measure, "item": item, "scored_on": scored_on, "answered_by_name": name}
            about["follow_up_answers"] = follow_up_answers
            key = _key_of(id, measure, item)
            scores.append(record_outcome_score(episode, by=by, id=key, **about, **fields))
    if not scores:
        raise ValidationError("Nothing is answered yet.")
    return scores


def _key_of(id, measure, item):
    return uuid5(id, f"{measure} {item}".casefold())


def _refuse_confirmed(episode, answers, id):
    # Locked, so that the second of two people who confirm the same answers finds the scores of the first.
    locked = FollowUpAnswers.objects.select_for_update(of=["self"]).select_related("session__patient")
    answers = locked.get(pk=answers.pk)
    if answers.session.patient.person_id != episode.patient.person_id:
        raise ValidationError("These answers are about another patient.")
    of_this_page = [
        _key_of(id, measure, item)
        for measure, rows in answers.questionnaires.items()
        for item in ["", *[key for key, _, _ in rows]]
    ]
    is_refused = FollowUp.objects.filter(patient_answers=answers).exists()
    if is_refused or answers.scores.exclude(pk__in=of_this_page).exists():
        raise ValidationError("A colleague has dealt with these answers already. See the scores and the chart.")


def _scores_of(questionnaire, answers, entered):
    """(item of the OutcomeScore, its value and answers) of each score that follows from the answers."""
    words = {item.key: item.text for item in questionnaire.items}
    if not questionnaire.has_total:
        for key, value in answers.items():
            if value is not None:
                said = [(key, words.get(key, key), entered[key])] if key in entered else []
                yield key, {"value": value, "patient_answers": said}
        return
    if any(value is not None for value in answers.values()):
        rows, said = ([(key, text, of.get(key)) for key, text in words.items()] for of in (answers, entered))
        fields = {"value": score_of(questionnaire, answers), "answers": rows}
        yield "", fields | {"patient_answers": said if entered else []}


def _refuse_impossible(score):
    if score.answers and not _follows(score):
        raise ValidationError("The score does not follow from the answers. Reload the page and answer again.")
    if score.scored_on > timezone.localdate():
        raise ValidationError({"scored_on": "This day is in the future. Enter the day on which the patient answered."})
    if score.patient.is_born_after(score.scored_on):
        raise ValidationError({"scored_on": "This is before the patient was born. Enter the day of the answers."})
    if score.replaces is None:
        if score.value is None:
            raise ValidationError({"value": "Enter the score."})
        return
    if score.replaces.patient.person_id != score.patient.person_id:
        raise ValidationError("This form belongs to another patient. Open it again from the outcomes.")
    if OutcomeScore.objects.filter(replaces=score.replaces).exists():
        raise ValidationError(STALE, code="stale")
    if not score.reason:
        raise ValidationError({"reason": "Enter the reason for the correction."})


def _follows(score):
    """Whether a score is what the published rule gives for its answers."""
    questionnaire = questionnaires().get(score.measure)
    answers = {key: value for key, _, value in score.answers}
    return questionnaire and questionnaire.has_total and score.value == score_of(questionnaire, answers)
