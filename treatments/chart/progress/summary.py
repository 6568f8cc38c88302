"""Everything on the outcomes page of one episode, in a constant number of queries."""

from dataclasses import dataclass

from django.utils import timezone

from treatments import chart
from treatments.chart.timeline import needling_sessions_of, needlings_of
from treatments.models import Measurement, OutcomeScore, Threshold

from .figures import Figure, figure_of
from .measurement_progress import MeasurementProgress, measurement_progress_of, side_ratios
from .reassessment import Reassessment, reassessment_due
from .responses import MuscleResponse, responses_of
from .score_progress import MeasureCourse, measure_courses

MEASURED = [Threshold.Measure.PPT, Threshold.Measure.ROM]


@dataclass(frozen=True)
class Progress:
    pain: chart.PainCourse
    threshold: Threshold | None  # the pain threshold chosen by the clinic
    within: Figure  # change of pain within signed sessions, after - before
    is_within_corrected: bool
    measures: list[tuple[MeasureCourse, chart.MeasureDrawing]]
    replaced: list[tuple[OutcomeScore, OutcomeScore]]  # (score, the score that replaced it)
    measured: list[MeasurementProgress]
    measured_thresholds: list[Threshold]
    side_ratios: list[tuple[MeasurementProgress, int]]
    responses: list[MuscleResponse]
    reassessment: Reassessment | None


def progress_of(episode):
    """The Progress of an episode that has its patient loaded. Five queries, whatever its length.

    The pain course includes drafts, marked as such. All other figures are of signed sessions only.
    """
    scores = chart.pain_scores_of(needling_sessions_of(episode.patient, episode))
    every = OutcomeScore.objects.filter(patient=episode.patient)
    every = list(every.select_related("recorded_by").oldest_first())
    standing, replaced = _of_episode(every, episode)
    thresholds = list(Threshold.objects.in_use())
    chosen = next((t for t in thresholds if t.is_chosen_for_pain), None)
    within = [score for score in scores if score.is_signed and score.change is not None]
    signed = Measurement.objects.filter(session__in=needling_sessions_of(episode.patient, episode).signed())
    needlings = needlings_of(episode.patient, episode).filter(session__status="signed")
    last_scored_on = max((score.scored_on for score in standing), default=None)
    measured = measurement_progress_of(signed)
    return Progress(
        pain=chart.draw_pain_course(scores, threshold=chosen),
        threshold=chosen,
        within=figure_of([score.change for score in within]),
        is_within_corrected=any(score.is_corrected for score in within),
        measures=[(c, chart.draw_measure_course(c)) for c in measure_courses(standing, thresholds)],
        replaced=replaced,
        measured=measured,
        side_ratios=side_ratios(measured),
        measured_thresholds=[t for t in thresholds if t.measure in MEASURED],
        responses=responses_of(needlings),
        reassessment=reassessment_of(episode, scores, last_scored_on),
    )


def reassessment_of(episode, scores, last_scored_on):
    """The Reassessment due in an open episode, or None. `scores` has one chart.PainScore a session, oldest first."""
    if not episode.is_open:
        return None
    days = [timezone.localdate(score.at) for score in scores]
    return reassessment_due(episode.planned_sessions, days, last_scored_on)


def _of_episode(every, episode):
    """(current scores, [(replaced score, its replacement)]) of the episode, without those entered in error.

    A correction may move a score elsewhere. A score stays replaced when its correction was entered in error.
    """
    by_replaced = {score.replaces_id: score for score in every if score.replaces_id}
    mine = [score for score in every if score.episode_id == episode.pk and not score.error_mark_id]
    standing = [score for score in mine if score.pk not in by_replaced and score.value is not None]
    return standing, [(score, by_replaced[score.pk]) for score in mine if score.pk in by_replaced]
