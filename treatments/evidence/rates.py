"""Published rates of adverse events, with what they count and how they were collected.

Rates per treatment, per patient and per respondent cannot be compared with each other.
"""

from dataclasses import dataclass
from functools import cache

from .facts import Fact, read_facts


@dataclass(frozen=True, kw_only=True)
class PublishedRate(Fact):
    """Numbers are texts as in the file. `unit` is what the denominator counts, such as "treatments"."""

    kind = "rate"
    type: str
    grade: str
    count: str
    denominator: str
    unit: str
    per_100: str
    how_collected: str
    note: str

    @property
    def about(self):
        return self.statement.partition(":")[0]

    @property
    def details(self):
        return "; ".join(part for part in (self.how_collected, self.note.rstrip(".")) if part)


@cache
def published_rates():
    """All PublishedRates as a list, in the order of the file. All callers share it."""
    return read_facts("published_rates.csv", PublishedRate)
