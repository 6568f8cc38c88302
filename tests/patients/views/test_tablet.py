"""The patient answers alone on the tablet: what they reach, what is kept, and what the therapist confirms."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from patients.models import Consent, PatientAnswers, Screening, ScreeningQuestion
from patients.services import keep_patient_answers, take_screening
from tests import people
from tests.patients.builders import make_form

pytestmark = pytest.mark.both_engines


@pytest.fixture
def page(client, patient, physiotherapist, questions):
    """The addresses of the patient's pages, for a therapist who is signed in."""
    client.force_login(physiotherapist)
    names = ("screening_create", "screening_hand_over", "screening_by_patient", "screening_take_back", "patient_chart")
    return {name: reverse(name, args=[patient.pk]) for name in names}


def answers_of_patient(**yes):
    asked = list(ScreeningQuestion.objects.asked_of_patients())
    typed = {f"answer_{q.key}": "yes" if q.key in yes else "no" for q in asked}
    typed |= {"asked": " ".join(str(q.pk) for q in asked), "answered_by_name": "Ruth Adeyemi"}
    typed["answers_id"] = "6f1c2a52-0d4e-4d0e-9c64-0e5a5d8f4a11"
    return typed | {f"detail_{key}": detail for key, detail in yes.items()}


def handed_over(client, page, **yes):
    client.post(page["screening_hand_over"])
    return client.post(page["screening_by_patient"], answers_of_patient(**yes))


def take_back(client, page):
    return client.post(page["screening_take_back"], {"password": people.PASSWORD})


def test_the_patient_reaches_nothing_but_the_questions(client, page, admin):
    client.post(page["screening_hand_over"])

    others = [page["patient_chart"], page["screening_create"], reverse("today"), reverse("patient_search"), "/admin/"]
    led = {client.get(address).headers.get("Location") for address in others}
    asked = client.get(page["screening_by_patient"])

    assert led == {page["screening_by_patient"]}
    assert client.post(page["screening_create"], {}).status_code == 403
    keys = {question.asked_of for question in asked.context["form"].questions}
    assert keys == {"patient"}
    for hidden in ("P000001", "fl-ident", "Find a patient", "m.solberg"):
        assert hidden not in asked.content.decode()


def test_only_the_therapists_proof_opens_the_record_again(client, page):
    handed_over(client, page, fainting="Blood test")

    wrong = client.post(page["screening_take_back"], {"password": "not this"})
    still = client.get(page["patient_chart"])
    right = take_back(client, page)

    assert (wrong.status_code, still.status_code) == (422, 302)
    assert right.headers["Location"] == f"{page['screening_create']}?answers={PatientAnswers.objects.get().pk}"
    assert client.get(page["patient_chart"]).status_code == 200


def test_a_missing_answer_keeps_what_was_answered(client, page):
    client.post(page["screening_hand_over"])
    data = answers_of_patient(fainting="Blood test")
    del data["answer_lung"]

    response = client.post(page["screening_by_patient"], data)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["answer_lung"]
    assert b"Blood test" in response.content
    assert not PatientAnswers.objects.exists()


def test_the_therapist_confirms_each_yes_and_both_are_recorded(client, page, patient, physiotherapist):
    handed_over(client, page, fainting="Blood test", epilepsy="")
    take_back(client, page)
    answers = PatientAnswers.objects.get()
    start = client.get(page["screening_create"], {"answers": answers.pk}).context["form"]
    typed = {name: start[name].value() or "" for name in start.fields if name not in ("both_right", "confirmed")}
    typed |= {f"answer_{q.key}": "no" for q in ScreeningQuestion.objects.asked() if q.asked_of == "therapist"}
    typed |= {"answers": str(answers.pk), "asked": start.asked_now, "answer_epilepsy": "no"}
    typed = {name: value for name, value in typed.items() if value != ""}

    refused = client.post(page["screening_create"], typed | {"confirmed": ["fainting"]})
    saved = client.post(page["screening_create"], typed | {"confirmed": ["fainting", "epilepsy"]})

    assert (start["answer_fainting"].value(), start["detail_fainting"].value()) == ("yes", "Blood test")
    assert list(refused.context["form"].errors) == ["answer_epilepsy"]
    assert saved.status_code == 302
    screening = Screening.objects.get()
    assert (screening.patient_answers, screening.taken_by) == (answers, physiotherapist)
    assert (answers.answered_by_name, answers.handed_over_by) == ("Ruth Adeyemi", physiotherapist)
    said = {a.question.key: (a.patient_said, a.is_yes) for a in screening.answers.select_related("question")}
    assert (said["fainting"], said["epilepsy"], said["frail"]) == (("yes", True), ("yes", False), ("", False))
    assert b"the patient answered: yes" in client.get(page["screening_create"]).content


def test_answers_of_the_tablet_are_of_one_patient_are_used_once_and_never_change(
    questions, patient, physiotherapist, front_desk
):
    asked = ScreeningQuestion.objects.asked_of_patients()
    said = keep_patient_answers(
        patient, by=physiotherapist, answers=dict.fromkeys(asked, (False,)), answered_by_name="Ruth"
    )
    stranger = people.make_patient(by=front_desk, given_name="Tomasz", family_name="Wilk")
    answers = dict.fromkeys(questions, (False,))

    with pytest.raises(ValidationError, match="another patient"):
        take_screening(stranger, by=physiotherapist, answers=answers, patient_answers=said)
    take_screening(patient, by=physiotherapist, answers=answers, patient_answers=said)
    with pytest.raises(ValidationError, match="already part"):
        take_screening(patient, by=physiotherapist, answers=answers, patient_answers=said)
    with pytest.raises(IntegrityError, match="patient_answers_frozen"), transaction.atomic():
        PatientAnswers.objects.update(answered_by_name="Somebody")


@pytest.fixture
def consent_page(client, patient, physiotherapist):
    """The addresses of the consent's pages, for a therapist who is signed in."""
    make_form()
    client.force_login(physiotherapist)
    names = ("consent_create", "consent_hand_over", "consent_by_patient", "consent_take_back", "patient_chart")
    return {name: reverse(name, args=[patient.pk]) for name in names}


def typed_consent(client, consent_page):
    form = client.get(consent_page["consent_create"]).context["form"]
    typed = {"consent_id": str(form["consent_id"].value()), "form_id": form.text.pk, "method": "written"}
    return typed | {"scope": ["neck"], "explained": Consent.Point.values}


def test_a_consent_is_signed_on_the_tablet_and_recorded_after_the_proof(client, consent_page, patient):
    client.post(consent_page["consent_hand_over"], typed_consent(client, consent_page))
    shown = client.get(consent_page["consent_by_patient"])
    led = [client.get(consent_page[name]).headers["Location"] for name in ("patient_chart", "consent_create")]
    refused = client.post(consent_page["consent_create"], {})
    unsigned = client.post(consent_page["consent_by_patient"], {"signing": "typed"})
    signed = client.post(consent_page["consent_by_patient"], {"signing": "typed", "signed_name": "Ruth Adeyemi"})
    wrong = client.post(consent_page["consent_take_back"], {"password": "not this"})
    still = client.get(consent_page["patient_chart"])
    right = client.post(consent_page["consent_take_back"], {"password": people.PASSWORD})

    assert led == [consent_page["consent_by_patient"]] * 2
    assert (refused.status_code, unsigned.status_code, wrong.status_code, still.status_code) == (403, 422, 422, 302)
    assert shown.context["form"].agreed == "neck"
    for hidden in (patient.record_number, "fl-ident", "Find a patient"):
        assert hidden not in shown.content.decode()
    assert signed.headers["Location"] == consent_page["consent_take_back"]
    assert right.headers["Location"] == consent_page["consent_create"]
    assert not Consent.objects.exists()

    form = client.get(consent_page["consent_create"]).context["form"]
    client.post(consent_page["consent_create"], dict(form.data.lists()))

    consent = Consent.objects.get()
    assert (consent.scope, consent.signed_name) == (["neck"], "Ruth Adeyemi")
    assert not client.get(consent_page["consent_create"]).context["form"].is_bound


def test_the_tablet_that_shows_a_consent_does_not_open_the_questions(client, consent_page, patient, questions):
    client.post(consent_page["consent_hand_over"], typed_consent(client, consent_page))

    answer = client.get(reverse("screening_take_back", args=[patient.pk]))

    assert answer.headers["Location"] == consent_page["consent_by_patient"]


def test_what_was_typed_is_only_for_its_patient(client, consent_page, patient, front_desk):
    client.post(consent_page["consent_hand_over"], typed_consent(client, consent_page))
    client.post(consent_page["consent_take_back"], {"password": people.PASSWORD})
    stranger = people.make_patient(by=front_desk, given_name="Tomasz", family_name="Wilk")

    form = client.get(reverse("consent_create", args=[stranger.pk])).context["form"]

    assert not form.is_bound
