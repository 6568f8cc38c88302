from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from patients.services import open_episode
from tests.treatments.builders import make_draft, make_muscle, make_needling, make_signed
from treatments.chart import draw_measure_course
from treatments.chart.progress import Point, figure_of, measure_courses, progress_of, reassessment_due, target_of
from treatments.models import Measurement, OutcomeScore, Threshold
from treatments.services import record_outcome_score, sign_session

pytestmark = pytest.mark.both_engines

START = date(2026, 10, 1)
NDI_ROWS = [("mdc", 5, "points of 50"), ("mdc", 10, "percentage points"), ("mcid", 14, "unclear scale")]


def threshold(measure, value, unit, kind="mcid", **fields):
    named = {"slug": f"{measure}-{value}", "population": "Adults"}
    return Threshold(measure=measure, value=Decimal(value), unit=unit, kind=kind, **(named | fields))


def points(*values, days=14):
    return [Point(START + timedelta(days=days * i), Decimal(value)) for i, value in enumerate(values)]


def scores(measure, *values, item="", days=14):
    return [
        OutcomeScore(measure=measure, item=item, scored_on=point.day, value=point.value)
        for point in points(*values, days=days)
    ]


# Reassessment ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("planned", "done", "scored", "due"),
    [
        (6, 2, None, None),
        (6, 3, None, ("half", 2)),
        (5, 3, None, ("half", 2)),  # half of five, rounded up
        (6, 4, 0, ("half", 2)),  # the first score does not answer it
        (6, 4, 2, None),  # one of that day does
        (6, 6, 2, ("end", 5)),
        (6, 6, 5, None),
        (6, 9, 4, ("end", 5)),
        (1, 1, None, ("end", 0)),
        (6, 0, None, None),
    ],
)
def test_reassessment_is_due_at_half_of_the_plan_and_at_its_end(planned, done, scored, due):
    days = [START + timedelta(days=7 * number) for number in range(done)]

    found = reassessment_due(planned, days, None if scored is None else START + timedelta(days=7 * scored))

    assert (found and (found.at, found.since)) == (due and (due[0], days[due[1]]))


# Targets -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "values", "value", "reached"),
    [
        (threshold("ndi", 5, "points of 50"), [40, 30], 30, 1),
        (threshold("ndi", 19, "percentage points"), [40, 30], 21, None),
        (threshold("odi", 30, "% of baseline"), [40, 30, 20], 28, 2),
        (threshold("lefs", 9, "points"), [40, 52], 49, 1),
        (threshold("groc", 3, "points"), [4], 3, 0),
        (threshold("quickdash", 8, "points"), [50, 43, 42], 42, 2),
    ],
)
def test_a_target_lies_on_the_better_side_of_the_first_score(of, values, value, reached):
    course = points(*values)

    target = target_of(of, course)

    assert target.value == value
    assert target.reached_on == (None if reached is None else course[reached].day)


@pytest.mark.parametrize("unit", ["points", "unclear scale", "mm"])
def test_a_unit_that_is_not_the_scales_is_never_drawn(unit):
    target = target_of(threshold("ndi", 5, unit), points(40, 0))

    assert (target.value, target.reached_on) == (None, None)
    assert "unit" in target.why_not


def test_a_target_beyond_the_end_of_the_scale_cannot_be_reached():
    target = target_of(threshold("lefs", 9, "points"), points(75, 80))

    assert target.value is None
    assert "beyond the end of the scale" in target.why_not


# Courses --------------------------------------------------------------------------------------


def test_each_measure_and_activity_has_its_course():
    stored = [*scores("psfs", 3, 6, item="Playing"), *scores("psfs", 5, 6, item="playing "), *scores("ndi", 40)]
    stored[2].item = stored[3].item = "Driving"

    courses = measure_courses(sorted(stored, key=lambda score: score.scored_on), [])

    assert [(course.name, [float(p.value) for p in course.points]) for course in courses] == [
        ("NDI", [40]),
        ("PSFS: Playing", [3, 6]),
        ("PSFS: Driving", [5, 6]),
        ("PSFS: mean of the activities", [4, 6]),
    ]
    assert [course.verdict for course in courses] == ["no change", "better", "better", "better"]
    assert courses[0].change is None


def test_the_mean_of_activities_is_of_the_same_activities():
    stored = [*scores("psfs", 3, 6, item="Playing"), *scores("psfs", 5, item="Driving")]

    mean = measure_courses(sorted(stored, key=lambda score: score.scored_on), [])[-1]

    assert [point.day for point in mean.points] == [START]


def test_thresholds_of_one_activity_and_of_their_mean_are_kept_apart():
    single = threshold("psfs", 3, "points", slug="psfs-single-mdc")
    mean = threshold("psfs", 2, "points", slug="psfs-mean-mdc")
    stored = [*scores("psfs", 3, item="Playing"), *scores("psfs", 5, item="Driving")]

    courses = measure_courses(stored, [single, mean])

    assert [[target.threshold for target in course.targets] for course in courses] == [[single], [single], [mean]]


def test_pain_has_the_line_that_the_clinic_has_chosen():
    chosen, other = threshold("nprs", 2, "points", is_on_pain_course=True), threshold("nprs", 1, "points")

    (course,) = measure_courses(scores("nprs", 8, 6, item="now"), [other, chosen])

    assert [target.value for target in course.targets] == [6]


def test_a_drawing_shows_the_whole_scale():
    rows = [threshold("ndi", value, unit, kind) for kind, value, unit in NDI_ROWS]
    (course,) = measure_courses(scores("ndi", 40, 20), rows)

    drawing = draw_measure_course(course)

    assert [label.text for label in drawing.grid] == ["0", "20", "40", "60", "80", "100"]
    assert drawing.line == "M54.0 99.2L452.0 125.6"
    assert [(y, words.text) for y, words in drawing.lines] == [(112.4, "MDC 30")]


def test_a_rating_of_change_has_dots_without_a_line():
    (course,) = measure_courses(scores("groc", -2, 4), [threshold("groc", 3, "points")])

    drawing = draw_measure_course(course)

    assert (drawing.line, drawing.dots.count("h0"), course.change) == ("", 2, None)
    assert [label.text for label in drawing.grid] == ["−5", "0", "5"]


# Figures ------------------------------------------------------------------------------------------


def test_fewer_than_five_have_no_mean():
    assert figure_of([-1, -2, None, -3, 0]) == (4, None)
    assert figure_of([]) == (0, None)


def test_five_have_one_and_are_few():
    figure = figure_of([-1, -2, -2, -3, 0])

    assert (figure.n, figure.mean.mean, figure.is_small) == (5, -1.6, True)
    assert not figure_of([-1] * 20).is_small


# The whole ------------------------------------------------------------------------------------------


@pytest.fixture
def episode(patient, physiotherapist):
    return open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck", planned_sessions=4)


def test_a_session_counts_once_for_a_muscle_and_once_for_each_of_its_points(episode, patient, physiotherapist):
    muscle = make_muscle()
    rows = [make_needling(muscle), make_needling(muscle)]
    rows[1].location = "TrP2"
    make_signed(patient, by=physiotherapist, days_ago=9, episode=episode, needlings=rows)
    make_signed(patient, by=physiotherapist, days_ago=2, episode=episode, needlings=[make_needling(muscle)])
    make_draft(patient, by=physiotherapist, episode=episode, needlings=[make_needling(muscle)])

    found = progress_of(episode)

    (response,) = found.responses
    assert (response.name, response.side, response.sessions, response.change.n) == ("Upper trapezius", "right", 2, 2)
    assert [(point.name, point.sessions) for point in response.points] == [("TrP1", 2), ("TrP2", 1)]
    assert found.within.n == 2
    assert len(found.pain.scores) == 3
    assert found.reassessment.at == "half"


def test_measurements_are_followed_within_and_over_sessions(episode, patient, physiotherapist):
    muscle = make_muscle()
    for days, before, after in ((9, "180", "200"), (2, "230", None)):
        draft = make_draft(patient, by=physiotherapist, days_ago=days, episode=episode)
        Measurement.objects.create(
            session=draft, kind="ppt", unit="kpa", muscle=muscle, side="right", before=before, after=after
        )
        draft.refresh_from_db()
        sign_session(draft, by=physiotherapist, proof="PIN")

    (row,) = progress_of(episode).measured

    assert (row.subject, row.unit, row.first, row.latest, row.change) == ("Upper trapezius", "kPa", 180, 230, 50)
    assert row.within == (1, None)


def test_grades_of_strength_are_shown_with_their_signs_and_never_averaged(episode, patient, physiotherapist):
    for days, before, after in ((9, "3.7", "4"), (5, "4", "4"), (2, "4.3", None)):
        draft = make_draft(patient, by=physiotherapist, days_ago=days, episode=episode)
        Measurement.objects.create(
            session=draft, kind="strength", unit="mrc", muscle=make_muscle(), side="right", before=before, after=after
        )
        draft.refresh_from_db()
        sign_session(draft, by=physiotherapist, proof="PIN")

    (row,) = progress_of(episode).measured

    assert (row.first_text, row.latest_text) == ("4\N{MINUS SIGN}", "4+")
    assert (row.is_graded, row.directions) == (True, (1, 1, 0))


def test_a_corrected_score_is_told_and_not_drawn(episode, physiotherapist):
    today = {"by": physiotherapist, "scored_on": timezone.localdate()}
    wrong = record_outcome_score(episode, measure="ndi", value=63, **today)
    right = record_outcome_score(episode, measure="ndi", value=36, replaces=wrong, reason="Digits swapped", **today)

    found = progress_of(episode)

    ((course, _),) = found.measures
    assert [point.score for point in course.points] == [right]
    assert found.replaced == [(wrong, right)]


def test_a_threshold_applies_only_to_the_first_scores_it_was_published_for():
    back = Threshold(measure="nprs", value=3, unit="points", baseline_low=8, baseline_high=10)

    assert [first for first in range(11) if back.covers(first)] == [8, 9, 10]
