"""What is known about depth for whom, and when a published finding warns. Without the database."""

import csv
import re
from decimal import Decimal
from types import SimpleNamespace

import pytest

from patients.build import Build
from patients.sources import HOW_FAR_READ, bibliography
from tests.treatments.test_safety import MUSCLES, TODAY, needle, row, session
from treatments import safety
from treatments.evidence.depth import DepthsFor, depth_facts
from treatments.evidence.depth_rules import depth_rules
from treatments.evidence.facts import DATA
from treatments.evidence.lung import EVERY_MUSCLE, lung_statements, lung_statements_for
from treatments.models import FactReview, Needling, TriggerPoint

SLIM = Build(sex="female", height_cm=Decimal(170), weight_kg=Decimal(60), weight_on=TODAY)  # BMI 20.8
HEAVY = Build(sex="male", height_cm=Decimal(170), weight_kg=Decimal(80), weight_on=TODAY)  # BMI 27.7
BETWEEN = Build(sex="male", height_cm=Decimal(170), weight_kg=Decimal(69), weight_on=TODAY)  # BMI 23.9


def all_facts():
    return [*(fact for facts in depth_facts().values() for fact in facts), *lung_statements(), *depth_rules()]


def test_every_fact_has_a_source_of_the_bibliography_or_is_marked_as_from_memory():
    lacking = [f.fact_key for f in all_facts() if f.source not in bibliography() and (f.source or f.read != "memory")]

    assert len(all_facts()) > 190
    assert lacking == []
    assert {fact.read for fact in all_facts()} <= set(HOW_FAR_READ)
    assert all("memory" in fact.how_sure for fact in all_facts() if fact.read == "memory")


def test_the_levels_and_directions_of_rules_can_be_chosen_in_a_row():
    levels = {level for rule in depth_rules() for level in rule.levels.split()}
    directions = {rule.direction for rule in depth_rules()}

    assert levels <= set(dict(Needling._meta.get_field("level").choices))
    assert directions <= {"", *Needling.Direction.values}


def test_every_fact_has_its_own_key_and_is_about_a_muscle_of_the_catalogue():
    keys = [fact.fact_key for fact in all_facts()]
    named = set(depth_facts())
    for fact in [*lung_statements(), *depth_rules()]:
        named |= set(fact.muscles.split()) - {EVERY_MUSCLE}

    assert len(keys) == len(set(keys))
    assert named - set(MUSCLES) == set()


def test_no_fact_calls_a_depth_safe():
    words = " ".join(f"{fact.statement} {fact.details}" for fact in all_facts())

    assert re.findall(r"\b(?:un)?safe\w*\b[^.]{0,30}", words, re.I) == []


@pytest.mark.parametrize("name", ["depth_facts.csv", "lung_statements.csv", "depth_rules.csv"])
def test_a_file_of_facts_is_complete(name):
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))

    assert [row["key"] for row in rows if None in row or None in row.values() or not row["statement"]] == []


def test_what_fits_the_patient_comes_first():
    slim, heavy = (DepthsFor(build, {}).of("rhomboid-major").first.fact for build in (SLIM, HEAVY))

    assert (slim.bmi_under, heavy.bmi_from) == ("23", "25")
    assert slim.quantity == heavy.quantity == "skin_to_rib"


def test_of_what_fits_equally_the_smallest_distance_comes_first_and_the_others_beside_it():
    known = DepthsFor(SLIM, {}).of("trapezius-upper")

    assert known.first.fact.source == "chen-2018-gb21"
    assert known.first.fact.sex == "female"
    assert "Chu 2018: 34.6 to 42.3 mm" in known.other_studies
    assert "Chen 2018" not in known.other_studies


@pytest.mark.parametrize(
    ("slug", "where", "place"),
    [
        ("multifidus-lumborum", {"level": "L1"}, "L1"),
        ("multifidus-lumborum", {"level": "L5"}, "L4 and L5"),
        ("multifidus-lumborum", {"level": "S2"}, "S2 foramen"),
        ("tibialis-posterior", {"level": "upper_third"}, "upper third of the tibia"),
    ],
)
def test_what_was_measured_at_the_level_of_the_row_comes_first(slug, where, place):
    first, *_ = DepthsFor(Build(), {}).of(slug, **where).facts

    assert place in first.fact.place


def test_what_was_measured_in_another_position_comes_last():
    of = {position: DepthsFor(Build(), {}, position).of("trapezius-upper").facts for position in ("prone", "supine")}

    assert of["supine"][0].fact.source == of["prone"][0].fact.source == "chen-2018-gb21"  # its position is not stated
    assert of["supine"][-1].fact.position == "prone"
    assert of["prone"][-1].fact.position == "supine"


def test_nothing_is_known_about_most_muscles():
    known = DepthsFor(SLIM, {}).of("masseter")

    assert (known.facts, known.first, known.other_studies) == ([], None, "")


def test_a_withdrawn_fact_is_last_and_counts_for_nothing():
    first = DepthsFor(SLIM, {}).of("rhomboid-major").first.fact
    review = FactReview(verdict="withdrawn", basis="Too few people")

    known = DepthsFor(SLIM, {(first.fact_key, first.fingerprint): review}).of("rhomboid-major")

    assert known.facts[-1].fact == first
    assert known.first.fact != first


def warn(*rows, build=SLIM, reviews=None, age=40):
    of = session()
    of.patient = SimpleNamespace(birth=SimpleNamespace(youngest_on=lambda day: age))
    known = {"precautions": [], "earlier": [], "past_events": [], "build": build, "reviews": reviews or {}}
    found = safety.warnings_for(of, rows, on=TODAY, **known)
    return [(w.key.removeprefix("depth-"), w.level.value) for w in found if w.key.startswith("depth-")]


@pytest.mark.parametrize(
    ("build", "depth_mm", "warned"),
    [
        (SLIM, 17, []),
        (SLIM, 18, [("r01", "advice")]),
        (SLIM, 22, [("r02", "caution")]),
        (BETWEEN, 10, [("r03", "advice")]),
        (HEAVY, 22, []),
        (HEAVY, 23, [("r04", "advice")]),
        (Build(), 17, []),
        (Build(), 18, [("r05", "advice")]),
        (Build(), 22, [("r05-deep", "caution")]),
        (SLIM, None, []),
    ],
)
def test_rhomboid_major_warns_by_depth_and_body_mass_index(build, depth_mm, warned):
    assert warn(row("rhomboid-major", depth_mm=depth_mm), build=build) == warned


@pytest.mark.parametrize(
    ("slug", "fields", "warned"),
    [
        ("serratus-anterior", {}, [("r16", "caution")]),
        ("trapezius-upper", {"depth_mm": 34}, [("r08", "caution")]),
        ("trapezius-upper", {"depth_mm": 20, "needle": needle()}, [("r10", "advice")]),
        ("piriformis", {"depth_mm": 60, "trigger_point": TriggerPoint(label="TrP2")}, [("r23", "caution")]),
        ("piriformis", {"depth_mm": 60, "trigger_point": TriggerPoint(label="TrP1")}, []),
        ("piriformis", {"depth_mm": 40}, [("r24", "advice")]),
        ("sternocleidomastoid", {"depth_mm": 14}, [("r31", "caution")]),
        ("soleus", {"depth_mm": 60}, []),
        ("trapezius-upper", {"direction": "medial"}, [("r09", "caution")]),
        ("trapezius-upper", {"direction": "lateral"}, []),
        ("multifidus-thoracis", {"direction": "medial", "level": "T12", "needle": needle()}, [("r17", "caution")]),
        ("multifidus-thoracis", {"direction": "medial", "level": "T6", "needle": needle()}, []),
        ("multifidus-lumborum", {"direction": "medial", "level": "L1", "needle": needle()}, [("r18", "caution")]),
        ("multifidus-lumborum", {"direction": "perpendicular", "level": "L1"}, [("r19", "caution")]),
        ("multifidus-lumborum", {"direction": "caudal", "level": "L1", "needle": needle()}, []),
        ("multifidus-lumborum", {"level": "S2"}, [("r22", "advice")]),
        (
            "tibialis-anterior",
            {"depth_mm": 20, "direction": "perpendicular", "level": "upper_third"},
            [("r33", "advice")],
        ),
        ("tibialis-anterior", {"depth_mm": 20, "direction": "perpendicular"}, []),
        ("rectus-abdominis", {"depth_mm": 12, "direction": "perpendicular"}, [("r39", "caution")]),
        ("rectus-abdominis", {"depth_mm": 12, "direction": "tangential"}, []),
        ("multifidus-lumborum", {"direction": "medial", "level": "L1", "needle": needle(length_mm=30)}, []),
        ("pectoralis-major", {"trigger_point": TriggerPoint(label="Arrhythmia point")}, [("p01", "caution")]),
        ("pectoralis-major", {"trigger_point": TriggerPoint(label="Sternal")}, []),
        ("iliocostalis-lumborum", {"level": "L2"}, [("r20", "advice")]),
        ("quadratus-lumborum", {"level": "L3"}, [("r21", "advice")]),
        ("tibialis-posterior", {"level": "upper_third"}, [("r34", "advice")]),
    ],
)
def test_a_finding_warns_when_its_condition_is_met(slug, fields, warned):
    assert warn(row(slug, **fields)) == warned


def test_adult_figures_do_not_hold_for_children_and_one_caution_a_session_tells_so():
    assert warn(row("infraspinatus", "left"), row("infraspinatus", "left"), age=12) == [("r42", "caution")]


def test_a_withdrawn_finding_warns_nobody_and_a_corrected_one_says_so():
    deep = row("rhomboid-major", depth_mm=22)
    rule = next(rule for rule in depth_rules() if rule.key == "r02")
    of = {(rule.fact_key, rule.fingerprint): FactReview(verdict="withdrawn", basis="Wrong")}

    assert warn(deep, reviews=of) == []


def test_every_muscle_near_the_lung_has_statements_for_and_against_bracketing():
    for muscle in MUSCLES.values():
        topics = {(one.topic, one.stance) for one in lung_statements_for(muscle)}
        assert (("bracketing", "supports") in topics) == muscle.pneumothorax_risk
    assert {one.stance for one in lung_statements_for(MUSCLES["rhomboid-major"]) if one.topic == "bracketing"} == {
        "supports",
        "contradicts",
    }
