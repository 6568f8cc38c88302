from datetime import date

import pytest

from clinic.diary.day_words import read_day

TODAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("10 March", date(2027, 3, 10)),
        ("10 Dec", date(2026, 12, 10)),
        ("28 nov", TODAY),
        ("27 November", date(2027, 11, 27)),
        ("10/3", date(2027, 3, 10)),
        ("10 3", date(2027, 3, 10)),
        ("10 3 27", date(2027, 3, 10)),
        ("10/3/27", date(2027, 3, 10)),
        ("10.03.2027", date(2027, 3, 10)),
        ("10032027", date(2027, 3, 10)),
        ("100327", date(2027, 3, 10)),
        ("2027-03-10", date(2027, 3, 10)),
        ("10 March 2027", date(2027, 3, 10)),
        ("29 feb", date(2028, 2, 29)),
        ("in 6 weeks", date(2027, 1, 9)),
        ("6w", date(2027, 1, 9)),
        ("+10 days", date(2026, 12, 8)),
        ("in 3 months", date(2027, 2, 28)),
        ("tomorrow", date(2026, 11, 29)),
        ("yesterday", date(2026, 11, 27)),
        ("next week", date(2026, 12, 5)),
        ("in two weeks", date(2026, 12, 12)),
        ("a month", date(2026, 12, 28)),
        ("Thursday", date(2026, 12, 3)),
        ("sat", date(2026, 12, 5)),
        ("weds", date(2026, 12, 2)),
        ("Mon 8 Feb", date(2027, 2, 8)),
        ("March 10, 2027", date(2027, 3, 10)),
        ("10.3.", date(2027, 3, 10)),
        ("1 1 1960", date(1960, 1, 1)),
        ("soon", None),
        ("sunny", None),
        ("a", None),
        ("am", None),
        ("Tue 8 Feb", None),  # a Monday
        ("Tuesday, 8/2/27", None),
        ("32 March", None),
        ("", None),
    ],
)
def test_a_day_is_read_as_it_is_typed(text, day):
    assert read_day(text, TODAY) == day
