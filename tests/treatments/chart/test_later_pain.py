"""Pain at the follow-up in the pain course and in "which points helped", apart from pain right after."""

from datetime import timedelta

import pytest

from tests.treatments.builders import make_muscle, make_needling, make_signed
from treatments.chart import draw_pain_course, pain_scores_of
from treatments.chart.progress import responses_of
from treatments.models import Needling, TreatmentSession
from treatments.services import mark_in_error, record_follow_up

pytestmark = pytest.mark.both_engines


@pytest.fixture
def session(patient, physiotherapist):
    return make_signed(patient, by=physiotherapist, days_ago=6)


@pytest.fixture
def hear(session, physiotherapist):
    """Record pain so many hours after the session."""

    def hear(hours, pain):
        at = session.started_at + timedelta(hours=hours)
        return record_follow_up(session, by=physiotherapist, contacted_at=at, pain=pain, note="Asked")

    return hear


def scores():
    return [(score.before, score.after, score.later) for score in pain_scores_of(TreatmentSession.objects.all())]


def test_the_newest_follow_up_within_its_time_is_the_later_pain(hear):
    assert scores() == [(6, 4, None)]

    for hours, pain in ((2, 1), (25, 7), (47, 8), (48, None), (90, 2)):
        hear(hours, pain)

    assert scores() == [(6, 4, 8)]


def test_a_follow_up_entered_in_error_is_no_later_pain(hear, physiotherapist):
    mark_in_error(hear(47, 8), by=physiotherapist, reason="Another patient", proof="PIN")

    assert scores() == [(6, 4, None)]


def test_later_pain_is_drawn_apart_from_pain_right_after(hear):
    hear(47, 8)

    course = draw_pain_course(pain_scores_of(TreatmentSession.objects.all()))

    assert course.later_path not in ("", course.after_path, course.before_path)


def test_later_pain_is_among_the_points_that_helped(patient, physiotherapist):
    for days in range(9, 14):
        row = make_needling(make_muscle())
        one = make_signed(patient, by=physiotherapist, days_ago=days, needlings=[row])
        at = one.started_at + timedelta(hours=30)
        record_follow_up(one, by=physiotherapist, contacted_at=at, pain=7)

    [response] = responses_of(Needling.objects.all())

    assert (response.change.n, response.change.mean.mean) == (5, -2)
    assert (response.later.n, response.later.mean.mean) == (5, 1)
    assert response.points[0].later == response.later
