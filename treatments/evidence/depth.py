"""Published distances from the skin to muscle, lung, nerve or vessel. None of them is a limit or a permission."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from patients.build import Build

from .advice import advice_words
from .facts import Fact, read_facts
from .reviews import with_reviews

NOTHING_KNOWN = "No figure of depth is known for this muscle."
# Distances to what must not be met come first, those to the muscle itself last.
ORDER = (
    "skin_to_pleura_or_lung skin_to_critical_structure skin_to_rib skin_to_vessel skin_to_nerve"
    " skin_to_kidney_or_peritoneum nerve_puncture_rate"
).split()
TO_DANGER = frozenset(ORDER[:-1])
LAST = ("skin_to_muscle", "muscle_thickness")
SPINE = re.compile(r"\b[CTLS]\d{1,2}\b")
THIRD = re.compile(r"\b(upper|middle|lower)(?= third| and lower third)")


@dataclass(frozen=True, kw_only=True)
class DepthFact(Fact):
    """Numbers are texts as in the file; `n` is the number of people, limbs or bodies. `sex` is empty for both."""

    kind = "depth"
    muscle: str
    quantity: str
    place: str
    position: str
    people: str
    n: str
    sex: str
    bmi_from: str
    bmi_under: str
    mean_mm: str
    sd_mm: str
    how: str

    @property
    def about(self):
        return self.muscle.replace("-", " ").capitalize()

    @property
    def details(self):
        number = f"n = {self.n}" if self.n else ""
        parts = [self.people, number, self.place, self.position or "position not stated", self.how]
        return "; ".join(part for part in parts if part)

    @property
    def levels(self):
        """The levels at which it was measured, as a row names them: {"L4", "L5"}, {"upper_third"}."""
        return {*SPINE.findall(self.place), *(f"{third}_third" for third in THIRD.findall(self.place))}

    def fits(self, build, *, position="", level=""):
        """How well the study resembles this Build, and the position and level if they are known.

        Returns (contradictions, agreements) in sex, BMI and level; another position is a contradiction as well.
        """
        known = []
        if self.sex and build.sex in ("female", "male"):
            known.append(self.sex == build.sex)
        if (self.bmi_from or self.bmi_under) and build.bmi is not None:
            known.append(Decimal(self.bmi_from or 0) <= build.bmi < Decimal(self.bmi_under or 1000))
        # Many studies do not state the position: they are not put behind those that state the same one.
        if position and self.position and " against " not in self.position:
            known += [False] if self.position.partition(",")[0] != position.replace("_", "-") else []
        if level and self.levels:
            known.append(level in self.levels)
        return known.count(False), known.count(True)

    def order_for(self, build, **where):
        """Sorts the facts of one muscle: those that fit first; of these, what is dangerous and near first."""
        contradictions, agreements = self.fits(build, **where)
        place = ORDER.index(self.quantity) if self.quantity in ORDER else len(ORDER) + (self.quantity in LAST)
        return contradictions > 0, -agreements, place, not self.mean_mm, Decimal(self.mean_mm or 0), self.key


@cache
def depth_facts():
    """{slug of a muscle: [DepthFact, ...]}. All callers share it."""
    by_muscle = {}
    for fact in read_facts("depth_facts.csv", DepthFact):
        by_muscle.setdefault(fact.muscle, []).append(fact)
    return by_muscle


@dataclass(frozen=True)
class KnownDepth:
    """What is known about the depth of one muscle, for one patient.

    `facts` are ShownFacts, those that fit first. `advice` says how to read them.
    """

    facts: list
    advice: str

    @property
    def first(self):
        """The ShownFact to read first; None if nothing is known or everything was withdrawn."""
        return self.facts[0] if self.facts and not self.facts[0].is_withdrawn else None

    @property
    def other_studies(self):
        """What other sources than that of the first fact found for the distance to something dangerous, as one text.

        For example "Chu 2018: 34.6 to 42.3 mm; Kim 2002: 37 mm". Empty if no other source has a figure.
        """
        means = {}
        for shown in self.facts[1:]:
            fact = shown.fact
            counts = fact.mean_mm and fact.quantity in TO_DANGER and not shown.is_withdrawn
            if counts and fact.source != self.facts[0].fact.source:
                means.setdefault(fact.cite, []).append(Decimal(fact.mean_mm))
        return "; ".join(f"{cite}: {_range(found)} mm" for cite, found in means.items())


@dataclass(frozen=True)
class DepthsFor:
    """Finds what is known for a Build. `reviews` is the result of reviews_in_force.

    `position` is the patient's, a value of the field of a session; empty if it is unknown.
    """

    build: Build
    reviews: dict
    position: str = ""

    def of(self, slug, *, level=""):
        """The KnownDepth of the muscle with this slug. `level` is the value of a row's field."""
        where = {"position": self.position, "level": level}
        facts = sorted(depth_facts().get(slug, []), key=lambda fact: fact.order_for(self.build, **where))
        facts = sorted(with_reviews(facts, self.reviews), key=lambda shown: shown.is_withdrawn)
        return KnownDepth(facts, advice_words("mean-is-no-limit", self.reviews))


def _range(numbers):
    least, most = (f"{round(number, 1).normalize():f}" for number in (min(numbers), max(numbers)))
    return least if least == most else f"{least} to {most}"
