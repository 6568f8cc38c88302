"""Targets that the catalogue does not list, in the practitioner's words."""

import csv

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from patients.services import take_screening
from tests.treatments.builders import make_draft, make_muscle, make_needling, make_signed
from treatments.catalogue.free_entries import free_text, read_free_entry
from treatments.chart.heat_map import heat_map
from treatments.evidence.not_needled import find_not_needled
from treatments.models import Muscle, Needling, TargetKind, TreatmentSession
from treatments.outcomes.export import export_csv
from treatments.outcomes.facts import MUSCLE, REGION
from treatments.outcomes.filters import Filters
from treatments.outcomes.sources import RowSource, SummarySource
from treatments.record.sealing import content_hash, sealed_content
from treatments.record.verification import tampered_sessions
from treatments.safety import warnings_for
from treatments.services import copy_setup, rebuild_summaries

pytestmark = pytest.mark.both_engines
WORDS = "Fibrous knot under the plaster edge"


@pytest.fixture
def other_structure(db):
    return make_muscle("other-structure", "Other structure", kind=TargetKind.OTHER, region="")


@pytest.fixture
def other_tendon(db):
    return make_muscle("other-tendon", "Other tendon", kind=TargetKind.TENDON, region="")


def free_row(base, words=WORDS, region="thigh", **fields):
    return make_needling(read_free_entry(free_text(base.slug, region, words), [base]), **fields)


def test_a_row_in_own_words_is_stored_and_sealed_with_words_and_region(patient, physiotherapist, other_structure):
    session = make_signed(patient, by=physiotherapist, needlings=[free_row(other_structure)])

    row = session.needlings.get()
    assert (row.muscle.kind, row.muscle.region, row.muscle.counts_as) == ("free", "thigh", other_structure)
    assert sealed_content(session)["needlings"][0]["described"] == {"name_en": WORDS, "region": "thigh"}
    assert session.content_hash == content_hash(session)


def test_the_same_words_for_the_same_region_are_one_target(patient, physiotherapist, other_structure):
    rows = [free_row(other_structure), free_row(other_structure, WORDS.upper(), side="left")]
    make_signed(patient, by=physiotherapist, needlings=[*rows, free_row(other_structure, region="leg")])

    assert Muscle.objects.filter(kind="free").count() == 2


@pytest.mark.parametrize(
    "text",
    [
        "free|no-such-base|thigh|Knot",
        "free|other-structure|no-such-region|Knot",
        "free|other-structure||Knot",
        "free|other-structure|thigh|",
        "free|other-structure|thigh|ab",
        "free|other-structure|thigh|" + "x" * 81,
        "free|other-structure|chest|Diaphragm",
        "free|other-structure|chest|Left diaphragm",
        "free|other-structure|chest|diaphragm muscle, right",
        "free|",
    ],
)
def test_words_that_do_not_describe_a_target_are_refused_with_a_sentence(other_structure, text):
    with pytest.raises(ValidationError) as refusal:
        read_free_entry(text, [other_structure])

    assert refusal.value.messages[0].endswith(".")


def test_a_row_cannot_be_saved_without_a_region(patient, physiotherapist, other_tendon):
    with pytest.raises(ValidationError, match="body region"):
        make_draft(patient, by=physiotherapist, needlings=[make_needling(other_tendon)])


@pytest.mark.parametrize(
    "values",
    [
        {"slug": "thigh-knot", "kind": "free", "region": "thigh"},
        {"slug": "free-knot", "kind": "tendon", "region": "thigh"},
        {"slug": "free-knot", "kind": "free", "region": ""},
        {"slug": "free-", "kind": "muscle", "region": "leg"},
        {"slug": "a-thing", "kind": "thing", "region": "thigh"},
    ],
)
def test_the_database_knows_only_listed_kinds_and_free_entries_with_a_region(db, values):
    with pytest.raises(IntegrityError), transaction.atomic():
        Muscle.objects.create(name_en="Knot", view="posterior", **values)


@pytest.mark.parametrize("changes", [{"kind": "tendon"}, {"region": "leg"}, {"name_en": "Something else"}])
def test_the_database_keeps_the_words_the_kind_and_the_region(patient, physiotherapist, other_structure, changes):
    make_signed(patient, by=physiotherapist, needlings=[free_row(other_structure)])

    with pytest.raises(IntegrityError), transaction.atomic():
        Muscle.objects.filter(kind="free").update(**changes)


@pytest.mark.parametrize(("region", "is_near"), [("chest", True), ("upper_back", True), ("thigh", False)])
def test_near_the_lung_is_decided_by_the_region(patient, physiotherapist, other_structure, region, is_near):
    session = make_draft(patient, by=physiotherapist, needlings=[free_row(other_structure, region=region)])

    keys = {warning.key for warning in warnings_for(session, session.needlings.all())}
    assert ("thorax" in keys) is is_near


def test_a_stop_of_a_region_and_side_covers_free_entries(patient, physiotherapist, other_structure):
    make_signed(patient, by=physiotherapist, days_ago=30)
    question = patient.screenings.latest("taken_at").answers.get(question__key="lymphoedema_area").question
    answers = {a.question: (False, "") for a in patient.screenings.latest("taken_at").answers.all()}
    answers[question] = (True, "", "right", ("thigh",))
    take_screening(patient, by=physiotherapist, answers=answers)
    rows = [free_row(other_structure), free_row(other_structure, side="left"), free_row(other_structure, region="arm")]
    session = make_draft(patient, by=physiotherapist, needlings=rows)

    stops = [w for w in warnings_for(session, session.needlings.all()) if w.is_stop]
    assert [warning.needling_id for warning in stops] == [rows[0].pk]


def test_the_set_up_of_a_free_entry_is_copied(patient, physiotherapist, other_structure):
    make_signed(patient, by=physiotherapist, days_ago=7, needlings=[free_row(other_structure)])
    session = make_draft(patient, by=physiotherapist, needlings=[make_needling(make_muscle())])
    session.needlings.all().delete()

    copy_setup(session, by=physiotherapist)

    assert [row.muscle.name_en for row in session.needlings.all()] == [WORDS]


def summaries_agree():
    for filters in (Filters(), Filters(region="thigh"), Filters(muscle=Muscle.objects.get(slug="other-tendon").pk)):
        quick, slow = SummarySource(filters), RowSource(filters)
        assert quick.cells() == slow.cells()
        assert quick.by(MUSCLE) == slow.by(MUSCLE)
        assert quick.by(REGION) == slow.by(REGION)


def test_figures_count_a_free_entry_as_its_kind_until_an_admin_lets_it_count_as_an_entry(
    patient, physiotherapist, other_tendon, other_structure
):
    rows = [free_row(other_tendon, "Tendon of the long adductor"), free_row(other_tendon, "Tendon near the graft")]
    session = make_signed(patient, by=physiotherapist, needlings=rows)
    by_muscle = SummarySource(Filters()).by(MUSCLE)
    assert {key: sums.sessions for key, sums in by_muscle.items()} == {str(other_tendon.pk): 1}
    summaries_agree()

    entry = make_muscle("adductor-tendon", "Adductor tendon", kind=TargetKind.TENDON, region="thigh")
    free = Muscle.objects.get(name_en="Tendon of the long adductor")
    free.counts_as = entry
    free.save()
    rebuild_summaries()

    assert set(SummarySource(Filters()).by(MUSCLE)) == {str(other_tendon.pk), str(entry.pk)}
    summaries_agree()
    assert {heat.name for heat in heat_map(Needling.objects.all())} == {"Adductor tendon", "Tendon near the graft"}
    assert content_hash(TreatmentSession.objects.get(pk=session.pk)) == session.content_hash
    assert not list(tampered_sessions())


def test_a_free_entry_cannot_count_as_a_free_entry_or_one_of_another_region(other_structure):
    free = read_free_entry(free_text("other-structure", "thigh", WORDS), [other_structure])
    free.save()
    for wrong in (free, make_muscle("popliteus", "Popliteus", region="leg")):
        free.counts_as = wrong
        with pytest.raises(ValidationError):
            free.full_clean()


def test_the_export_names_the_kind_and_keeps_free_words_to_itself(patient, physiotherapist, other_tendon):
    make_signed(patient, by=physiotherapist, needlings=[free_row(other_tendon), make_needling(make_muscle())])

    text = "".join(export_csv(TreatmentSession.objects.all(), identified=False))

    rows = list(csv.DictReader(text.splitlines()))
    assert WORDS not in text
    assert [(row["muscle"], row["target"], row["free_entry"], row["muscle_region"]) for row in rows] == [
        ("Other tendon", "Tendon", "Yes", "Thigh"),
        ("Upper trapezius", "Muscle", "No", "Neck"),
    ]


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("diaphragm", "diaphragm"),
        ("Intercostal", "intercostals"),
        ("intercost R", "intercostals"),
        ("nipple left", "breast"),
        ("L longus colli", "longus-colli"),
        ("infraspinatus", None),
        ("popliteus", None),
        ("", None),
        ("r", None),
    ],
)
def test_words_for_what_is_not_needled_are_found(typed, slug):
    found = find_not_needled(typed)

    assert (found and found.key) == slug
