"""Days of clock changes in every time zone that has them: no quarter of an hour is lost or doubled."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.db import transaction

from clinic.diary import local_time
from clinic.diary.availability import free_slots
from clinic.diary.grid import day_grid, week_grid
from clinic.models import Appointment
from tests.clinic.builders import make_hours, make_patients, make_type

pytestmark = pytest.mark.both_engines

YEAR = 2026
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
NOW = datetime(YEAR - 1, 12, 1, tzinfo=UTC)
DAYS = [date(YEAR, 1, 1) + DAY * number for number in range(365)]


@cache
def zones():
    """{zone name: days of clock changes}, with one zone for all that change on the same days."""
    alike = {}
    for name in sorted(available_timezones() - {"localtime"}):
        zone = ZoneInfo(name)
        offsets = [datetime.combine(day, time(12), zone).utcoffset() for day in DAYS]
        near = {day for number, day in enumerate(DAYS[1:-1]) if offsets[number] != offsets[number + 2]}
        alike.setdefault(tuple(offsets), (name, sorted(day for day in near if len(quarters_of(day, zone)) != 96)))
    return {name: changes for name, changes in alike.values() if changes}


def quarters_of(day, zone):
    """The UTC instants of each quarter of an hour, from local midnight to midnight."""
    start, end = (datetime.combine(each, time(), zone).astimezone(UTC) for each in (day, day + DAY))
    while local_time.wall_of(start, zone).date() < day:
        start += QUARTER
    return [start + QUARTER * number for number in range((end - start) // QUARTER)]


def test_the_world_has_zones_that_change():
    lengths = {len(quarters_of(day, ZoneInfo(name))) for name, days in zones().items() for day in days}

    assert len(zones()) >= 20
    assert lengths == {88, 92, 94, 98, 100, 104}  # Troll changes by two hours, Lord Howe by half an hour
    assert all(len(days) == 2 for days in zones().values())


def test_each_quarter_occurs_once_and_converts_back():
    for name, changes in zones().items():
        zone = ZoneInfo(name)
        for day in changes:
            quarters = quarters_of(day, zone)

            start, end = local_time.day_bounds(day, zone)
            walls = [(local_time.wall_of(quarter, zone), quarter.astimezone(zone).fold) for quarter in quarters]
            back = [local_time.local_instant(wall, zone, fold=fold) for wall, fold in walls]

            assert (start, end) == (quarters[0], quarters[-1] + QUARTER), name
            assert end == local_time.day_bounds(day + DAY, zone)[0], name
            assert back == quarters and len(set(walls)) == len(quarters), name


@pytest.fixture
def clinic(physiotherapist, front_desk):
    make_hours(physiotherapist, "00:00", "00:00")
    return physiotherapist.practitioner, make_type("Quarter", 15), make_patients(1, by=front_desk)[0]


def at_a_site_of(practitioner, name):
    practitioner.site.timezone = name
    practitioner.site.save()
    return ZoneInfo(name)


def test_each_quarter_of_a_day_of_a_clock_change_is_offered_once(clinic):
    practitioner, kind, _ = clinic
    for name, changes in zones().items():
        zone = at_a_site_of(practitioner, name)
        for day in changes:
            slots = free_slots(
                kind, site=practitioner.site, practitioners=[practitioner], start_day=day, days=1, now=NOW
            )

            assert [slot.starts_at for slot in slots] == quarters_of(day, zone), (name, day)


def test_each_visit_on_a_day_of_a_clock_change_is_shown_once(clinic):
    practitioner, kind, patient = clinic
    for name, changes in zones().items():
        zone = at_a_site_of(practitioner, name)
        for day in changes:
            quarters = quarters_of(day, zone)
            with transaction.atomic():
                fill(practitioner, kind, patient, quarters)
                days = [visits(day_grid(each, practitioner.site, now=NOW)) for each in (day - DAY, day, day + DAY)]
                week = visits(week_grid(practitioner, day - DAY * day.weekday(), now=NOW))
                full = free_slots(kind, site=practitioner.site, start_day=day, days=1, now=NOW)
                transaction.set_rollback(True)

            assert days == [[], quarters, []], (name, day)
            assert (week, full) == (quarters, []), (name, day)


def fill(practitioner, kind, patient, quarters):
    Appointment.objects.bulk_create(
        Appointment(practitioner=practitioner, patient=patient, type=kind, starts_at=start, ends_at=start + QUARTER)
        for start in quarters
    )


def visits(grid):
    return sorted(item.starts_at for column in grid.columns for item in column.items if item.kind == "visit")
