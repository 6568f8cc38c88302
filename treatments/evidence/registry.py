"""All facts that can be reviewed: those of the CSV files, and the entries of the clinic's catalogue."""

from dataclasses import dataclass

from treatments.models import Muscle, Threshold, TriggerPoint

from .depth import depth_facts
from .depth_rules import depth_rules
from .facts import Fact
from .lung import lung_statements
from .rates import published_rates

MUSCLE, POINT, THRESHOLD = "muscle", "point", "threshold"
KINDS = {
    "depth": "Depth",
    "rule": "Warnings about depth",
    "lung": "Near the lung",
    "rate": "Rates of adverse events",
    MUSCLE: "Muscles",
    POINT: "Trigger points",
    THRESHOLD: "Thresholds of change",
}
FROM_FILES = {
    "depth": lambda: [fact for facts in depth_facts().values() for fact in facts],
    "rule": depth_rules,
    "lung": lung_statements,
    "rate": published_rates,
}


@dataclass(frozen=True, kw_only=True)
class CatalogueFact(Fact):
    """An entry of the catalogue as one fact. Its source is a text that may cite several sources."""

    kind: str
    title: str
    entry: object

    @property
    def about(self):
        return self.title

    @property
    def citation(self):
        return self.source or "no source"

    @property
    def cite(self):
        return self.citation


def facts_of(kind):
    """All Facts of a kind, a key of KINDS, as a list. Entries of the catalogue need one query."""
    if kind in FROM_FILES:
        return FROM_FILES[kind]()
    if kind == MUSCLE:
        return [_muscle(muscle) for muscle in Muscle.objects.active()]
    if kind == POINT:
        return [_point(point) for point in TriggerPoint.objects.select_related("muscle")]
    return [_threshold(threshold) for threshold in Threshold.objects.all()]


def fact_of(fact_key):
    """The Fact with this key, or None."""
    kind = fact_key.partition(":")[0]
    found = facts_of(kind) if kind in KINDS else []
    return next((fact for fact in found if fact.fact_key == fact_key), None)


def _muscle(muscle):
    length = (muscle.needle_length_min_mm, muscle.needle_length_max_mm)
    said = {
        "Referred pain": muscle.referred_pain,
        "Caution": muscle.caution,
        "Near the lung": "yes" if muscle.pneumothorax_risk else "no",
        "Needle length": f"{length[0]} to {length[1]} mm" if all(length) else "",
        "Note on depth": muscle.depth_note,
        "Bleeding can be stopped by pressure": {True: "no", False: "yes", None: ""}[muscle.no_compression_haemostasis],
        "Nerve supply": muscle.nerve_supply,
    }
    return _catalogue_fact(MUSCLE, muscle.slug, str(muscle), said, muscle)


def _point(point):
    said = {"Place": point.location, "Referred pain": point.referred_pain}
    title = f"{point.muscle}, {point.label}"
    return _catalogue_fact(POINT, f"{point.muscle.slug}/{point.label}", title, said, point)


def _threshold(threshold):
    said = {threshold.get_kind_display(): f"{threshold.value.normalize():f} {threshold.unit}, {threshold.population}"}
    return _catalogue_fact(THRESHOLD, threshold.slug, threshold.get_measure_display(), said, threshold)


def _catalogue_fact(kind, key, title, said, entry):
    return CatalogueFact(
        kind=kind,
        key=key,
        title=title,
        statement=" ".join(f"{what}: {words}." for what, words in said.items() if words),
        source=entry.source,
        read="memory" if not entry.source or "nsourced" in entry.source else "abstract",
        entry=entry,
    )
