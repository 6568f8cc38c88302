"""Properties of what a needling row may say; the form, the service and the database agree."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from treatments.forms.fields import CountField
from treatments.models import Measurement, Muscle, Needle, Needling, TriggerPoint
from treatments.record import bounds

pytestmark = pytest.mark.both_engines

DAY = date(2026, 11, 20)
small = st.none() | st.integers(-5, 200)


@given(depth_mm=small, length_mm=st.sampled_from([13, 25, 40, 100]))
def test_a_depth_is_right_exactly_within_the_needle_and_the_bounds(depth_mm, length_mm):
    needle = Needle(length_mm=length_mm, lot="L", expires_on=DAY)
    row = Needling(needle=needle, depth_mm=depth_mm)

    errors = bounds.needling_errors(row, on=DAY)

    assert ("depth_mm" in errors) == (depth_mm is not None and not 1 <= depth_mm <= length_mm)


@given(twitch=st.sampled_from(["", "not_sought", "no", "yes"]), twitch_count=st.none() | st.integers(1, 99))
def test_a_number_of_twitches_goes_with_yes_only(twitch, twitch_count):
    errors = bounds.needling_errors(Needling(twitch=twitch, twitch_count=twitch_count), on=DAY)

    assert ("twitch_count" in errors) == (twitch_count is not None and twitch != "yes")


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_a_lot_is_usable_up_to_its_last_day(expires_on):
    row = Needling(needle=Needle(length_mm=40, lot="L", expires_on=expires_on))

    assert ("needle" in bounds.needling_errors(row, on=DAY)) == (expires_on < DAY)


def test_a_trigger_point_belongs_to_its_muscle():
    ours, other = Muscle(pk=1, region="neck"), Muscle(pk=2, region="neck")
    row = Needling(muscle=ours, trigger_point=TriggerPoint(muscle=other))

    assert list(bounds.needling_errors(row, on=DAY)) == ["trigger_point"]


@given(kind=st.sampled_from(Measurement.Kind.values), value=st.decimals(-3000, 3000, places=1))
def test_a_measurement_is_within_its_kinds_bounds(kind, value):
    unit = Measurement.UNITS[kind][0]
    low, high, _ = bounds.BOUNDS[kind]

    errors = bounds.measurement_errors(Measurement(kind=kind, unit=unit, before=value))

    assert ("before" in errors) == (not low <= value <= high)


@pytest.mark.parametrize(
    ("typed", "code"), [("10,5", "decimals"), ("10.5", "decimals"), ("101", "max_value"), ("ten", "invalid")]
)
def test_a_depth_with_decimals_is_not_called_out_of_range(typed, code):
    with pytest.raises(ValidationError) as refused:
        CountField(*bounds.DEPTH).clean(typed)

    assert [error.code for error in refused.value.error_list] == [code]
