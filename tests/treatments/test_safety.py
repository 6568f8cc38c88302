"""Which warnings follow from whom, what and when. Without the database: rules that only read what they are given."""

import csv
import uuid
from copy import copy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from hypothesis import given
from hypothesis import strategies as st

from patients.build import Build
from patients.precautions import Precaution
from treatments import safety
from treatments.models import Muscle, Needle, Needling, WarningAnswer
from treatments.safety.screening import is_within

TODAY = date(2026, 11, 25)
CSV = Path(__file__).parents[2] / "treatments" / "data" / "muscles.csv"
AUTHOR, COLLEAGUE = 1, 2
AGREED_AT = datetime(2026, 11, 3, 10, 12, tzinfo=UTC)


def read(row):
    flag = {"True": True, "False": False}.get(row["no_compression_haemostasis"])
    most = row["max_depth_caution_mm"]
    plain = {name: row[name] for name in ("slug", "name_en", "region", "caution", "depth_note", "source")}
    is_near = row["pneumothorax_risk"] == "True"
    return Muscle(
        **plain,
        pneumothorax_risk=is_near,
        no_compression_haemostasis=flag,
        max_depth_caution_mm=int(most) if most else None,
    )


with CSV.open() as lines:
    MUSCLES = {row["slug"]: read(row) for row in csv.DictReader(lines)}
NEAR_LUNG = sorted(slug for slug, muscle in MUSCLES.items() if muscle.pneumothorax_risk)
SIDES = ["left", "right", "midline"]


def row(slug="soleus", side="right", **fields):
    return Needling(pk=uuid.uuid4(), muscle=MUSCLES[slug], side=side, **fields)


def session(certificate=None, cover=()):
    recorded = {"insurer": "", "cover_expires_on": None, "excludes_thorax": False}
    recorded |= {"excluded_regions": [], "excluded_techniques": []} | dict(cover)
    return SimpleNamespace(
        started_at=datetime(2026, 11, 25, 10, tzinfo=UTC),
        practitioner=SimpleNamespace(certificate_expires_on=certificate, user_id=AUTHOR, **recorded),
        patient=SimpleNamespace(birth=SimpleNamespace(youngest_on=lambda day: 40)),
    )


def warn(*rows, precautions=(), earlier=(), certificate=None, cover=()):
    known = {"precautions": precautions, "earlier": earlier, "past_events": [], "build": Build(), "reviews": {}}
    return safety.warnings_for(session(certificate, cover), rows, on=TODAY, **known)


def said(key, **fields):
    given = {"label": key, "sentence": f"{key}.", "category": "relative", "source": "[@za-bn-121]"}
    return Precaution(key=key, **(given | fields))


PSOAS_OR_TIBIALIS = {"category": "absolute_local", "muscles": ("psoas-major", "tibialis-posterior")}
PREGNANT = said("pregnancy", regions=("abdomen",), scope_category="absolute_local")
PACEMAKER = said("device", technique="electrical", scope_category="absolute_local")


def brief(warnings):
    return [(warning.key, warning.level, warning.needling_id) for warning in warnings]


# What the patient answered -----------------------------------------------------


def test_an_absolute_contraindication_stops_everything_and_nobody_seconds_it():
    (found,) = warn(precautions=[said("unwilling", category="absolute")])

    assert (found.level, found.needling_id, found.may_be_answered) == ("stop", None, False)
    assert found.source == "[@za-bn-121]"
    assert "Do not needle today" in found.sentence


@pytest.mark.parametrize("slug", ["psoas-major", "tibialis-posterior"])
def test_a_blood_thinner_stops_at_a_muscle_that_cannot_be_pressed(slug):
    pressed = row(slug)

    found = warn(pressed, precautions=[said("anticoag_deep", **PSOAS_OR_TIBIALIS)])

    assert brief(found) == [("screened-anticoag_deep", "stop", pressed.pk)]
    assert not found[0].may_be_answered


def test_a_muscle_that_the_clinic_marks_as_not_to_be_pressed_stops_too():
    marked = row("soleus")
    marked.muscle = Muscle(slug="soleus", name_en="Soleus", region="leg", no_compression_haemostasis=True)

    (found,) = warn(marked, precautions=[said("anticoag_deep", category="absolute_local", muscles=("psoas-major",))])

    assert (found.level, found.needling_id) == ("stop", marked.pk)


def test_with_a_blood_thinner_unknown_is_not_the_same_as_safe():
    blood_thinner = said("anticoag_deep", **PSOAS_OR_TIBIALIS)
    known = row("soleus")
    known.muscle = Muscle(slug="soleus", name_en="Soleus", region="leg", no_compression_haemostasis=False)

    assert brief(warn(row("soleus"), row("masseter"), precautions=[blood_thinner])) == [
        ("screened-anticoag_deep", "caution", None)
    ]
    assert warn(known, precautions=[blood_thinner]) == []


@pytest.mark.parametrize(
    ("slug", "side", "stops"), [("soleus", "left", 1), ("soleus", "right", 0), ("masseter", "left", 0)]
)
def test_lymphoedema_stops_in_its_region_and_side(slug, side, stops):
    limb = said("lymphoedema_area", category="absolute_local", regions=("leg", "foot"), sides=("left",))

    found = warn(row(slug, side), precautions=[limb])

    assert [warning.level for warning in found] == ["stop"] * stops


def test_an_area_that_nobody_named_is_asked_about():
    (found,) = warn(row(), precautions=[said("local_infection", category="absolute_local")])

    assert (found.level, found.needling_id) == ("caution", None)
    assert "does not say where" in found.sentence


def test_an_area_not_to_be_needled_within_a_relative_one_is_asked_about_too():
    (found,) = warn(row(), precautions=[said("graft", scope_category="absolute_local")])

    assert (found.level, found.needling_id) == ("caution", None)
    assert "does not say where" in found.sentence


def test_a_pacemaker_stops_electrical_needles_for_good_and_asks_care_of_the_others():
    electrical, plain = row(technique="electrical"), row(technique="static")

    found = warn(plain, electrical, precautions=[PACEMAKER])

    assert brief(found) == [("screened-device", "stop", electrical.pk), ("screened-device", "caution", None)]
    assert not found[0].may_be_answered


def test_pregnancy_stops_at_the_abdomen_unless_a_colleague_agrees():
    abdomen = row("rectus-abdominis")

    found = [warning for warning in warn(row(), abdomen, precautions=[PREGNANT]) if not warning.is_advice]

    assert brief(found) == [("screened-pregnancy", "stop", abdomen.pk), ("screened-pregnancy", "caution", None)]
    assert found[0].colleague_may_agree


def test_a_relative_one_with_a_place_is_asked_once_at_the_first_row_there():
    implant = said("implants", regions=("hip_buttock",), sides=("left",))
    elsewhere, first, second = row("soleus", "left"), row("gluteus-maximus", "left"), row("piriformis", "left")

    assert brief(warn(elsewhere, first, second, precautions=[implant])) == [("screened-implants", "caution", first.pk)]
    assert warn(elsewhere, precautions=[implant]) == []


@pytest.mark.parametrize("key", ["bleeding", "fainting", "epilepsy", "immunity", "minor"])
def test_a_relative_one_without_a_place_is_a_caution_of_the_session(key):
    assert brief(warn(precautions=[said(key)])) == [(f"screened-{key}", "caution", None)]


def test_what_has_no_source_says_so():
    (found,) = warn(precautions=[said("frail", source="")])

    assert found.source == "unsourced, to be confirmed by a clinician"


@given(slug=st.sampled_from(NEAR_LUNG), side=st.sampled_from(SIDES))
def test_a_lung_at_risk_is_minded_at_every_thorax_muscle(slug, side):
    assert is_within(said("lung", regions=("chest",)), row(slug, side))


@given(
    slugs=st.lists(st.sampled_from(sorted(MUSCLES)), max_size=6),
    regions=st.sets(st.sampled_from(sorted({muscle.region for muscle in MUSCLES.values()}))),
    sides=st.sets(st.sampled_from(SIDES)),
    technique=st.sampled_from(["", "electrical"]),
)
def test_a_local_stop_stands_at_exactly_the_rows_within_its_scope(slugs, regions, sides, technique):
    rows = [row(slug, side, technique="electrical") for slug in slugs for side in SIDES]
    limits = {"regions": tuple(regions), "sides": tuple(sides), "technique": technique}
    precaution = said("lymphoedema_area", category="absolute_local", **limits)
    wanted = [r.pk for r in rows if (not regions or r.muscle.region in regions) and (not sides or r.side in sides)]

    found = [warning for warning in warn(*rows, precautions=[precaution]) if warning.key.startswith("screened")]

    if precaution.has_scope:
        assert [warning.needling_id for warning in found] == wanted
        assert all(warning.is_stop and not warning.may_be_answered for warning in found)
    else:
        assert brief(found) == [("screened-lymphoedema_area", "caution", None)]


# The thorax --------------------------------------------------------------------


@given(slug=st.sampled_from(sorted(MUSCLES)), side=st.sampled_from(SIDES))
def test_every_flagged_muscle_gets_advice_of_angle_and_no_other_muscle_does(slug, side):
    found = warn(row(slug, side))

    found = [warning for warning in found if not warning.key.startswith("depth-")]
    assert [(warning.key, warning.level) for warning in found] == [("thorax", "advice")] * (slug in NEAR_LUNG)
    assert all("[@mintken-2025]" in warning.source for warning in found)


@given(rows=st.lists(st.tuples(st.sampled_from(sorted(MUSCLES)), st.sampled_from(SIDES)), max_size=6))
def test_both_sides_of_the_thorax_are_one_caution_at_the_first_row_of_the_second_side(rows):
    rows = [row(slug, side) for slug, side in rows]
    sided = [r for r in rows if r.muscle.pneumothorax_risk and r.side != "midline"]
    second = [r.pk for r in sided if r.side != sided[0].side][:1]

    found = [warning for warning in warn(*rows) if warning.key == "thorax_both_sides"]

    assert [warning.needling_id for warning in found] == second
    assert all(warning.level == "caution" for warning in found)
    assert all("[@za-bn-121]" in warning.source and "[@irmedj-2022]" in warning.source for warning in found)


@pytest.mark.parametrize(("depth_mm", "warned"), [(None, False), (19, False), (20, True)])
def test_deeper_than_the_clinics_own_figure_asks_for_one_tap(depth_mm, warned):
    needled = row("soleus", depth_mm=depth_mm)
    needled.muscle = copy(needled.muscle)
    needled.muscle.max_depth_caution_mm, needled.muscle.source = 19, "[@seol-2014]"

    found = warn(needled)

    assert [(warning.key, warning.level) for warning in found] == [("depth", "caution")] * warned
    assert all(safety.usual_reasons(warning) for warning in found)
    assert all("[@seol-2014]" in warning.source and "20 mm" in warning.sentence for warning in found)


@pytest.mark.parametrize(
    ("technique", "depth_mm", "warned"),
    [("superficial", 10, False), ("superficial", 11, True), ("superficial", None, False), ("static", 22, False)],
)
def test_a_superficial_needle_that_went_deep_asks_for_one_tap(technique, depth_mm, warned):
    found = warn(row("soleus", technique=technique, depth_mm=depth_mm))

    assert [(warning.key, warning.level) for warning in found] == [("superficial_depth", "caution")] * warned
    assert all(safety.usual_reasons(warning) for warning in found)
    assert all("[@baldry-2002]" in warning.source for warning in found)


@pytest.mark.parametrize(
    ("fields", "warned"),
    [
        ({"technique": "superficial", "tissue_reached": "muscle"}, True),
        ({"technique": "superficial", "tissue_reached": "subcutaneous"}, False),
        ({"technique": "static", "tissue_reached": "periosteum"}, False),
        ({"direction": "perpendicular", "angle_degrees": 30}, True),
        ({"direction": "perpendicular", "angle_degrees": 90}, False),
        ({"direction": "tangential", "angle_degrees": 90}, True),
        ({"direction": "tangential", "angle_degrees": 20}, False),
        ({"direction": "tangential"}, False),
        ({"angle_degrees": 30}, False),
    ],
)
def test_a_dose_that_contradicts_itself_asks_for_one_tap(fields, warned):
    found = warn(row("soleus", **fields))

    assert [(warning.key, warning.level) for warning in found] == [("dose_contradiction", "caution")] * warned
    assert all(safety.usual_reasons(warning) for warning in found)


# Needle, practitioner, last time -----------------------------------------------


def needle(length_mm=40, **fields):
    made = {"maker": "Agu", "diameter_mm": "0.30", "lot": "L1", "expires_on": date(2028, 1, 1)}
    return Needle(length_mm=length_mm, **made, **fields)


def test_a_recalled_lot_stops_unless_a_colleague_knows_of_it():
    recalled = row(needle=needle(recalled_on=TODAY, recall_reason="Packs not sterile"))

    (found,) = warn(recalled)

    assert (found.level, found.needling_id, found.colleague_may_agree) == ("stop", recalled.pk, True)
    assert "Lot L1 was recalled on 25 Nov 2026: Packs not sterile." in found.sentence


def test_a_lot_recalled_after_the_visit_is_told_and_stops_nothing():
    (found,) = warn(row(needle=needle(recalled_on=TODAY + timedelta(days=1), recall_reason="Packs not sterile")))

    assert (found.key, found.level) == ("lot_recalled", "advice")


def test_a_lot_in_order_says_nothing():
    assert warn(row(needle=needle())) == []


@pytest.mark.parametrize(("days", "warned"), [(-1, True), (0, False), (30, False)])
def test_a_certificate_warns_from_the_day_after_its_last(days, warned):
    found = warn(certificate=TODAY + timedelta(days=days))

    assert brief(found) == [("certificate", "caution", None)] * warned
    assert all("unsourced" in warning.source for warning in found)


@pytest.mark.parametrize(
    ("cover", "expected"),
    [
        ({"cover_expires_on": TODAY}, []),
        ({"cover_expires_on": TODAY - timedelta(days=1)}, ["cover"]),
        ({"excluded_regions": ["leg"]}, ["cover-row"]),
        ({"excluded_regions": ["neck"]}, []),
        ({"excluded_techniques": ["electrical"]}, ["cover-row"]),
        ({"excludes_thorax": True}, []),
    ],
)
def test_needling_outside_the_cover_asks(cover, expected):
    soleus = row("soleus", technique="electrical")

    found = warn(soleus, cover=cover)

    assert [(warning.key, warning.level) for warning in found] == [(key, "caution") for key in expected]
    assert all(warning.needling_id == soleus.pk for warning in found if warning.key == "cover-row")


@pytest.mark.parametrize("slug", ["rhomboid-major", "pectoralis-major", "levator-scapulae"])
def test_a_cover_without_the_thorax_asks_at_each_muscle_near_the_lung(slug):
    found = warn(row(slug), cover={"excludes_thorax": True})

    assert [warning.source[:18] for warning in found if warning.key == "cover-row"] == ["[@csp-2024-thorax]"]


def earlier_row(slug, days_ago):
    at = datetime(2026, 11, 25, 9, tzinfo=UTC) - timedelta(days=days_ago)
    return SimpleNamespace(muscle=MUSCLES[slug], session=SimpleNamespace(started_at=at))


def test_no_interval_is_asked_for_unless_the_clinic_sets_one():
    assert warn(row("soleus"), earlier=[earlier_row("soleus", 0)]) == []


@pytest.mark.parametrize(
    ("slug", "days_ago", "warned"),
    [("gastrocnemius", 1, True), ("gastrocnemius", 2, True), ("gastrocnemius", 3, False), ("masseter", 1, False)],
)
def test_a_region_needled_again_too_soon_is_a_caution_at_its_first_row(settings, slug, days_ago, warned):
    settings.SAME_REGION_MINIMUM_DAYS = 3
    first, second = row("soleus"), row("tibialis-anterior")

    found = warn(first, second, earlier=[earlier_row(slug, days_ago), earlier_row(slug, 20)])

    assert brief(found) == [("same_region", "caution", first.pk)] * warned
    assert all("unsourced" in warning.source for warning in found)


# Order and answers -------------------------------------------------------------


def test_the_worst_come_first_and_the_session_before_its_rows():
    abdomen = row("rectus-abdominis")

    levels = [
        warning.level for warning in warn(row("rhomboid-major"), abdomen, precautions=[PREGNANT, said("bleeding")])
    ]

    assert levels == ["stop", "caution", "caution", "advice", "advice"]


def answer(warning, **fields):
    found = safety.answer_to(warning, reason="Discussed")
    found.acknowledged_by_id = AUTHOR
    for field, value in fields.items():
        setattr(found, field, value)
    return found


def is_open(warning, *answers):
    (status,) = safety.pair_with_answers([warning], answers, author_id=AUTHOR)
    return status.is_open


CAUTION = warn(precautions=[said("bleeding")])[0]
STOP = warn(precautions=[said("unwilling", category="absolute")])[0]
SECONDED = warn(row("rectus-abdominis"), precautions=[PREGNANT])[0]
ADVICE = warn(row("rhomboid-major"))[0]


def test_a_caution_is_open_until_it_is_answered_and_advice_never_is():
    assert is_open(CAUTION)
    assert not is_open(CAUTION, answer(CAUTION))
    assert not is_open(ADVICE)


@pytest.mark.parametrize("word", ["title", "sentence", "source"])
def test_an_answer_to_other_words_is_no_answer(word):
    assert is_open(CAUTION, answer(CAUTION, **{word: "Other words"}))


def test_an_answer_about_another_row_or_without_a_reason_is_no_answer():
    assert is_open(CAUTION, answer(CAUTION, needling_id=uuid.uuid4()))
    assert is_open(CAUTION, answer(CAUTION, reason="  "))


@pytest.mark.parametrize(("second", "still_open"), [(None, True), (AUTHOR, True), (COLLEAGUE, False)])
def test_a_relative_stop_needs_somebody_else_who_agrees(second, still_open):
    assert is_open(SECONDED, answer(SECONDED, seconded_by_id=second, seconded_at=AGREED_AT)) is still_open


def test_a_stop_to_which_the_colleague_has_not_agreed_is_open_and_says_for_whom_it_waits():
    colleague = User(pk=COLLEAGUE, username="d.okonkwo", first_name="Dana", last_name="Okonkwo")
    asked = answer(SECONDED, seconded_by=colleague)
    (status,) = safety.pair_with_answers([SECONDED], [asked], author_id=AUTHOR)
    assert (status.is_open, status.answer, status.waiting_for) == (True, asked, "Dana Okonkwo")

    asked.seconded_at = AGREED_AT

    assert (status.is_open, status.waiting_for) == (False, "")


@pytest.mark.parametrize("word", WarningAnswer.CONTENT)
def test_an_agreement_is_to_every_word_of_an_answer(word):
    """The row and the warning by their keys, its words, the reason and the colleague."""
    asked, other = (answer(SECONDED, seconded_by_id=COLLEAGUE) for _ in range(2))
    assert other.has_same_content(asked)

    setattr(other, word, "other")

    assert not other.has_same_content(asked)


def test_an_absolute_stop_stays_whatever_is_answered():
    assert is_open(STOP, answer(STOP, seconded_by_id=COLLEAGUE, seconded_at=AGREED_AT))


@given(st.sampled_from(["key", "title", "sentence", "source"]), st.text(min_size=1))
def test_a_token_follows_every_word(word, text):
    changed = replace(CAUTION, **{word: getattr(CAUTION, word) + text})

    assert changed.token != CAUTION.token


def test_every_caution_has_its_usual_reasons_and_a_stop_only_for_what_was_used():
    assert safety.usual_reasons(CAUTION)
    assert safety.usual_reasons(SECONDED) == safety.usual_reasons(STOP) == []


def test_every_level_is_stored():
    assert set(WarningAnswer.Level.values) == set(safety.Level.values)
