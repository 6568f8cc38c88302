"""All facts that can be reviewed: those of the CSV files, and the entries of the clinic's catalogue."""

from dataclasses import dataclass

from patients.consents import current_form
from patients.models import ScreeningQuestion
from patients.models.condition import CodeSystem, conditions
from patients.sources import source_of_section
from treatments.models import Muscle, Threshold, TriggerPoint

from . import advice, bleeding, groups, not_needled
from .depth import depth_facts
from .depth_rules import depth_rules
from .facts import CitingFact
from .lung import lung_statements
from .rates import published_rates

KINDS = {
    "depth": "Depth",
    "rule": "Warnings about depth",
    "lung": "Near the lung",
    bleeding.KIND: "Bleeding and pressure",
    advice.KIND: "Advice and explanations",
    "rate": "Rates of adverse events",
    "muscle": "Muscles",
    "point": "Trigger points",
    groups.KIND: "Groups of muscles",
    not_needled.KIND: "What is not needled",
    "question": "Screening questions",
    "consent": "Statements of the consent form",
    "condition": "Conditions and their codes",
    "threshold": "Thresholds of change",
}
GIVEN_NO_LONGER = "A warning whose sentence is withdrawn is no longer given."
# What a review does, or does not do by itself.
NOTES = {
    "rule": GIVEN_NO_LONGER,
    bleeding.KIND: GIVEN_NO_LONGER,
    advice.KIND: f"Corrected words are shown at once. {GIVEN_NO_LONGER}",
    "question": "A review does not change the question that patients are asked. An admin writes its new version.",
    "consent": "A review does not change the form that patients sign. An admin writes its new version.",
    "condition": "A review does not change the list, nor the codes of episodes.",
}


@dataclass(frozen=True, kw_only=True)
class CatalogueFact(CitingFact):
    """An entry of the catalogue as one fact."""

    entry: object


def facts_of(kind):
    """All Facts of a kind, a key of KINDS, as a list. Those of the database need one query."""
    return list(FACTS[kind]())


def fact_of(fact_key):
    """The Fact with this key, or None."""
    kind = fact_key.partition(":")[0]
    found = facts_of(kind) if kind in KINDS else []
    return next((fact for fact in found if fact.fact_key == fact_key), None)


def _muscle(muscle):
    length = (muscle.needle_length_min_mm, muscle.needle_length_max_mm)
    details = {
        "Referred pain": muscle.referred_pain,
        "Caution": muscle.caution,
        "Near the lung": "yes" if muscle.pneumothorax_risk else "no",
        "Needle length": f"{length[0]} to {length[1]} mm" if all(length) else "",
        "Note on depth": muscle.depth_note,
        "Bleeding can be stopped by pressure": {True: "no", False: "yes", None: "not known"}[
            muscle.no_compression_haemostasis
        ],
        "Nerve supply": muscle.nerve_supply,
    }
    return _of_entry(muscle, kind="muscle", key=muscle.slug, title=str(muscle), statement=_sentences(details))


def _point(point):
    details = {"Place": point.location, "Referred pain": point.referred_pain}
    key, title = f"{point.muscle.slug}/{point.label}", f"{point.muscle}, {point.label}"
    return _of_entry(point, kind="point", key=key, title=title, statement=_sentences(details))


def _threshold(threshold):
    details = {
        threshold.get_kind_display(): f"{threshold.value.normalize():f} {threshold.unit}, {threshold.population}"
    }
    title = threshold.get_measure_display()
    return _of_entry(threshold, kind="threshold", key=threshold.slug, title=title, statement=_sentences(details))


def _of_entry(entry, **fields):
    read = "memory" if not entry.source or "nsourced" in entry.source else "abstract"
    return CatalogueFact(source=entry.source, read=read, entry=entry, **fields)


def _question(question):
    details = {
        "If yes": question.get_category_display(),
        "Where or how": question.scope,
        "Within that": question.get_scope_category_display(),
        "Regions": ", ".join(question.regions).replace("_", " "),
        "Muscles": ", ".join(question.muscles).replace("-", " "),
        "Technique": question.get_technique_display(),
        "Also asks": ", ".join(field["label"] for field in question.details),
    }
    statement = f"{question.text} {_sentences(details)}"
    source = question.source
    return CitingFact(kind="question", key=question.key, title=question.alert, statement=statement, source=source)


def _condition(condition):
    details = {
        CodeSystem.WHO.label: f"{condition.icd10_who} {condition.icd10_who_title}",
        CodeSystem.CM.label: f"{condition.icd10_cm} {condition.icd10_cm_title}",
        "How well the codes fit": condition.code_fit,
        "Also called": condition.synonyms.replace(";", ","),
        "Note": condition.note,
    }
    source = "both classifications; which code fits is our choice"
    key, title = condition.slug, condition.name
    return CitingFact(kind="condition", key=key, title=title, statement=_sentences(details), source=source)


def _consent_statements():
    """Each paragraph of the newest published consent form, with the lines of its source that are about its section."""
    form = current_form()
    for field, heading, text in form.sections() if form else []:
        for number, paragraph in enumerate(text.split("\n"), start=1):
            source = source_of_section(form.source, field)
            yield CitingFact(kind="consent", key=f"{field}/{number}", title=heading, statement=paragraph, source=source)


def _sentences(details):
    return " ".join(f"{what}: {words}." for what, words in details.items() if words)


FACTS = {
    "depth": lambda: [fact for facts in depth_facts().values() for fact in facts],
    "rule": depth_rules,
    "lung": lung_statements,
    bleeding.KIND: lambda: bleeding.bleeding_facts().values(),
    advice.KIND: lambda: advice.advice().values(),
    "rate": published_rates,
    "muscle": lambda: map(_muscle, Muscle.objects.active()),
    "point": lambda: map(_point, TriggerPoint.objects.select_related("muscle")),
    groups.KIND: groups.muscle_groups,
    not_needled.KIND: not_needled.not_needled,
    "question": lambda: map(_question, ScreeningQuestion.objects.newest()),
    "consent": _consent_statements,
    "condition": lambda: map(_condition, conditions().values()),
    "threshold": lambda: map(_threshold, Threshold.objects.all()),
}
