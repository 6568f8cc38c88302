"""Going back in the browser to a form that was saved, changing something and saving again."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from clinic.models import TimeOff
from patients.models import Patient
from tests.clinic.builders import monday

pytestmark = pytest.mark.django_db(transaction=True)


def save(page, button, *, answer):
    """Press the button and wait for the answer of the server."""
    with page.expect_response(lambda response: response.request.method == "POST") as sent:
        page.get_by_role("button", name=button, exact=True).click()
    assert sent.value.status == answer
    page.wait_for_load_state()


def test_a_registration_saved_again_says_that_it_is_already_stored(page, complaints, desk):
    complaints.allowed.append("409")
    page.goto("/patients/new/")
    for label, typed in (("Given name", "Noor"), ("Family name", "Haddad"), ("Date of birth", "3 Apr 1980")):
        page.get_by_label(label).fill(typed)
    save(page, "Register", answer=302)
    page.go_back()
    page.get_by_label("Given name").fill("Noor")
    page.get_by_label("Family name").fill("Haddad")
    page.get_by_label("Date of birth").fill("3 Apr 1980")
    page.get_by_label("Phone", exact=True).fill("07700 900123")
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_role("alert").first).to_be_visible()
    print(page.get_by_role("alert").all_inner_texts())
    assert Patient.objects.filter(family_name="Haddad").count() == 1


def test_details_saved_again_are_saved(page, desk, patient):
    page.goto(reverse("patient_edit", args=[patient.pk]))
    page.get_by_label("Occupation").fill("Baker")
    save(page, "Save", answer=302)
    page.go_back()
    page.get_by_label("Occupation").fill("Welder")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_timeout(1500)
    print(page.url, page.locator("main").inner_text()[:300])
    patient.refresh_from_db()
    assert patient.occupation == "Welder"


def test_a_visit_saved_again_is_saved(page, desk, visit):
    page.goto(reverse("appointment_edit", args=[visit.pk]))
    page.get_by_label("Note for the front desk").fill("Brings the letter")
    save(page, "Save", answer=302)
    page.go_back()
    page.get_by_label("Note for the front desk").fill("Brings two letters")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_timeout(1500)
    print(page.url, page.locator("main").inner_text()[:300])
    visit.refresh_from_db()
    assert visit.note == "Brings two letters"


def test_time_off_saved_again_says_that_it_is_already_stored(page, complaints, desk, physiotherapist):
    complaints.allowed.append("409")
    page.goto(f"{reverse('time_off_create')}?day={monday()}&practitioner={physiotherapist.practitioner.pk}")
    page.get_by_label("Last day").fill(f"{monday().replace(day=28) if False else monday()}")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_load_state()
    page.wait_for_timeout(1000)
    print(page.url)
    page.go_back()
    print(page.url)
    page.get_by_label("Why").fill("Sick")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert").first).to_be_visible()
    print(page.get_by_role("alert").all_inner_texts())
    assert TimeOff.objects.count() == 1
