from datetime import datetime, timedelta

import pytest

from treatments.record.follow_up_times import time_of

START = datetime(2026, 3, 2, 9)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(11.9, None), (12, 24), (24, 24), (35.9, 24), (36, 48), (59.9, 48), (60, 72), (83.9, 72), (84, None), (-1, None)],
)
def test_a_contact_belongs_to_the_nearest_time(hours, expected):
    assert time_of(START, START + timedelta(hours=hours)) == expected
