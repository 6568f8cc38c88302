"""Groups of muscles that people search for by one word, such as "hamstrings" or "rotator cuff"."""

import csv
from dataclasses import dataclass
from functools import cache

from .facts import DATA, CitingFact
from .reviews import with_reviews

FILE = DATA / "muscle_groups.csv"
KIND = "group"


@dataclass(frozen=True, kw_only=True)
class MuscleGroup(CitingFact):
    """Its `key` is the slug, its `title` the name."""

    words: tuple[str, ...]  # abbreviations, nicknames and plurals that find it
    members: tuple[str, ...]  # slugs of muscles, in the order in which they are listed

    @property
    def details(self):
        return f"Found by: {', '.join(self.words)}"


@cache
def muscle_groups():
    """All groups, in the order of the file."""
    with FILE.open(newline="", encoding="utf-8") as lines:
        return tuple(map(_group, csv.DictReader(lines)))


def _group(row):
    members = split_list(row["members"])
    return MuscleGroup(
        kind=KIND,
        key=row["slug"],
        title=row["name"],
        statement=f"Its members are {', '.join(member.replace('-', ' ') for member in members)}.",
        source="from clinical use, without a published source",
        words=split_list(row["words"]),
        members=members,
    )


def shown_groups(reviews):
    """The MuscleGroups that were not withdrawn. `reviews` is the result of reviews_in_force."""
    return [shown.fact for shown in with_reviews(muscle_groups(), reviews) if not shown.is_withdrawn]


def split_list(text):
    """The words of a text that are separated by semicolons, without empty ones."""
    return tuple(word.strip() for word in text.split(";") if word.strip())
