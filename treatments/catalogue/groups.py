"""Groups of muscles that people search for by one word, such as "hamstrings" or "rotator cuff"."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "data" / "muscle_groups.csv"


@dataclass(frozen=True)
class MuscleGroup:
    slug: str
    name: str
    words: tuple[str, ...]  # abbreviations, nicknames and plurals that find it
    members: tuple[str, ...]  # slugs of muscles, in the order in which they are listed


@cache
def muscle_groups():
    """All groups, in the order of the file. Their words come from clinical use and have no published source."""
    with FILE.open(newline="", encoding="utf-8") as lines:
        return tuple(
            MuscleGroup(row["slug"], row["name"], split_list(row["words"]), split_list(row["members"]))
            for row in csv.DictReader(lines)
        )


def split_list(text):
    """The words of a text that are separated by semicolons, without empty ones."""
    return tuple(word.strip() for word in text.split(";") if word.strip())
