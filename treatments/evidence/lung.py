"""Published statements about needling near the lung, for and against each piece of advice."""

from dataclasses import dataclass
from functools import cache

from .facts import Fact, read_facts

EVERY_MUSCLE = "*"  # that is near the lung


@dataclass(frozen=True, kw_only=True)
class LungStatement(Fact):
    """`topic` groups statements. `muscles` are slugs, or EVERY_MUSCLE. `stance` is "supports" or "contradicts"."""

    kind = "lung"
    topic: str
    muscles: str
    stance: str
    note: str

    @property
    def about(self):
        return self.topic

    @property
    def details(self):
        return self.note


@cache
def lung_statements():
    """All LungStatements as a list, in the order of the file. All callers share it."""
    return read_facts("lung_statements.csv", LungStatement)


def lung_statements_for(muscle):
    """The LungStatements about a Muscle by topic; none unless the catalogue flags it for a risk of pneumothorax."""
    if not muscle.pneumothorax_risk:
        return []
    topics = [one.topic for one in lung_statements()]
    found = [one for one in lung_statements() if one.muscles == EVERY_MUSCLE or muscle.slug in one.muscles.split()]
    return sorted(found, key=lambda one: topics.index(one.topic))
