"""Clinical sentences of warnings, help and what patients take home, which clinicians review like other facts.

The rows are in treatments/data/advice.csv. A sentence that was corrected is shown as corrected; one that was withdrawn
is not shown.
"""

import csv
from dataclasses import dataclass
from functools import cache

from .facts import DATA, CitingFact
from .reviews import with_reviews

FILE = DATA / "advice.csv"
KIND = "advice"


@dataclass(frozen=True, kw_only=True)
class Advice(CitingFact):
    """`place` says where the sentence is shown."""

    place: str

    @property
    def details(self):
        return self.place.rstrip(".")

    @property
    def is_a_word(self):
        """Whether it explains a word on the help page."""
        return self.key.startswith("word-")


@cache
def advice():
    """{key: Advice}, in the order of the file. All callers share it."""
    with FILE.open(newline="", encoding="utf-8") as lines:
        return {row["key"]: Advice(kind=KIND, **row) for row in csv.DictReader(lines)}


def shown_advice(key, reviews):
    """The Advice with this key as a ShownFact, or None if it was withdrawn. `reviews` is from reviews_in_force."""
    (shown,) = with_reviews([advice()[key]], reviews)
    return None if shown.is_withdrawn else shown


def advice_words(key, reviews):
    """The words of the Advice with this key, empty if it was withdrawn. `reviews` is from reviews_in_force."""
    shown = shown_advice(key, reviews)
    return shown.words if shown else ""
