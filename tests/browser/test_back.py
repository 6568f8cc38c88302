"""Going back in the browser to a form that was saved, changing something and saving again."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from patients.models import Patient

pytestmark = pytest.mark.django_db(transaction=True)


def test_details_of_a_patient_are_saved_again(page, desk, patient):
    page.goto(reverse("patient_edit", args=[patient.pk]))
    for typed in ("Baker", "Welder"):
        page.get_by_label("Occupation").fill(typed)
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_url(f"**{patient.get_absolute_url()}")
        page.go_back()

    patient.refresh_from_db()
    assert patient.occupation == "Welder"


def test_a_registration_is_not_stored_twice(page, complaints, desk):
    complaints.allowed.append("422")
    typed = {"given_name": "Noor", "family_name": "Haddad", "born_on": "3 Apr 1980"}
    page.goto(reverse("patient_create"))
    for name, value in typed.items():
        page.locator(f"#id_{name}").fill(value)
    page.get_by_role("button", name="Register", exact=True).click()
    page.wait_for_url(re.compile(r"/patients/\d+/"))
    stored = Patient.objects.get(family_name="Haddad")
    page.go_back()
    for name, value in (typed | {"phone": "07700 900123"}).items():
        page.locator(f"#id_{name}").fill(value)
    page.get_by_role("button", name="Register", exact=True).click()

    expect(page.get_by_role("alert").get_by_role("link", name="Haddad")).to_have_attribute(
        "href", stored.get_absolute_url()
    )
    expect(page.locator("#id_phone")).to_have_value("07700 900123")
    assert list(Patient.objects.filter(family_name="Haddad")) == [stored]
