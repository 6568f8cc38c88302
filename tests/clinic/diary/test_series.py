import uuid
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from clinic.diary.local_time import weekly_walls
from clinic.diary.series import series_preview
from clinic.models import Appointment
from clinic.services import book_series, cancel_appointment, cancel_this_and_following, move_this_and_following
from tests import people
from tests.clinic.builders import ZONE, at, book, make_hours, make_room, make_type, monday

pytestmark = pytest.mark.both_engines

FIRST = "10:00"


def walls(visits=4, first=None, every_weeks=1):
    return weekly_walls(first or at(FIRST).replace(tzinfo=None), visits=visits, every_weeks=every_weeks)


def preview(patient, user, **fields):
    return series_preview(patient, practitioner=user.practitioner, type=make_type(), **{"walls": walls()} | fields)


@pytest.fixture
def series(patient, physiotherapist, front_desk):
    return make_series(patient, physiotherapist, front_desk)


def make_series(patient, user, by, **fields):
    visits = [(proposal.starts_at, proposal.room) for proposal in preview(patient, user)]
    return book_series(patient, by=by, practitioner=user.practitioner, type=make_type(), visits=visits, **fields)


def times():
    rows = Appointment.objects.exclude(status="cancelled").order_by("starts_at")
    return [row.starts_at.astimezone(ZONE).replace(tzinfo=None) for row in rows]


def test_a_preview_stores_nothing_and_marks_the_clash(patient, other_patient, physiotherapist, front_desk):
    book(other_patient, physiotherapist, "10:15", by=front_desk, day=monday() + timedelta(days=7))

    proposals = preview(patient, physiotherapist)

    assert [proposal.is_free for proposal in proposals] == [True, False, True, True]
    assert proposals[1].problems == ["This physiotherapist is already booked 10:15 to 10:45."]
    assert Appointment.objects.count() == 1


def test_a_preview_takes_another_room_when_only_the_room_is_taken(
    patient, other_patient, physiotherapist, other_physiotherapist, room, front_desk
):
    second = make_room("Room 2")
    book(other_patient, other_physiotherapist, "10:15", by=front_desk, room=room)

    proposals = preview(patient, physiotherapist, room=room)

    assert [proposal.room for proposal in proposals] == [second, room, room, room]
    assert all(proposal.is_free for proposal in proposals)


def test_a_preview_gives_each_visit_a_room_the_usual_one_first(
    patient, other_patient, physiotherapist, other_physiotherapist, room, front_desk
):
    usual = make_room("Room 2")
    make_hours(physiotherapist, room=usual)
    book(other_patient, other_physiotherapist, "10:15", by=front_desk, room=usual)

    proposals = preview(patient, physiotherapist)

    assert [proposal.room for proposal in proposals] == [room, usual, usual, usual]


def test_a_preview_says_when_all_rooms_are_taken(
    patient, other_patient, physiotherapist, other_physiotherapist, room, front_desk
):
    book(other_patient, other_physiotherapist, "10:15", by=front_desk, room=room)

    proposals = preview(patient, physiotherapist)

    assert [proposal.is_free for proposal in proposals] == [False, True, True, True]


def test_a_preview_shows_problems_with_hours_and_clock_changes(patient, physiotherapist):
    make_hours(physiotherapist, "09:00", "10:15")
    site = people.make_site()
    skipped = datetime(2027, 3, 28, 1, 30)
    assert site.timezone == "Europe/London"

    outside, not_there = preview(patient, physiotherapist, walls=[walls(1)[0], skipped])

    assert outside.problems == [f"Marit Solberg does not work 10:00 to 10:30 on {monday():%a %-d %b %Y}."]
    assert (not_there.starts_at, "does not exist" in not_there.problems[0]) == (None, True)


def test_a_time_that_occurs_twice_is_chosen_in_the_preview(patient, physiotherapist):
    twice = datetime(2027, 10, 31, 1, 30)

    [asked] = preview(patient, physiotherapist, walls=[twice])
    [chosen] = preview(patient, physiotherapist, walls=[twice], folds={twice: 1})

    assert "occurs twice" in asked.problems[0]
    assert chosen.starts_at.hour == 1


def test_visits_of_a_repeat_must_not_clash_with_each_other(patient, physiotherapist):
    first = at(FIRST).replace(tzinfo=None)

    proposals = preview(patient, physiotherapist, walls=[first, first + timedelta(minutes=15)])

    assert [proposal.is_free for proposal in proposals] == [False, False]


@pytest.mark.parametrize("visits", [2, 12])
def test_a_preview_takes_the_same_queries_for_any_length(patient, physiotherapist, visits, django_assert_num_queries):
    make_hours(physiotherapist)
    kind = make_type()

    with django_assert_num_queries(7):  # one for closed rooms
        series_preview(patient, practitioner=physiotherapist.practitioner, type=kind, walls=walls(visits))


def test_a_repeat_books_visits_at_the_same_local_time(series):
    assert times() == walls()
    assert len({visit.series for visit in series}) == 1


def test_a_repeat_is_booked_completely_or_not_at_all(patient, other_patient, physiotherapist, front_desk):
    day = monday() + timedelta(days=7)
    book(other_patient, physiotherapist, "10:15", by=front_desk, day=day)

    with pytest.raises(ValidationError) as refusal:
        make_series(patient, physiotherapist, front_desk)

    assert refusal.value.messages == [f"{day:%a %-d %b %Y}: This physiotherapist is already booked 10:15 to 10:45."]
    assert Appointment.objects.count() == 1


def test_a_repeat_sent_twice_is_booked_once(patient, physiotherapist, front_desk):
    token = uuid.uuid4()

    first, again = (make_series(patient, physiotherapist, front_desk, token=token) for _ in range(2))

    assert [visit.pk for visit in first] == [visit.pk for visit in again]
    assert Appointment.objects.count() == 4


@pytest.mark.parametrize(
    "shift", [timedelta(minutes=15), timedelta(minutes=-15), timedelta(days=7), timedelta(days=-2)]
)
def test_this_and_following_move_by_the_same_time(series, front_desk, shift):
    move_this_and_following(series[2], by=front_desk, starts_at=series[2].starts_at.astimezone(ZONE) + shift)

    before, after = walls()[:2], walls()[2:]
    assert times() == sorted(before + [wall + shift for wall in after])


def test_following_visits_that_are_over_or_cancelled_stay(series, front_desk):
    cancel_appointment(series[3], by=front_desk, reason="Holiday")

    moved = move_this_and_following(series[1], by=front_desk, starts_at=at("11:00", day=monday() + timedelta(days=7)))

    assert [visit.pk for visit in moved] == [series[1].pk, series[2].pk]
    assert Appointment.objects.get(pk=series[3].pk).starts_at == series[3].starts_at


def test_a_move_of_several_visits_that_clashes_moves_none(series, other_patient, physiotherapist, front_desk):
    day = monday() + timedelta(days=21)
    book(other_patient, physiotherapist, "12:00", by=front_desk, day=day)

    with pytest.raises(ValidationError, match="already booked 12:00 to 12:30"):
        move_this_and_following(series[0], by=front_desk, starts_at=at("12:00"))

    assert times() == sorted([*walls(), at("12:00", day=day).replace(tzinfo=None)])


def test_a_visit_without_a_repeat_has_no_followers(patient, physiotherapist, front_desk):
    visit = book(patient, physiotherapist, by=front_desk)

    assert len(move_this_and_following(visit, by=front_desk, starts_at=at("11:00"))) == 1


def test_this_and_following_are_cancelled(series, front_desk):
    cancelled = cancel_this_and_following(series[1], by=front_desk, reason="Moved away")

    assert [visit.pk for visit in cancelled] == [visit.pk for visit in series[1:]]
    assert times() == walls()[:1]
