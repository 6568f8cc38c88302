"""A letter in the browser: it is drafted from the record with one tap, saves itself, and is signed and sent."""

import pytest
from playwright.sync_api import expect

from patients.services import open_episode
from treatments.models import Letter

from .proving import prove

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_letter_is_drafted_saves_itself_is_signed_and_goes_out(page, patient, physiotherapist, sign_in):
    open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")
    sign_in(physiotherapist)
    page.goto(f"/patients/{patient.pk}/chart/")
    page.get_by_role("button", name="Letter to the GP").click()
    page.wait_for_url("**/edit/")

    page.fill("#id_recipient_name", "Dr Osei")
    expect(page.locator("#letter-form")).to_have_attribute("data-save-state", "idle", timeout=15_000)
    assert Letter.objects.get().recipient_name == "Dr Osei"

    page.get_by_role("button", name="Sign").click()
    page.wait_for_url("**/prove/")
    prove(page)
    page.get_by_role("link", name="Send").click()
    page.fill("#paper-address", "1 High Street")
    page.locator("#paper-patient_agreed").check()
    page.get_by_role("button", name="Record as sent").click()
    expect(page.get_by_text("1 High Street")).to_be_visible()
    assert Letter.objects.get().disclosures.get().way == "post"
