"""Muscles in which pressure may not stop a bleed, by a source or from memory.

Nothing follows for a muscle that is not listed.
"""

from dataclasses import dataclass
from functools import cache

from .facts import Fact, read_facts

KIND = "bleeding"


@dataclass(frozen=True, kw_only=True)
class Bleeding(Fact):
    """`key` is the slug of a muscle. `contradiction` says what other studies found."""

    kind = KIND
    contradiction: str

    @property
    def about(self):
        return self.key.replace("-", " ").capitalize()

    @property
    def details(self):
        return self.contradiction.rstrip(".")


@cache
def bleeding_facts():
    """{slug of a muscle: Bleeding}. All callers share it."""
    return {fact.key: fact for fact in read_facts("bleeding.csv", Bleeding)}
