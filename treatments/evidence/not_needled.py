"""What should not be needled, and why: typing such a word in the muscle search shows the reason.

The rows are in treatments/data/not_needled.csv. Each of them is a Fact that clinicians review. What was withdrawn is
neither shown nor refused.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache

from patients.search import fold

from .facts import DATA, CitingFact
from .reviews import reviews_in_force, with_reviews

NOT_NEEDLED_CSV = DATA / "not_needled.csv"
KIND = "not-needled"
# The column `level`. A word of level "never" cannot be recorded as a free entry.
LEVELS = {
    "never": "Not needled",
    "avoid": "Avoid",
    "caution": "Caution",
    "specialist": "Only with special training",
    "record_as": "Record it differently",
}
# What says nothing about the structure, as in static/js/session/search.js.
SIDE = re.compile(r"^(r|right|l|left|mid|midline) (?=.)|(?<=.) (r|right|l|left|m|mid|midline)$")


@dataclass(frozen=True, kw_only=True)
class NotNeedled(CitingFact):
    """A structure with its words in lower case, the reason, the level, and what to do instead.

    `key` is the slug, and `statement` the reason.
    """

    words: tuple
    level: str
    instead: str

    @property
    def label(self):
        return LEVELS[self.level]

    @property
    def details(self):
        return f"{self.label}{f'. Instead: {self.instead}' if self.instead else ''}"


@cache
def not_needled():
    """Every NotNeedled, in the order of the file."""
    with NOT_NEEDLED_CSV.open(newline="", encoding="utf-8") as lines:
        return tuple(map(_entry, csv.DictReader(lines)))


def _entry(row):
    words = tuple(word.strip() for word in row["words"].lower().split(";"))
    return NotNeedled(
        kind=KIND,
        key=row["slug"],
        title=", ".join(words),
        statement=row["why"],
        source=row["source"],
        words=words,
        level=row["level"],
        instead=row["instead"],
    )


def shown_not_needled(reviews):
    """The ShownFacts of every NotNeedled that was not withdrawn. `reviews` is the result of reviews_in_force."""
    return [shown for shown in with_reviews(not_needled(), reviews) if not shown.is_withdrawn]


def find_not_needled(text):
    """The NotNeedled for a typed text, or None: one of its words is the text, or begins with it (4 letters or more)."""
    typed = _simplified(text)
    if not typed:
        return None
    matches = [entry for entry in not_needled() if typed in _names(entry)]
    if not matches and len(typed) >= 4:
        matches = [entry for entry in not_needled() if any(name.startswith(typed) for name in _names(entry))]
    return matches[0] if matches else None


def never_needled(text):
    """The ShownFact of level "never" that a text names exactly, or None. One query if there is one."""
    found = find_not_needled(text)
    if not found or found.level != "never" or _simplified(text) not in _names(found):
        return None
    (shown,) = with_reviews([found], reviews_in_force(KIND))
    return None if shown.is_withdrawn else shown


@cache
def _names(entry):
    return {_simplified(word) for word in entry.words}


def _simplified(text):
    """A typed text in lower case without its side, accents, punctuation and "muscle"."""
    plain = re.sub(r"\bmuscles?\b|[^a-z0-9]", " ", fold(text).replace(".", ""))
    return SIDE.sub("", " ".join(plain.split()))
