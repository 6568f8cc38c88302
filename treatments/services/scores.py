"""Record and correct scores of outcome measures."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.integrity.authorization import needs
from patients.models import Episode
from patients.services.once import record_once
from treatments.models import OutcomeScore
from treatments.permissions import may_record_scores

STALE = "A colleague corrected this score while you were writing. Go back to the outcomes and check their correction."
CONTENT = ("episode_id", "measure", "item", "scored_on", "value", "replaces_id", "reason")


@needs(may_record_scores)
@transaction.atomic
def record_outcome_score(
    episode, *, by, measure, scored_on, value=None, item="", replaces=None, reason="", recorded_at=None, id=None
):
    """Add a score of an episode: `value` in the unit of the measure's Scale (NDI and ODI in percent).

    `item` is the activity of PSFS or the window of NPRS, and empty for totals. With `replaces` (an OutcomeScore of
    the same patient) the new row replaces that one, and `reason` is required; without a value the replaced score is
    withdrawn. `id` is chosen by the page, so that a page sent twice records one score. Raises ValidationError if the
    day, the value or the item is impossible, or if the score was corrected in the meantime (code "stale"), and
    OtherContent if another score has this id.
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
        recorded_at=recorded_at or timezone.now(),
        recorded_by=by,
        replaces=replaces,
        reason=reason.strip(),
    )
    score.pk = id or score.pk
    return record_once(score, by=by, same=CONTENT, prepare=_refuse_impossible)


def _refuse_impossible(score):
    if score.scored_on > timezone.localdate():
        raise ValidationError({"scored_on": "This day is in the future. Enter the day on which the patient answered."})
    if score.patient.born_on and score.scored_on < score.patient.born_on:
        raise ValidationError({"scored_on": "This is before the patient was born. Enter the day of the answers."})
    if score.replaces is None:
        if score.value is None:
            raise ValidationError({"value": "Enter the score."})
        return
    if score.replaces.patient_id != score.patient_id:
        raise ValidationError("This form belongs to another patient. Open it again from the outcomes.")
    if OutcomeScore.objects.filter(replaces=score.replaces).exists():
        raise ValidationError(STALE, code="stale")
    if not score.reason:
        raise ValidationError({"reason": "Enter the reason for the correction."})
