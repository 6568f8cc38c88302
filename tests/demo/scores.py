"""Outcome scores at the first visit, half way and at the end, which roughly follow the pain."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from patients.models import BodyRegion
from treatments.models import SCALES, OutcomeScore
from treatments.models.scales import Measure

from .visits import new_id

UPPER = {BodyRegion.SHOULDER, BodyRegion.ARM, BodyRegion.FOREARM, BodyRegion.HAND}
LOWER = {BodyRegion.HIP_BUTTOCK, BodyRegion.THIGH, BodyRegion.LEG, BodyRegion.FOOT}
MEASURES = {BodyRegion.HEAD_FACE: Measure.HIT6, BodyRegion.NECK: Measure.NDI, BodyRegion.LOW_BACK: Measure.ODI}
MEASURES |= dict.fromkeys(UPPER, Measure.QUICKDASH) | dict.fromkeys(LOWER, Measure.LEFS)
# Of Ruth Adeyemi, by the number of her visit; her plan asks for the next ones today.
OF_RUTH = [
    (0, Measure.NDI, "", 46),
    (0, Measure.PSFS, "Teaching a full day", 3),
    (0, Measure.PSFS, "Sleeping on the right side", 4),
    (2, Measure.NDI, "", 34),
    (2, Measure.PSFS, "Teaching a full day", 6),
    (2, Measure.PSFS, "Sleeping on the right side", 5),
]


def write_scores(courses, rng):
    """Store the scores of all courses; the first is that of Ruth Adeyemi."""
    ruth, *others = courses
    scores = [_score(ruth, number, measure, value, rng, item=item) for number, measure, item, value in OF_RUTH]
    for course in others:
        if rng.random() < 0.7:
            scores += _scores(course, rng)
    for score in scores:
        score.full_clean(exclude=["patient", "episode", "recorded_by"])
    OutcomeScore.objects.bulk_create(scores, 500)


def _scores(course, rng):
    measure = MEASURES.get(course.story.region, Measure.NPRS)
    scale, last = SCALES[measure], len(course.days) - 1
    for number in sorted({0, (last + 1) // 2, last}):
        share = min(1, max(0, course.pains[number][0] / 10 * 0.8 + rng.gauss(0, 0.06)))
        share = 1 - share if scale.higher_is_better else share
        step = 2 if scale.is_percentage else 1
        value = round((scale.low + share * (scale.high - scale.low)) / step) * step
        yield _score(course, number, measure, value, rng, item="now" if measure == Measure.NPRS else "")


def _score(course, number, measure, value, rng, *, item=""):
    day = course.days[number]
    return OutcomeScore(
        id=new_id(rng),
        patient=course.patient,
        episode=course.episode,
        measure=measure,
        item=item,
        scored_on=day,
        value=value,
        recorded_at=min(timezone.make_aware(datetime.combine(day, time(18))), timezone.now() - timedelta(minutes=5)),
        recorded_by=course.lead.user,
    )
