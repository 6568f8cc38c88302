"""How long the rules of countries keep a record."""

from datetime import date

import pytest

from patients.models.birth import BirthDate, BirthPrecision
from patients.retention import (
    RetentionRule,
    keep_until,
    latest_keep_until,
    retention_rules,
    usual_rule,
    years_later,
)

UK, NSW = usual_rule("GB"), usual_rule("AU")


@pytest.mark.parametrize(
    ("rule", "last_entry_on", "born_on", "until"),
    [
        (UK, date(2020, 5, 1), date(1979, 3, 14), date(2028, 5, 1)),
        (retention_rules()["gb-scotland"], date(2020, 5, 1), date(1979, 3, 14), date(2026, 5, 1)),
        (UK, date(2020, 5, 1), date(2010, 3, 14), date(2035, 3, 14)),  # a child of 10
        (UK, date(2020, 5, 1), date(2003, 3, 14), date(2029, 3, 14)),  # 17
        (NSW, date(2020, 5, 1), date(2003, 3, 14), date(2028, 3, 14)),
        (NSW, date(2020, 5, 1), date(2002, 5, 1), date(2027, 5, 1)),  # 18 on that day
        (usual_rule("NZ"), date(2020, 5, 1), date(2015, 3, 14), date(2030, 5, 1)),
        (NSW, date(2020, 2, 29), date(1979, 3, 14), date(2027, 3, 1)),
        (NSW, date(2020, 5, 1), date(2008, 2, 29), date(2033, 3, 1)),
    ],
)
def test_a_record_is_kept_after_its_last_entry_and_until_a_child_is_grown(rule, last_entry_on, born_on, until):
    assert keep_until(rule, last_entry_on, born_on) == until


def test_of_a_birth_date_known_in_part_the_day_that_keeps_the_record_longest_counts():
    """By the rule of the UK that is the last day on which the patient was 17, not the last day of the year."""
    only_year = BirthDate(date(2005, 1, 1), BirthPrecision.YEAR)

    assert latest_keep_until(UK, date(2022, 6, 30), only_year) == date(2031, 6, 30)
    assert latest_keep_until(UK, date(2024, 2, 29), BirthDate(date(2007, 1, 1), BirthPrecision.YEAR)) == date(
        2033, 2, 28
    )


def test_a_year_before_the_29_february_is_the_1_march():
    assert years_later(date(2024, 2, 29), -1) == date(2023, 3, 1)


def test_a_clinics_longer_periods_replace_those_of_the_rule():
    longer = UK.lengthened(years=10, until_age=30, source="Our insurer")

    assert (longer.years, longer.until_age, longer.until_age_if_17) == (10, 30, 30)
    assert UK.lengthened(years=10, until_age=None, source="").until_age == 25


def test_filiform_knows_no_rule_for_every_country():
    assert usual_rule("US") is None
    assert isinstance(usual_rule("IE"), RetentionRule)
