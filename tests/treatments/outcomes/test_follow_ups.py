"""Follow-ups in the outcome review: how many were asked, and what they reported at 24, 48 and 72 hours."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tests import people
from tests.treatments.builders import make_signed
from treatments.models import AdverseEvent
from treatments.outcomes.filters import Filters
from treatments.outcomes.review import Review
from treatments.services import record_follow_up

pytestmark = pytest.mark.both_engines


@pytest.fixture
def ask(physiotherapist, front_desk):
    """Sign a session of a new patient and record what is heard at {hours: fields}."""

    def ask(heard, **fields):
        ida = people.make_patient(by=front_desk, given_name="Ida")
        session = make_signed(ida, by=physiotherapist, days_ago=9, **fields)
        for hours, said in heard.items():
            at = session.started_at + timedelta(hours=hours)
            record_follow_up(session, by=physiotherapist, contacted_at=at, **said)
        return session

    return ask


def figures():
    return Review(Filters(), None).follow_ups


def test_sessions_are_counted_as_asked_only_within_the_times(ask):
    ask({})
    ask({2: {"pain": 1}, 100: {"pain": 1}})
    ask({24: {"pain": 3}})
    ask({26: {"note": "Well"}, 70: {"pain": 2}})

    found = figures()

    assert (found.sessions, found.asked, found.patients) == (4, 2, 2)
    assert [(at.hours, at.asked, at.change.n) for at in found.times] == [(24, 2, 1), (48, 0, 0), (72, 1, 1)]


def test_the_change_at_a_time_is_from_before_and_of_the_newest_report(ask):
    ask({46: {"pain": 9, "soreness": 3}, 50: {"pain": 8, "soreness": 1}}, pain_before=7)
    ask({47: {"pain": 4, "soreness": 4}}, pain_before=6)

    at = figures().times[1]

    assert (at.asked, at.change.n, at.change.mean.mean, at.soreness.mean.mean) == (2, 2, -0.5, 2.5)
    assert at.change.mean.interval is None  # of two patients


def test_events_that_appeared_later_are_beside_how_many_were_asked(ask):
    for number in range(12):
        bruise = [AdverseEvent(type="bruise", grade="mild")] if number < 3 else []
        ask({30: {"pain": 3, "events": bruise}})
    ask({})

    found = figures()

    assert (found.sessions, found.asked, found.with_event) == (13, 12, 3)
    assert found.interval.low < 3 / 12 < found.interval.high


def test_the_review_shows_them(client, admin, ask):
    ask({30: {"pain": 3}})
    client.force_login(admin)

    page = client.get(reverse("admin:treatments_outcome_changelist"))

    assert page.context["review"].follow_ups.asked == 1
