"""The conditions on depth and needle under which a published finding warns, one row of depth_rules.csv each.

A finding without such a condition, or whose condition no field of the row records, is only shown as a fact.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from .facts import Fact, read_facts

NEAR_THE_LUNG = "*"


@dataclass(frozen=True, kw_only=True)
class DepthRule(Fact):
    """Every condition that is not empty must hold. `depth_to_mm` is included, `depth_over_mm` and all `under` are not.

    `without_bmi` says what an unknown BMI means: "only" if the rule is for that case, "also" if it then holds as well.
    `level` is a value of safety's Level, and `contradiction` what other studies found.
    """

    kind = "rule"
    muscles: str
    bmi_from: str
    bmi_under: str
    without_bmi: str
    depth_over_mm: str
    depth_to_mm: str
    depth_under_mm: str
    needle_from_mm: str
    needle_under_mm: str
    point: str
    direction: str
    levels: str  # values of Dose.level, separated by spaces
    age_under: str
    level: str
    title: str
    contradiction: str

    @property
    def about(self):
        where = "muscles near the lung" if self.muscles == NEAR_THE_LUNG else self.muscles.replace("-", " ")
        return f"{self.title}: {where}"

    @property
    def details(self):
        return self.contradiction

    def is_about(self, muscle):
        """Whether the rule is about this Muscle."""
        return muscle.pneumothorax_risk if self.muscles == NEAR_THE_LUNG else muscle.slug in self.muscles.split()

    def applies_to(self, row, *, build, age):
        """Whether this Needling meets the conditions. `build` is the patient's Build, `age` in years.

        Without an age, a rule for younger patients applies: they may be that young.
        """
        if not self.is_about(row.muscle) or (self.age_under and age is not None and age >= int(self.age_under)):
            return False
        if self.point and (row.trigger_point is None or row.trigger_point.label != self.point):
            return False
        if self.direction and row.direction != self.direction:
            return False
        if self.levels and row.level not in self.levels.split():
            return False
        needle_mm = row.needle.length_mm if row.needle else None
        return (
            _is_within(row.depth_mm, over=self.depth_over_mm, to=self.depth_to_mm, under=self.depth_under_mm)
            and _is_within(needle_mm, least=self.needle_from_mm, under=self.needle_under_mm)
            and self._fits(build)
        )

    def _fits(self, build):
        if not (self.bmi_from or self.bmi_under or self.without_bmi):
            return True
        if build.bmi is None:
            return bool(self.without_bmi)
        return self.without_bmi != "only" and _is_within(build.bmi, least=self.bmi_from, under=self.bmi_under)


@cache
def depth_rules():
    """All DepthRules as a list. All callers share it."""
    return read_facts("depth_rules.csv", DepthRule)


def _is_within(number, *, over="", to="", least="", under=""):
    """Whether a number meets all bounds that are not empty; False if there is a bound and no number."""
    if not (over or to or least or under):
        return True
    return number is not None and (
        (not over or number > Decimal(over))
        and (not to or number <= Decimal(to))
        and (not least or number >= Decimal(least))
        and (not under or number < Decimal(under))
    )
