from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from clinic.diary import local_time

DUBLIN, NEW_YORK, LORD_HOWE = map(ZoneInfo, ["Europe/Dublin", "America/New_York", "Australia/Lord_Howe"])
# Zone, the night the clocks go forward with a skipped time, the night they go back with a time that occurs twice.
CHANGES = [
    (DUBLIN, datetime(2026, 3, 29, 1, 30), datetime(2026, 10, 25, 1, 30), 60),
    (NEW_YORK, datetime(2026, 3, 8, 2, 30), datetime(2026, 11, 1, 1, 30), 60),
    (LORD_HOWE, datetime(2026, 10, 4, 2, 15), datetime(2026, 4, 5, 1, 45), 30),
]


@pytest.mark.parametrize(("zone", "skipped", "twice", "minutes"), CHANGES)
def test_days_of_a_clock_change_are_shorter_or_longer(zone, skipped, twice, minutes):
    lengths = [end - start for start, end in (local_time.day_bounds(day.date(), zone) for day in (skipped, twice))]

    assert lengths == [timedelta(hours=24, minutes=-minutes), timedelta(hours=24, minutes=minutes)]


@pytest.mark.parametrize(("zone", "skipped", "twice", "minutes"), CHANGES)
def test_a_skipped_time_is_explained(zone, skipped, twice, minutes):
    with pytest.raises(ValidationError) as refusal:
        local_time.local_instant(skipped, zone)

    [sentence] = refusal.value.messages
    assert refusal.value.code == "nonexistent"
    assert f"{skipped:%H:%M} does not exist in {zone.key}" in sentence


def test_the_error_for_a_skipped_time_names_the_first_time_after_it():
    with pytest.raises(ValidationError) as refusal:
        local_time.local_instant(datetime(2026, 3, 29, 1, 30), DUBLIN)

    assert refusal.value.messages == [
        "The clocks go forward on 29 March 2026: 01:30 does not exist in Europe/Dublin."
        " Choose 02:00 or later, or a time before the change."
    ]


@pytest.mark.parametrize(("zone", "skipped", "twice", "minutes"), CHANGES)
def test_a_time_that_occurs_twice_is_ambiguous(zone, skipped, twice, minutes):
    with pytest.raises(ValidationError) as refusal:
        local_time.local_instant(twice, zone)

    first, second = (local_time.local_instant(twice, zone, fold=fold) for fold in (0, 1))
    assert refusal.value.code == "ambiguous"
    assert second - first == timedelta(minutes=minutes)
    assert [fold for fold, _ in local_time.fold_choices(twice, zone)] == [0, 1]


def test_the_two_choices_are_named():
    twice = datetime(2026, 11, 1, 1, 30)

    assert local_time.fold_choices(twice, NEW_YORK) == [
        (0, "01:30, the first time (EDT)"),
        (1, "01:30, the second time (EST)"),
    ]
    assert local_time.fold_choices(twice + timedelta(days=1), NEW_YORK) == []


@pytest.mark.parametrize(("zone", "skipped", "twice", "minutes"), CHANGES)
def test_a_repeat_keeps_its_local_time(zone, skipped, twice, minutes):
    for change in (skipped, twice):
        first = datetime.combine(change.date() - timedelta(days=10), time(10))
        walls = local_time.weekly_walls(first, visits=4, every_weeks=1)

        instants = [local_time.local_instant(wall, zone) for wall in walls]

        assert [instant.astimezone(zone).time() for instant in instants] == [time(10)] * 4
        assert len({instant.time() for instant in instants}) == 2


@pytest.mark.parametrize(("zone", "skipped", "twice", "minutes"), CHANGES)
def test_each_quarter_of_a_day_of_a_clock_change_occurs_once(zone, skipped, twice, minutes):
    for change in (skipped, twice):
        start, end = local_time.day_bounds(change.date(), zone)
        quarters = [datetime.combine(change.date(), time()) + timedelta(minutes=15 * n) for n in range(96)]
        met = []
        for wall in quarters:
            folds = [fold for fold, _ in local_time.fold_choices(wall, zone)] or [None]
            for fold in folds:
                try:
                    met.append(local_time.local_instant(wall, zone, fold=fold))
                except ValidationError:
                    continue

        assert sorted(met) == [start + timedelta(minutes=15 * n) for n in range((end - start) // timedelta(minutes=15))]


@pytest.mark.parametrize("zone", [DUBLIN, NEW_YORK, LORD_HOWE, ZoneInfo("Africa/Cairo"), ZoneInfo("UTC")])
@given(moment=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)))
def test_an_instant_converts_to_local_time_and_back(zone, moment):
    instant = moment.replace(tzinfo=UTC)
    fold = instant.astimezone(zone).fold

    wall = local_time.wall_of(instant, zone)

    assert local_time.local_instant(wall, zone, fold=fold) == instant


def test_a_day_that_begins_with_a_skipped_hour_begins_after_it():
    start, _ = local_time.day_bounds(date(2026, 4, 24), ZoneInfo("Africa/Cairo"))

    assert local_time.wall_of(start, ZoneInfo("Africa/Cairo")) == datetime(2026, 4, 24, 1)
