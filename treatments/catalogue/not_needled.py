"""What should not be needled, and why: typing such a word in the muscle search shows the reason.

The rows are in treatments/data/not_needled.csv. No clinician has reviewed them yet, and the page says so.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from patients.search import fold

NOT_NEEDLED_CSV = Path(__file__).resolve().parent.parent / "data" / "not_needled.csv"
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


@dataclass(frozen=True)
class NotNeedled:
    """A structure with its words in lower case, the reason, what to do instead, and the source with citations."""

    slug: str
    words: tuple
    why: str
    level: str
    instead: str
    source: str

    @property
    def label(self):
        return LEVELS[self.level]


@cache
def not_needled():
    """Every NotNeedled, in the order of the file."""
    with NOT_NEEDLED_CSV.open(newline="", encoding="utf-8") as lines:
        return tuple(
            NotNeedled(**row | {"words": tuple(word.strip() for word in row["words"].lower().split(";"))})
            for row in csv.DictReader(lines)
        )


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
    """The NotNeedled of level "never" that a text names exactly, or None."""
    found = find_not_needled(text)
    return found if found and found.level == "never" and _simplified(text) in _names(found) else None


@cache
def _names(entry):
    return {_simplified(word) for word in entry.words}


def _simplified(text):
    """A typed text in lower case without its side, accents, punctuation and "muscle"."""
    plain = re.sub(r"\bmuscles?\b|[^a-z0-9]", " ", fold(text).replace(".", ""))
    return SIDE.sub("", " ".join(plain.split()))
