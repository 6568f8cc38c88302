"""The questionnaires that Filiform may show item by item, from treatments/data/questionnaires.toml."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

FILE = Path(__file__).resolve().parent.parent / "data" / "questionnaires.toml"


class AnsweredAs(StrEnum):
    TOTAL = "total"
    RATINGS = "ratings"
    ACTIVITIES = "activities"


@dataclass(frozen=True)
class Item:
    key: str
    text: str


@dataclass(frozen=True)
class Part:
    """Items with one scale, whose ends have the words `low` and `high`. The rule is described in the file."""

    title: str
    instruction: str
    items: tuple[Item, ...]
    low: str
    high: str
    lowest: int = 0
    highest: int = 10
    divided_by: int = 1
    may_be_missing: int = 0

    @property
    def values(self):
        return range(self.lowest, self.highest + 1)


@dataclass(frozen=True)
class Questionnaire:
    """`words_of` says whose words they are, with citations; `differs` how they differ from the published form."""

    measure: str
    name: str
    answered_as: AnsweredAs
    parts: tuple[Part, ...]
    words_of: str
    differs: str = ""
    activities: int = 0

    @property
    def has_total(self):
        return self.answered_as == AnsweredAs.TOTAL

    @property
    def has_activities(self):
        return self.answered_as == AnsweredAs.ACTIVITIES

    @property
    def items(self):
        return [item for part in self.parts for item in part.items]


@cache
def questionnaires():
    """{measure: Questionnaire}, in the order of the file."""
    found = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return MappingProxyType({measure: _questionnaire(measure, **fields) for measure, fields in found.items()})


def _questionnaire(measure, *, parts, answered_as, **fields):
    read = tuple(_part(**part) for part in parts)
    return Questionnaire(measure=measure, parts=read, answered_as=AnsweredAs(answered_as), **fields)


def _part(*, items, **fields):
    return Part(items=tuple(Item(**item) for item in items), **fields)
