"""What should not be needled, and why: typing such a word in the muscle search shows the reason.

The rows are in treatments/data/not_needled.csv. No clinician has reviewed them yet, and the page says so.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NOT_NEEDLED_CSV = Path(__file__).resolve().parent.parent / "data" / "not_needled.csv"
# The column `level`. A word of level "never" cannot be recorded as a free entry.
LEVELS = {
    "never": "Not needled",
    "avoid": "Avoid",
    "caution": "Caution",
    "specialist": "Only with special training",
    "record_as": "Record it differently",
}
SIDE = re.compile(r"\s+(r|right|l|left|m|mid|midline)$")


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
    typed = SIDE.sub("", " ".join(text.lower().split()))
    if not typed:
        return None
    matches = [entry for entry in not_needled() if typed in entry.words]
    if not matches and len(typed) >= 4:
        matches = [entry for entry in not_needled() if any(word.startswith(typed) for word in entry.words)]
    return matches[0] if matches else None


def never_needled(text):
    """The NotNeedled of level "never" that a text names exactly, or None."""
    found = find_not_needled(text)
    typed = SIDE.sub("", " ".join(text.lower().split()))
    return found if found and found.level == "never" and typed in found.words else None
