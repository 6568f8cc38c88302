from datetime import date, timedelta

import pytest
from django.utils import timezone

from patients.models import ScreeningQuestion
from patients.precautions import precautions_by_patient, precautions_for, screening_and_precautions, screening_state
from patients.services import revise_question, take_screening
from tests import people
from tests.patients.builders import all_conflicts
from tests.reference_data import have_catalogue
from treatments.models import Muscle

pytestmark = pytest.mark.both_engines


def screen(patient, by, *, days_ago=0, **yes):
    """Take a screening with a yes to the given questions, each with its detail or (detail, side, regions).

    None or (None, detail) stands for "not known".
    """
    given = {key: value if isinstance(value, tuple) else (value,) for key, value in yes.items()}
    given = {key: value if value[0] is None else (True, *value) for key, value in given.items()}
    answers = {q: given.get(q.key, (False,)) for q in ScreeningQuestion.objects.asked()}
    taken_at = timezone.now() - timedelta(days=days_ago)
    return take_screening(patient, by=by, answers=answers, taken_at=taken_at, conflicts=all_conflicts(answers, patient))


def keys(precautions):
    return [precaution.key for precaution in precautions]


def test_precautions_come_worst_first(questions, patient, physiotherapist):
    screen(patient, physiotherapist, fainting="", anticoag_deep="apixaban 5 mg", needle_phobia="")

    found = precautions_for(patient, on=timezone.localdate())

    assert keys(found) == ["needle_phobia", "anticoag_deep", "fainting"]
    assert [precaution.is_absolute for precaution in found] == [True, False, False]
    assert found[1].label == "Blood thinner: apixaban 5 mg"
    assert found[1].source == questions.get(key="anticoag_deep").source
    assert found[1].sentence.startswith("Do not needle this muscle or area: Muscles where pressure cannot stop")
    assert found[1].sentence.endswith(" (apixaban 5 mg).")


def test_a_patient_without_a_screening_has_no_precautions(questions, patient):
    assert precautions_for(patient, on=timezone.localdate()) == []


def test_only_the_last_screening_counts(questions, patient, physiotherapist):
    screen(patient, physiotherapist, days_ago=30, pregnancy="")
    screen(patient, physiotherapist, fainting="")

    assert keys(precautions_for(patient, on=timezone.localdate())) == ["fainting"]
    assert keys(precautions_for(patient, on=timezone.localdate() - timedelta(days=1))) == ["pregnancy"]


def test_a_precaution_outlives_its_screening_and_its_sentence_names_the_date(questions, patient, physiotherapist):
    screening = screen(patient, physiotherapist, fainting="")
    day_after = screening.valid_until + timedelta(days=1)

    (precaution,) = precautions_for(patient, on=day_after)

    assert precaution.sentence.endswith("out of date.")
    assert not screening_state(patient, on=day_after).is_valid
    assert screening_state(patient, on=screening.valid_until).is_valid


def test_a_child_needs_a_guardian_until_the_sixteenth_birthday(front_desk):
    child = people.make_patient(by=front_desk, given_name="Tom", born_on=date(2010, 5, 2))

    assert keys(precautions_for(child, on=date(2026, 5, 1))) == ["minor"]
    assert precautions_for(child, on=date(2026, 5, 2)) == []


@pytest.mark.parametrize("count", [1, 3])
def test_precautions_of_several_patients_need_one_query(
    questions, front_desk, physiotherapist, django_assert_num_queries, count
):
    patients = [people.make_patient(by=front_desk, given_name=f"Ruth {i}") for i in range(count)]
    for patient in patients:
        screen(patient, physiotherapist, days_ago=2, lung="")
        screen(patient, physiotherapist, fainting="", bleeding="")

    with django_assert_num_queries(1):
        found = precautions_by_patient(patients, on=timezone.localdate())

    assert {pk: keys(precautions) for pk, precautions in found.items()} == {
        patient.pk: ["fainting", "bleeding"] for patient in patients
    }


def test_screening_state_explains_what_is_wrong(questions, patient, physiotherapist):
    today = timezone.localdate()

    before = screening_state(patient, on=today)
    screening = screen(patient, physiotherapist)
    after = screening_state(patient, on=today)

    assert before.sentence == "Not screened yet. Ask the screening questions first."
    assert (after.sentence, after.screening) == ("", screening)


def test_a_precaution_has_a_scope_that_the_program_can_use(questions, patient, physiotherapist):
    where = ("since surgery", "left", ["arm", "hand"])
    screen(patient, physiotherapist, anticoag_deep="", lymphoedema_area=where, device="", pregnancy="")

    found = {p.key: p for p in precautions_for(patient, on=timezone.localdate())}

    assert found["anticoag_deep"].muscles == ("psoas-major", "tibialis-posterior")
    arm = found["lymphoedema_area"]
    assert (arm.category, arm.regions, arm.sides) == ("absolute_local", ("arm", "hand"), ("left",))
    assert arm.label == "Lymphoedema: left arm, hand, since surgery"
    assert arm.sentence == (
        "Do not needle this muscle or area: The area or limb with lymphoedema (left arm, hand, since surgery)."
    )
    device = found["device"]
    assert (device.category, device.technique, device.scope_category) == ("relative", "electrical", "absolute_local")
    assert (found["pregnancy"].regions, found["pregnancy"].scope_category) == (("abdomen",), "absolute_local")


def test_a_precaution_without_a_scope_has_none(questions, patient, physiotherapist):
    screen(patient, physiotherapist, fainting="", device="")

    assert [(p.key, p.has_scope) for p in precautions_for(patient, on=timezone.localdate())] == [
        ("fainting", False),
        ("device", True),
    ]


@pytest.mark.parametrize(
    ("side", "sides", "label"),
    [
        ("right", ("right",), "Skin infection: right low back"),
        ("both", ("left", "right", "midline"), "Skin infection: low back, both sides or middle"),
    ],
)
def test_a_precaution_lists_the_sides(questions, patient, physiotherapist, side, sides, label):
    screen(patient, physiotherapist, local_infection=("", side, ["low_back"]))

    (precaution,) = precautions_for(patient, on=timezone.localdate())

    assert (precaution.sides, precaution.label) == (sides, label)


def test_an_old_screening_keeps_its_precautions_when_the_question_changes(questions, patient, physiotherapist, admin):
    screen(patient, physiotherapist, fainting="")
    before = precautions_for(patient, on=timezone.localdate())
    question = questions.get(key="fainting")

    revise_question(question, by=admin, alert="Other", category="absolute", scope="Other", regions=["arm"], source="?")

    assert precautions_for(patient, on=timezone.localdate()) == before


def test_the_muscles_of_a_scope_are_in_the_catalogue(questions):
    have_catalogue()
    named = {slug for question in questions for slug in question.muscles}
    deep = set(questions.get(key="anticoag_deep").muscles)

    assert named == set(Muscle.objects.filter(slug__in=named).values_list("slug", flat=True))
    assert deep == set(Muscle.objects.filter(no_compression_haemostasis=True).values_list("slug", flat=True))


@pytest.mark.parametrize("yes", [{}, {"fainting": "", "anticoag_deep": "apixaban 5 mg", "needle_phobia": ""}])
def test_screening_and_precautions_give_both_results_in_one_query(
    questions, patient, physiotherapist, django_assert_num_queries, yes
):
    screen(patient, physiotherapist, days_ago=30, pregnancy="")
    screen(patient, physiotherapist, **yes)

    for day in (timezone.localdate(), timezone.localdate() - timedelta(days=1)):
        with django_assert_num_queries(1):
            found = screening_and_precautions(patient, on=day)

        assert found == (screening_state(patient, on=day), precautions_for(patient, on=day))


def test_screening_and_precautions_of_a_patient_without_a_screening(questions, front_desk):
    child = people.make_patient(by=front_desk, born_on=timezone.localdate() - timedelta(days=3000))

    state, precautions = screening_and_precautions(child, on=timezone.localdate())

    assert (state.screening, keys(precautions)) == (None, ["minor"])


# Not known -----------------------------------------------------------------------------


def test_not_known_counts_as_yes_and_the_sentence_explains_it(questions, patient, physiotherapist):
    screen(patient, physiotherapist, anticoag_deep=(None, "asks the pharmacist"))

    (precaution,) = precautions_for(patient, on=timezone.localdate())

    assert precaution.label == "Blood thinner: not known, asks the pharmacist"
    assert precaution.sentence.endswith(" (asks the pharmacist). Not known, and treated as yes until it is known.")
    assert precaution.source == (
        f"{questions.get(key='anticoag_deep').source}; that not known counts as yes is a house rule without a clinical "
        "source"
    )
    assert precaution.muscles == ("psoas-major", "tibialis-posterior")


@pytest.mark.parametrize("key", ["needle_phobia", "anticoag_deep", "lymphoedema_area", "device", "fainting", "lung"])
def test_not_known_has_the_category_of_a_yes(questions, patient, physiotherapist, key):
    needs_side = questions.get(key=key).needs_side
    screen(patient, physiotherapist, days_ago=1, **{key: ("", "both", ["arm"]) if needs_side else ""})
    screen(patient, physiotherapist, **{key: None})

    (yes,) = precautions_for(patient, on=timezone.localdate() - timedelta(days=1))
    (not_known,) = precautions_for(patient, on=timezone.localdate())

    weight = ["key", "category", "scope_category", "muscles", "technique"]
    assert [getattr(not_known, name) for name in weight] == [getattr(yes, name) for name in weight]


def test_not_known_applies_to_every_location(questions, patient, physiotherapist):
    screen(patient, physiotherapist, lymphoedema_area=None)

    (precaution,) = precautions_for(patient, on=timezone.localdate())

    assert (precaution.category, precaution.regions, precaution.sides) == ("absolute_local", (), ())
    assert not precaution.has_scope


def test_not_known_no_longer_counts_after_a_later_answer(questions, patient, physiotherapist):
    screen(patient, physiotherapist, days_ago=1, anticoag_deep=None)
    screen(patient, physiotherapist)

    assert precautions_for(patient, on=timezone.localdate()) == []


def test_not_known_in_an_expired_screening_mentions_both(questions, patient, physiotherapist):
    screening = screen(patient, physiotherapist, fainting=None)

    (precaution,) = precautions_for(patient, on=screening.valid_until + timedelta(days=1))

    assert "treated as yes until it is known. Screened on" in precaution.sentence
    assert precaution.sentence.endswith("out of date.")


def test_not_known_without_a_source_cites_the_house_rule(questions, patient, physiotherapist, admin):
    revise_question(questions.get(key="fainting"), by=admin, source="")
    screen(patient, physiotherapist, fainting=None)

    (precaution,) = precautions_for(patient, on=timezone.localdate())

    assert precaution.source == "that not known counts as yes is a house rule without a clinical source"
