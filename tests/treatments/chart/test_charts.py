from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from patients.services import open_episode
from tests.treatments.builders import make_draft, make_muscle, make_needling, make_signed
from treatments.chart import PainScore, draw_pain_course, heat_by_side, heat_map, pain_scores_of
from treatments.chart.timeline import needlings_of, sessions_of
from treatments.models import Needling, Threshold
from treatments.templatetags.scores import mean_change

pytestmark = pytest.mark.both_engines

START = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)


def scores(*pairs, days=7):
    return [PainScore(START + timedelta(days=days * i), before, after) for i, (before, after) in enumerate(pairs)]


def two_points(**fields):
    named = {"population": "Neck pain", "kind": "mcid", "value": Decimal(2), "unit": "points", "measure": "nprs"}
    return Threshold(**(named | fields))


def test_pain_course_of_no_session_is_empty():
    course = draw_pain_course([])

    assert not course.has_scores
    assert (course.before_path, course.date_labels, course.latest, course.target) == ("", [], None, None)


def test_pain_course_of_one_session_stands_in_the_middle():
    course = draw_pain_course(scores((10, 0)))

    assert course.before_path == "M253.0 22.0h0"
    assert course.after_path == "M253.0 186.0h0"
    assert course.line_path == "M253.0 22.0"
    assert course.drop_path == "M253.0 22.0V186.0"
    assert course.before_labels == [(253.0, 11.0, "10")]
    assert course.after_labels == [(253.0, 205.0, "0")]


def test_pain_course_places_sessions_by_time():
    early, middle, late = START, START + timedelta(days=1), START + timedelta(days=4)

    course = draw_pain_course([PainScore(early, 5, None), PainScore(middle, 5, None), PainScore(late, 5, None)])

    # 398 units between the paddings: a quarter of the time is a quarter of the way.
    assert course.line_path == "M54.0 104.0L153.5 104.0L452.0 104.0"


def test_pain_course_of_equal_times_stands_above_each_other():
    course = draw_pain_course(scores((6, 4), (5, 3), days=0))

    assert course.before_path == "M253.0 87.6h0M253.0 104.0h0"
    assert [label.text for label in course.before_labels] == ["5"]
    assert [label.text for label in course.date_labels] == ["1 Oct"]


def test_pain_course_leaves_a_gap_where_a_score_is_missing():
    course = draw_pain_course(scores((8, 6), (None, 4), (6, None), (5, 0)))

    assert course.line_path == "M54.0 54.8M319.3 87.6L452.0 104.0"
    assert course.after_path == "M54.0 87.6h0M186.7 120.4h0M452.0 186.0h0"
    assert course.drop_path == "M54.0 54.8V87.6M452.0 104.0V186.0"


def test_pain_course_label_stands_on_the_far_side_of_the_other_dot():
    worse = draw_pain_course(scores((3, 5)))

    assert worse.before_labels == [(253.0, 155.8, "3")]
    assert worse.after_labels == [(253.0, 93.0, "5")]


def test_pain_course_threshold_lies_its_value_below_the_first_score():
    course = draw_pain_course(scores((None, 5), (8, 6), (7, 4), (6, 4), (4, 2)), threshold=two_points())

    assert (course.baseline, course.target, course.threshold_drop) == (8, 6.0, 2.0)
    assert course.target_y == 87.6
    assert course.reached_at == START + timedelta(days=21)
    assert course.points_below_baseline == 4


def test_pain_course_threshold_in_percent():
    course = draw_pain_course(scores((10, 6)), threshold=two_points(value=Decimal(33), unit="%"))

    assert course.target == 6.7
    assert course.reached_at is None


def test_pain_course_threshold_below_zero_is_not_drawn():
    course = draw_pain_course(scores((1, 0)), threshold=two_points())

    assert course.target is None
    assert course.target_y is None


def test_pain_course_of_several_complaints_has_dots_and_no_line():
    course = draw_pain_course(scores((8, 6), (3, 1)), threshold=two_points(), is_one_complaint=False)

    assert (course.line_path, course.baseline, course.target, course.reached_at) == ("", None, None, None)
    assert (course.points_below_baseline, course.points_above_baseline) == (None, None)
    assert course.before_path.count("h0") == course.after_path.count("h0") == 2
    assert course.drop_path.count("V") == 2


def test_pain_course_words_and_legend_keep_out_of_each_others_way():
    high = draw_pain_course(scores((10, 6)), threshold=two_points())
    low = draw_pain_course(scores((4, 2)), threshold=two_points())

    assert high.legend_y - high.target_y > 40
    assert low.target_y - low.legend_y > 60


def test_pain_course_of_500_sessions_is_thinned_out():
    many = [PainScore(START + timedelta(days=3 * i), i % 10, 5) for i in range(500)]

    course = draw_pain_course(many)

    assert course.before_path.count("h0") == 500
    assert course.is_crowded
    assert [label.text for label in course.before_labels] == ["0", "9"]
    assert (course.after_labels, course.drop_path) == ([], "")
    assert [label.text for label in course.date_labels][-1] == "Nov 2030"
    assert all(b.x - a.x >= 64 for a, b in zip(course.date_labels, course.date_labels[1:], strict=False))
    assert (len(course.newest_scores), course.scores_left_out) == (12, 488)
    assert course.newest_scores[0] == many[-1]


def test_pain_course_numbers_of_few_sessions_are_all_there():
    few = scores((8, 6), (7, 4))

    assert draw_pain_course(few).newest_scores == few[::-1]
    assert draw_pain_course(few).scores_left_out == 0


def test_scores_are_read_in_time_order_in_one_query(patient, physiotherapist, django_assert_num_queries):
    make_signed(patient, by=physiotherapist, days_ago=1, pain_before=5, pain_after=3)
    make_draft(patient, by=physiotherapist, days_ago=9, pain_before=8, pain_after=None)

    with django_assert_num_queries(1):
        read = pain_scores_of(sessions_of(patient))

    assert [score[1:] for score in read] == [(8, None, False, False, False, None), (5, 3, True, False, False, None)]


def test_scores_of_an_episode_leave_the_others_out(patient, physiotherapist):
    episode = open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")
    make_signed(patient, by=physiotherapist, days_ago=2, episode=episode, pain_before=7)
    make_signed(patient, by=physiotherapist, days_ago=1)

    assert [score.before for score in pain_scores_of(sessions_of(patient, episode))] == [7]


def test_heat_map_counts_a_session_once_for_a_muscle_and_side(patient, physiotherapist):
    upper = make_muscle()
    rows = [make_needling(upper), make_needling(upper, depth_mm=20), make_needling(upper, side="left")]
    make_signed(patient, by=physiotherapist, days_ago=2, needlings=rows, pain_before=8, pain_after=3)
    make_signed(patient, by=physiotherapist, days_ago=1, needlings=[make_needling(upper)], pain_before=6, pain_after=4)

    heats = heat_map(needlings_of(patient))

    assert [(heat.side, heat.sessions, heat.mean_change) for heat in heats] == [("right", 2, -3.5), ("left", 1, -5.0)]


def test_heat_map_leaves_out_rows_of_a_draft_that_only_plan(patient, physiotherapist):
    planned = make_needling(make_muscle("levator-scapulae", "Levator scapulae"), insertions=None)
    make_draft(patient, by=physiotherapist, needlings=[planned, make_needling(make_muscle())])

    assert [(heat.slug, heat.sessions) for heat in heat_map(needlings_of(patient))] == [("trapezius-upper", 1)]


def test_heat_map_counts_drafts_but_not_their_change(patient, physiotherapist):
    make_draft(patient, by=physiotherapist, days_ago=1, pain_before=8, pain_after=1)

    (heat,) = heat_map(needlings_of(patient))

    assert (heat.slug, heat.name, heat.side_label) == ("trapezius-upper", "Upper trapezius", "Right")
    assert (heat.sessions, heat.mean_change) == (1, None)


@pytest.mark.parametrize(("number", "shown"), [(1, "too few (1)"), (4, "too few (4)"), (5, "−2")])
def test_the_heat_map_shows_no_mean_of_fewer_than_five_sessions(patient, physiotherapist, number, shown):
    for days_ago in range(number):
        make_signed(patient, by=physiotherapist, days_ago=days_ago)

    (heat,) = heat_map(needlings_of(patient))

    assert (heat.rated, mean_change(heat)) == (number, shown)


def test_heat_map_means_over_signed_sessions_only(patient, physiotherapist):
    make_signed(patient, by=physiotherapist, days_ago=3, pain_before=6, pain_after=4)
    make_signed(patient, by=physiotherapist, days_ago=2, pain_before=5, pain_after=5)
    make_draft(patient, by=physiotherapist, days_ago=1, pain_before=9, pain_after=0)

    (heat,) = heat_map(needlings_of(patient))

    assert (heat.sessions, heat.mean_change) == (3, -1.0)


@pytest.mark.parametrize("count", [1, 3])
def test_heat_map_is_one_query(patient, physiotherapist, count, django_assert_num_queries):
    for day in range(count):
        make_signed(patient, by=physiotherapist, days_ago=day)

    with django_assert_num_queries(1):
        heat_map(needlings_of(patient))


def test_midline_counts_on_both_sides(patient, physiotherapist):
    upper = make_muscle()
    make_signed(
        patient,
        by=physiotherapist,
        needlings=[make_needling(upper, side=side) for side in (Needling.Side.MIDLINE, Needling.Side.LEFT)],
    )

    assert heat_by_side(heat_map(needlings_of(patient))) == {
        ("trapezius-upper", "left"): 2,
        ("trapezius-upper", "right"): 1,
    }
