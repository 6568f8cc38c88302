"""What to know before a visit: the last visit, what helped, the outcomes so far, and what is due today. Only reads."""

from dataclasses import dataclass
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone

from patients.models import Episode
from treatments.chart import MuscleHeat, heat_map, pain_scores_of
from treatments.chart.timeline import TimelineEntry, last_visit, needling_sessions_of
from treatments.models import Assessment, Needling, OutcomeScore, Threshold
from treatments.record.corrections import amendments_with_corrections, as_corrected

from .figures import FEWEST
from .score_progress import MEAN_OF_ACTIVITIES, MeasureCourse, Point, measure_courses, target_of
from .summary import reassessment_of

MOST_MUSCLES = 3


class Due(NamedTuple):
    """Something to do at the visit: why, and the page that does it, for users who have the permission."""

    text: str
    url: str
    permission: str


@dataclass(frozen=True)
class BeforeVisit:
    episode: Episode | None  # None: of all complaints, and without outcomes
    last: TimelineEntry | None  # the last signed visit, as it counts
    helped: list[MuscleHeat]  # at most MOST_MUSCLES, the largest mean drop of pain first
    has_enough: bool  # whether any muscle has the FEWEST sessions that a mean needs
    outcomes: list[MeasureCourse]  # pain before needling first
    due: list[Due]
    pain_assessed: int | None = None  # pain now in the assessment of the day, before the first session of a complaint

    @property
    def main_outcomes(self):
        """The outcomes without the single PSFS activities, if their mean is one of them."""
        has_mean = any(course.item == MEAN_OF_ACTIVITIES for course in self.outcomes)
        return [
            course
            for course in self.outcomes
            if not (has_mean and course.measure == Threshold.Measure.PSFS and course.item != MEAN_OF_ACTIVITIES)
        ]


def before_visit(patient, episode, *, last, heats, scores, thresholds, due=(), pain_assessed=None):
    """The BeforeVisit of a patient, for one episode or for all (`episode` None).

    `last` is of timeline.last_visit, `heats` of chart.heat_map, `scores` of chart.pain_scores_of, and `thresholds` are
    those in use. `due` is what the page knows to be due: see `due_of`. One query, and none without an episode.
    """
    rated = [heat for heat in heats if heat.rated >= FEWEST]
    helped = sorted((heat for heat in rated if heat.mean_change < 0), key=lambda heat: heat.mean_change)
    outcomes = []
    if episode:
        courses = _courses_of(episode, thresholds)
        outcomes = _pain_before_needling(scores, thresholds) + courses
        due = [*due, *_measures_due(patient, episode, scores, courses)]
    return BeforeVisit(episode, last, helped[:MOST_MUSCLES], bool(rated), outcomes, list(due), pain_assessed)


def before_session(session, past_events):
    """The BeforeVisit of a session that is being written, for its complaint.

    `past_events` are all PastEvents of the patient. Screening and consent are left out, because its page shows them.
    At most eight queries, and two more if the last visit or the assessment of the day is amended.
    """
    patient, episode = session.patient, session.episode if session.counted_episode_id else None
    earlier = patient.treatment_sessions.of_complaint(episode).exclude(pk=session.pk)
    earlier = earlier.filter(started_at__lte=session.started_at)
    last = last_visit(earlier)
    return before_visit(
        patient,
        episode,
        last=last,
        heats=heat_map(Needling.objects.filter(session__in=earlier)) if last else [],
        scores=pain_scores_of(needling_sessions_of(patient, episode)) if episode else [],
        thresholds=list(Threshold.objects.in_use()) if episode else [],
        due=due_of(patient, [event for event in past_events if event.session_id != session.pk]),
        pain_assessed=_pain_assessed(episode, on=timezone.localdate(session.started_at))
        if episode and not last
        else None,
    )


def _pain_assessed(episode, *, on):
    """Pain now in the newest assessment of an episode, as it counts, if that is of the day `on`; else None."""
    assessments = Assessment.objects.counting().filter(episode=episode).prefetch_related(amendments_with_corrections())
    newest = assessments.latest_first().first()
    if newest is None or timezone.localdate(newest.started_at) != on:
        return None
    return as_corrected(newest).pain_now


def due_of(patient, past_events, *, screening=None, consent=None):
    """The Dues of an invalid screening or consent (states, or None to leave them out), and of each open PastEvent."""
    asked = [(screening, "screening_create", "screening"), (consent, "consent_create", "consent")]
    due = [
        Due(state.sentence, reverse(page, args=[patient.pk]), f"patients.add_{model}")
        for state, page, model in asked
        if state is not None and not state.is_valid
    ]
    return due + [
        Due(event.title, reverse("event_detail", args=[patient.pk, event.id]), "treatments.view_adverseevent")
        for event in past_events
        if event.is_open
    ]


def _courses_of(episode, thresholds):
    scores = OutcomeScore.objects.current().filter(episode=episode).oldest_first()
    return measure_courses(list(scores), thresholds)


def _pain_before_needling(scores, thresholds):
    """Pain at the start of the signed sessions as one MeasureCourse in a list, which is empty without any."""
    signed = [score for score in scores if score.is_signed and score.before is not None]
    points = [Point(timezone.localdate(score.at), score.before, is_corrected=score.is_corrected) for score in signed]
    if not points:
        return []
    fitting = [one for one in thresholds if one.is_chosen_for_pain and one.covers(points[0].value)]
    targets = [target_of(threshold, points) for threshold in fitting]
    return [MeasureCourse(Threshold.Measure.NPRS, "before needling", points, targets)]


def _measures_due(patient, episode, scores, courses):
    """The Due of a reassessment, with the measures to repeat, or of the first outcome score of an open episode."""
    last_scored_on = max((course.latest.day for course in courses), default=None)
    reassessment = reassessment_of(episode, scores, last_scored_on)
    if reassessment:
        measures = dict.fromkeys(Threshold.Measure(course.measure).label for course in courses)
        text = reassessment.sentence + (f" So far: {', '.join(measures)}." if measures else "")
    elif episode.is_open and not courses:
        text = "No outcome measure has been recorded for this complaint yet."
    else:
        return []
    url = f"{reverse('score_create', args=[patient.pk])}?episode={episode.pk}"
    return [Due(text, url, "treatments.add_outcomescore")]
