"""Questions of an older version of Filiform are renewed; what was answered keeps its words and its day."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from patients.models import ScreeningQuestion
from patients.models.question_details import read_detail_fields, write_detail_fields
from patients.precautions import precautions_for, screening_state
from patients.services import add_question, confirm_screening, revise_question, take_screening
from tests.markup import on_one_line

pytestmark = pytest.mark.both_engines
OLD = [
    ("lung", "Do you have a lung disease, do you smoke, or are you very slim?", "Lung at risk"),
    ("implants", "Do you have an implant?", "Implant at site"),
    ("fainting", "Have you ever fainted?", "Faints"),
]


@pytest.fixture
def old_questions(db):
    """Three questions as an older version came with them."""
    rows = [ScreeningQuestion(key=k, text=t, alert=a, category="relative", source="S1") for k, t, a in OLD]
    return {row.key: row for row in ScreeningQuestion.objects.bulk_create(rows)}


def load():
    call_command("load_screening_questions", verbosity=0)


def test_questions_as_supplied_get_a_new_version_or_are_retired(old_questions):
    load()

    lung = ScreeningQuestion.objects.asked().get(key="lung")
    assert (lung.version, lung.alert) == (2, "Lung disease")
    assert not ScreeningQuestion.objects.asked().filter(key="implants").exists()
    assert ScreeningQuestion.objects.get(key="implants").text == "Do you have an implant?"
    count = ScreeningQuestion.objects.count()
    load()
    assert ScreeningQuestion.objects.count() == count


def test_what_the_clinic_wrote_changed_or_retired_stays(old_questions, admin):
    revise_question(old_questions["lung"], by=admin, text="Ours?")
    revise_question(old_questions["fainting"], by=admin, is_active=False)
    add_question(by=admin, key="house", text="House question?", alert="House", category="relative")

    load()

    asked = ScreeningQuestion.objects.asked()
    assert asked.get(key="lung").text == "Ours?"
    assert not asked.filter(key="fainting").exists()
    assert asked.get(key="house").version == 1


def test_a_screening_with_the_old_questions_stays_in_force_and_readable(
    old_questions, client, patient, physiotherapist
):
    answers = dict.fromkeys(old_questions.values(), (False,)) | {old_questions["lung"]: (True, "Asthma")}
    screening = take_screening(patient, by=physiotherapist, answers=answers)

    load()

    today = timezone.localdate()
    assert screening_state(patient, on=screening.valid_until).is_valid
    assert not screening_state(patient, on=screening.valid_until + timedelta(days=1)).is_valid
    assert [one.label for one in precautions_for(patient, on=today)] == ["Lung at risk: Asthma"]
    client.force_login(physiotherapist)
    page = client.get(reverse("screening_create", args=[patient.pk]))
    assert "Lung at risk: Asthma" in on_one_line(page)
    assert page.context["form"]["answer_lung"].value() is None  # other words, so it is asked
    with pytest.raises(ValidationError, match="questions have changed"):
        confirm_screening(patient, by=physiotherapist)


def test_no_question_rests_on_a_web_form_and_every_scope_is_known(questions):
    anonymous = ("jotform", "bodytherapy", "doctorabel", "goldfields", "clinic-consent")

    assert not [q.key for q in questions if any(word in q.source for word in anonymous)]
    assert {q.key for q in questions if q.asked_of == "therapist"} == {
        q.key for q in questions if q.text.startswith("Therapist:")
    }


def test_detail_fields_are_written_as_they_are_read():
    line = "Which one: warfarin, heparin | Last INR"

    fields = read_detail_fields(line)

    assert fields == [{"label": "Which one", "choices": ["warfarin", "heparin"]}, {"label": "Last INR", "choices": []}]
    assert write_detail_fields(fields) == line
