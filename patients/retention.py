"""How long a record must be kept: the rules of countries, and the day until which they keep a record."""

import tomllib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from patients.models.birth import whole_years

RETENTION_TOML = Path(__file__).resolve().parent / "data" / "retention.toml"
OF_AGE = 18


@dataclass(frozen=True)
class RetentionRule:
    """A record is kept for `years` after its last entry. Ages are birthdays, or None where there is no longer period.

    `until_age` is for somebody who was under 18 at the last entry, `until_age_if_17` for somebody who was 17. `source`
    cites the bibliography. `key` and `country` are "" for a rule that only the clinic has.
    """

    name: str
    years: int
    source: str
    key: str = ""
    country: str = ""
    until_age: int | None = None
    until_age_if_17: int | None = None

    @property
    def in_words(self):
        """The periods, such as "8 years after the last entry, children until the age of 25"."""
        words = f"{self.years} years after the last entry"
        if self.until_age:
            words += f", children until the age of {self.until_age}"
        if self.until_age_if_17:
            words += f" ({self.until_age_if_17} if they were 17)"
        return words

    def lengthened(self, *, years, until_age, source):
        """The same rule with a clinic's own longer periods; None leaves a period as it is."""
        at_17 = self.until_age_if_17
        return replace(
            self,
            name=f"{self.name}, longer by the clinic’s own setting",
            years=years or self.years,
            until_age=until_age or self.until_age,
            until_age_if_17=at_17 and max(at_17, until_age or 0),
            source=f"{self.source} The clinic’s setting: {source}",
        )


@cache
def retention_rules():
    """{key: RetentionRule} of the rules that Filiform knows. The first rule of a country is its usual one."""
    rows = tomllib.loads(RETENTION_TOML.read_text("utf-8"))["rules"]
    return {row["key"]: RetentionRule(**row) for row in rows}


def usual_rule(country):
    """The usual RetentionRule of a country ("GB"), or None if Filiform knows none."""
    return next((rule for rule in retention_rules().values() if rule.country == country), None)


def keep_until(rule, last_entry_on, born_on):
    """The last day on which the rule keeps a record, from the day of its last entry and the birth date."""
    until = years_later(last_entry_on, rule.years)
    age = whole_years(born_on, last_entry_on)
    if age < OF_AGE and rule.until_age:
        birthday = rule.until_age_if_17 if age == OF_AGE - 1 and rule.until_age_if_17 else rule.until_age
        until = max(until, years_later(born_on, birthday))
    return until


def latest_keep_until(rule, last_entry_on, birth):
    """The latest `keep_until` of all days that can be the BirthDate `birth`, of which at least the year is known.

    It is not always that of the last of them: by some rules somebody of 17 is kept longer than somebody younger.
    """
    just_17 = years_later(last_entry_on, 1 - OF_AGE)
    days = [birth.earliest, just_17 - timedelta(days=1), just_17, birth.latest]
    return max(keep_until(rule, last_entry_on, day) for day in days if birth.earliest <= day <= birth.latest)


def years_later(day, years):
    """The same day some years later. 29 February counts as 1 March in other than leap years, as in `whole_years`."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
