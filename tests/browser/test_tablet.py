"""The patient answers on the turned-round tablet: large type, one tap for the rest, no way into the record."""

import re

import pytest
from playwright.sync_api import expect

from patients.models import PatientAnswers, Screening
from tests.reference_data import have_questions

from .proving import prove
from .test_consent import violations

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def patients_page(page, physiotherapist, patient, sign_in):
    """The page in the patient's hands."""
    have_questions()
    sign_in(physiotherapist)
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(f"/patients/{patient.pk}/chart/")
    page.goto(f"/patients/{patient.pk}/screening/")
    page.get_by_role("link", name="Hand to the patient").click()
    page.get_by_label("Pain drawing").uncheck()
    page.get_by_role("button", name="Hand to the patient").click()
    page.wait_for_url("**/by-patient/")
    return page


def row_of(page, key):
    return page.locator(".fl-ask").filter(has=page.locator(f'[name="answer_{key}"]'))


def test_the_patient_answers_and_the_therapist_confirms(patients_page, patient):
    page = patients_page
    row_of(page, "fainting").locator("label").filter(has_text=re.compile("^Yes$")).click()
    page.get_by_role("button", name="no to the others").click()
    page.get_by_role("button", name="Send my answers").click()
    page.wait_for_url("**/take-back/")
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert PatientAnswers.objects.get().answered_by_name == patient.full_name

    page.go_back()
    page.goto(f"/patients/{patient.pk}/chart/")
    page.wait_for_url("**/by-patient/")
    assert patient.record_number not in page.content()

    page.get_by_role("link", name="For the therapist").click()
    prove(page, "Go on")
    page.wait_for_url("**/screening/?answers=*")
    expect(page.get_by_text("The patient answered: Yes")).to_have_count(1)
    row_of(page, "fainting").get_by_label("Confirmed with the patient").check()
    page.get_by_role("button", name="no to the others").click()
    page.get_by_role("button", name="Save the answers").click()
    page.wait_for_url("**/episodes/new/")

    screening = Screening.objects.get()
    assert screening.patient_answers == PatientAnswers.objects.get()
    assert [answer.question.key for answer in screening.answers.filter(is_yes=True)] == ["fainting"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_in_the_patients_hands_are_accessible_and_fit(patients_page, scheme, complaints):
    page = patients_page
    page.emulate_media(color_scheme=scheme)
    row_of(page, "anticoag_deep").locator("label").filter(has_text=re.compile("^Yes$")).click()
    broken = violations(page, complaints)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    labels = page.locator(".fl-seg label:visible")
    sizes = labels.evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert min(sizes) >= 44
    page.get_by_role("link", name="For the therapist").click()
    broken |= violations(page, complaints)

    assert broken == {}
