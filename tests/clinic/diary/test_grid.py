from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from clinic.diary import local_time
from clinic.diary.grid import day_grid, week_grid
from clinic.diary.tags import day_tag
from clinic.models import Practitioner, Site, TimeOff
from clinic.services import cancel_appointment, move_appointment
from tests import people
from tests.clinic.builders import ZONE, at, book, make_hours, make_patients, make_room, make_type, monday


@pytest.fixture
def site(physiotherapist):
    make_hours(physiotherapist, "09:00", "12:00")
    make_hours(physiotherapist, "13:00", "17:00")
    return physiotherapist.practitioner.site


def _items(column):
    """[(kind, start, end)] of the items of a column."""
    return [
        (item.kind, f"{item.starts_at.astimezone(ZONE):%H:%M}", f"{item.ends_at.astimezone(ZONE):%H:%M}")
        for item in column.items
    ]


def test_a_day_shows_visits_gaps_and_time_without_work(site, physiotherapist, patient, front_desk):
    book(patient, physiotherapist, "10:00", by=front_desk)

    (column,) = day_grid(monday(), site).columns

    assert column.title == "Marit Solberg"
    assert _items(column) == [
        ("off", "00:00", "09:00"),
        ("gap", "09:00", "10:00"),
        ("visit", "10:00", "10:30"),
        ("gap", "10:30", "12:00"),
        ("off", "12:00", "13:00"),
        ("gap", "13:00", "17:00"),
        ("off", "17:00", "00:00"),
    ]
    assert [item.label for item in column.items if item.kind == "off"] == ["Not working", "Break", "Not working"]


def test_time_off_and_closing_days_are_labelled(site, physiotherapist):
    TimeOff.objects.create(
        practitioner=physiotherapist.practitioner, starts_at=at("14:00"), ends_at=at("15:00"), reason="Course"
    )
    TimeOff.objects.create(site=site, starts_at=at("15:00"), ends_at=at("18:00"))

    (column,) = day_grid(monday(), site).columns

    labels = {item.label: _items(column)[place] for place, item in enumerate(column.items) if item.kind == "off"}
    assert labels["Course"] == ("off", "14:00", "15:00")
    assert labels["Closed"] == ("off", "15:00", "18:00")
    assert ("gap", "13:00", "14:00") in _items(column)


def test_a_row_is_five_minutes(site, physiotherapist, patient, front_desk):
    book(patient, physiotherapist, "09:05", by=front_desk)

    grid = day_grid(monday(), site)
    visit = next(item for item in grid.columns[0].items if item.kind == "visit")

    assert (grid.first_hour, grid.last_hour) == (8, 18)
    assert (visit.top, visit.end) == (2 + 65 // 5, 2 + 95 // 5)


def test_the_hours_extend_to_an_early_visit(site, physiotherapist, patient, front_desk):
    book(patient, physiotherapist, "06:30", by=front_desk, allow_outside_hours=True)

    assert day_grid(monday(), site).first_hour == 6


def test_a_visit_in_freed_time_is_beside_the_cancelled_one(site, physiotherapist, patient, other_patient, front_desk):
    cancel_appointment(book(patient, physiotherapist, by=front_desk), by=front_desk, reason="ill")
    book(other_patient, physiotherapist, by=front_desk)

    (column,) = day_grid(monday(), site).columns
    visits = [item for item in column.items if item.kind == "visit"]

    assert sorted((visit.lane, visit.lanes) for visit in visits) == [(1, 2), (2, 2)]


def test_each_room_has_a_column_and_visits_without_a_room_have_one(
    site, room, physiotherapist, patient, other_patient, front_desk
):
    book(patient, physiotherapist, "10:00", by=front_desk, room=room)
    book(other_patient, physiotherapist, "11:00", by=front_desk)

    columns = day_grid(monday(), site, by="room").columns

    visits = [(column.title, [item.kind for item in column.items].count("visit")) for column in columns]
    assert visits == [("Room 1", 1), ("No room", 1)]


def test_only_the_chosen_people_are_shown(site, physiotherapist, other_physiotherapist):
    chosen = [other_physiotherapist.practitioner.pk]

    assert [column.title for column in day_grid(monday(), site, practitioner_ids=chosen).columns] == ["Daniel Okonkwo"]


def test_only_the_chosen_rooms_are_shown(site, room, physiotherapist, patient, other_patient, front_desk):
    other = make_room("Room 2")
    book(patient, physiotherapist, "10:00", by=front_desk, room=room)
    book(other_patient, physiotherapist, "11:00", by=front_desk)

    columns = day_grid(monday(), site, by="room", room_ids=[other.pk]).columns

    assert [column.title for column in columns] == ["Room 2"]


def test_a_practitioner_without_hours_can_be_booked_all_day(other_physiotherapist):
    (column,) = day_grid(monday(), people.make_site()).columns

    assert [item.kind for item in column.items] == ["gap"]


def test_the_line_for_now_is_only_on_today(site):
    now = at("10:32")

    assert day_grid(monday(), site, now=now).now_row == 2 + (2 * 60 + 32) // 5
    assert day_grid(monday() + timedelta(days=1), site, now=now).now_row is None


def test_past_gaps_are_not_shown(site):
    (column,) = day_grid(monday(), site, now=at("12:30")).columns

    assert [item for item in _items(column) if item[0] == "gap"] == [("gap", "13:00", "17:00")]


def test_a_gap_that_has_begun_starts_now(site):
    (column,) = day_grid(monday(), site, now=at("10:32")).columns

    assert [item for item in _items(column) if item[0] == "gap"] == [
        ("gap", "10:35", "12:00"),
        ("gap", "13:00", "17:00"),
    ]


def test_a_week_has_a_column_for_each_day(site, physiotherapist, patient, front_desk):
    book(patient, physiotherapist, by=front_desk, day=monday() + timedelta(days=2))

    grid = week_grid(physiotherapist.practitioner, monday())

    assert [sum(item.kind == "visit" for item in column.items) for column in grid.columns] == [0, 0, 1, 0, 0, 0, 0]


@pytest.mark.parametrize("zone", ["Europe/Dublin", "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize("month", [3, 4, 10, 11])
def test_hours_are_at_their_local_time_on_days_of_a_clock_change(db, zone, month):
    site = Site.objects.create(name="Elsewhere", timezone=zone)
    user = people.make_user("far", role="Physiotherapist")
    Practitioner.objects.create(user=user, site=site)
    make_hours(user, "09:00", "12:00")
    first = date(2027, month, 1)

    for number in range(31):
        grid = day_grid(
            first + timedelta(days=number), site, now=local_time.first_instant(first, time.min, ZoneInfo(zone))
        )
        (gap,) = [item for item in grid.columns[0].items if item.kind == "gap"]

        assert (gap.top, gap.end) == (2 + 60 // 5, 2 + 240 // 5)


def test_the_tag_changes_with_every_change_and_only_then(site, physiotherapist, patient, front_desk):
    bounds, now = local_time.day_bounds(monday(), ZONE), at("08:00")
    tags = [day_tag(bounds, site, now=now)]

    visit = book(patient, physiotherapist, by=front_desk)
    tags.append(day_tag(bounds, site, now=now))
    visit = move_appointment(visit, by=front_desk, starts_at=at("11:00"))
    tags.append(day_tag(bounds, site, now=now))
    cancel_appointment(visit, by=front_desk, reason="ill")
    tags.append(day_tag(bounds, site, now=now))

    assert len(set(tags)) == 4
    assert day_tag(bounds, site, now=now) == tags[-1]


def test_the_tag_changes_when_one_visit_replaces_another(site, physiotherapist, patient, other_patient, front_desk):
    third = people.make_patient(by=front_desk, given_name="Third")
    leaves = book(patient, physiotherapist, "10:00", by=front_desk)
    comes = book(other_patient, physiotherapist, "11:00", by=front_desk, day=monday() + timedelta(days=1))
    book(third, physiotherapist, "15:00", by=front_desk)
    move_appointment(leaves, by=front_desk, starts_at=at("09:00"))
    bounds, now = local_time.day_bounds(monday(), ZONE), at("08:00")
    before = day_tag(bounds, site, now=now)

    move_appointment(leaves, by=front_desk, starts_at=at("09:00", day=monday() + timedelta(days=2)))
    move_appointment(comes, by=front_desk, starts_at=at("14:00"))

    assert day_tag(bounds, site, now=now) != before


@pytest.mark.parametrize("number", [1, 3])
def test_a_day_takes_the_same_queries_for_any_number_of_visits(
    site, physiotherapist, front_desk, number, django_assert_num_queries
):
    room = make_room()
    for place, patient in enumerate(make_patients(number, by=front_desk)):
        book(patient, physiotherapist, f"{9 + place:02}:00", by=front_desk, room=room)

    with django_assert_num_queries(6):
        day_grid(monday(), site)


def test_a_room_is_free_while_somebody_works_and_no_visit_takes_it(site, room, physiotherapist, patient, front_desk):
    book(patient, physiotherapist, "10:00", by=front_desk, room=room)

    (column,) = day_grid(monday(), site, by="room", room_ids=[room.pk]).columns

    gaps = [(item.starts_at, item.ends_at) for item in column.items if item.kind == "gap"]
    assert gaps == [(at("09:00"), at("10:00")), (at("10:30"), at("12:00")), (at("13:00"), at("17:00"))]


@pytest.mark.parametrize("by", ["practitioner", "room"])
def test_a_colour_means_the_kind_or_the_practitioner_as_the_site_chose(
    site, room, physiotherapist, patient, front_desk, by
):
    kind = make_type("Review", colour="rose")
    Practitioner.objects.update(colour="green")
    book(patient, physiotherapist, "10:00", by=front_desk, room=room, type=kind)

    by_kind = day_grid(monday(), site, by=by)
    site.colour_by = "person"
    by_person = day_grid(monday(), site, by=by)

    assert (by_kind.colours, by_person.colours) == ([("rose", "Review")], [("green", "Marit Solberg")])
    assert "fl-k--green" in {item.css for c in by_person.columns for item in c.items if item.kind == "visit"}.pop()


def test_only_the_first_visit_of_a_patient_is_marked_as_the_first(site, physiotherapist, patient, front_desk):
    first = book(patient, physiotherapist, "10:00", by=front_desk)
    second = book(patient, physiotherapist, "11:00", by=front_desk)

    (column,) = day_grid(monday(), site).columns

    cells = {item.appointment.pk: item.appointment for item in column.items if item.kind == "visit"}
    assert (cells[first.pk].has_been_here, cells[second.pk].has_been_here) == (False, True)


def test_patients_with_the_same_name_are_told_apart(client, site, physiotherapist, patient, other_patient, front_desk):
    twin = people.make_patient(by=front_desk, born_on=date(1991, 7, 2))
    for one, clock in ((patient, "09:00"), (other_patient, "10:00"), (twin, "11:00")):
        book(one, physiotherapist, clock, by=front_desk)

    (column,) = day_grid(monday(), site).columns

    visits = [item.appointment for item in column.items if item.kind == "visit"]
    assert [visit.has_namesake for visit in visits] == [True, False, True]
    client.force_login(front_desk)
    page = client.get("/diary/", {"day": f"{monday()}"}).content.decode()
    assert [page.count(f"<span>born {born}") for born in ("14 Mar 1979", "2 Jul 1991")] == [1, 1]
