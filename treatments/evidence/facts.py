"""One published fact: its words, its source, and how far the source was read."""

import csv
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from patients.integrity.seal import sha256_of
from patients.sources import bibliography

DATA = Path(__file__).resolve().parent.parent / "data"
# What a page adds to a fact whose source was not read by the person who wrote it down.
HOW_SURE = {"memory": "from memory, to be checked", "secondary": "quoted in another work", "abstract": "", "full": ""}


@dataclass(frozen=True, kw_only=True)
class Fact:
    """`key` is unique among facts of one `kind`. `source` is a key of the bibliography; a fact from memory has none."""

    kind: ClassVar[str]
    key: str
    statement: str
    source: str
    read: str

    @property
    def fact_key(self):
        """Unique among all facts, such as "depth:d001"."""
        return f"{self.kind}:{self.key}"

    @property
    def about(self):
        """What the fact is about, in a few words."""
        raise NotImplementedError

    @property
    def details(self):
        """Where, in whom and how it was found; empty if that is part of the statement."""
        return ""

    @property
    def citation(self):
        """The source as a text cites it, such as "[@brady-2014]"; for a fact without one, that it is from memory."""
        return f"[@{self.source}]" if self.source else HOW_SURE["memory"]

    @property
    def cite(self):
        """The short citation, such as "Brady 2014"; empty without a source."""
        return bibliography()[self.source].cite if self.source else ""

    @property
    def how_sure(self):
        """What the reader has to know about the source; empty if its abstract or passage was read."""
        return HOW_SURE[self.read]

    @cached_property
    def fingerprint(self):
        """Identifies these words and this source. A review is about one fingerprint: changed words are unreviewed."""
        return sha256_of("\x1f".join([self.about, self.statement, self.details, self.source]))[:16]


@dataclass(frozen=True, kw_only=True)
class CitingFact(Fact):
    """A Fact whose source is a text, which may cite several sources and say what is from memory."""

    kind: str
    title: str
    read: str = "abstract"

    @property
    def about(self):
        return self.title

    @property
    def citation(self):
        return self.source or "no source"

    @property
    def cite(self):
        return self.citation


def read_facts(file_name, fact_class):
    """The facts of a CSV file in treatments/data, whose columns are the fields of the class."""
    with (DATA / file_name).open(encoding="utf-8", newline="") as lines:
        names = {field.name for field in fields(fact_class)}
        return [fact_class(**{name: row[name] for name in names}) for row in csv.DictReader(lines)]
