"""The pages of a patient's contacts, and the pages that show them."""

import uuid
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import Consent, Patient, PatientContact
from patients.services import change_contact, end_contact, record_contact
from tests import people
from tests.markup import on_one_line
from tests.patients.builders import make_form
from tests.patients.services.test_contacts import MOTHER

from .test_consent_pages import typed


@pytest.fixture
def child(front_desk):
    people.make_site()
    return people.make_patient(by=front_desk, given_name="Tom", born_on=timezone.localdate() - timedelta(days=3000))


@pytest.fixture
def mother(child, front_desk):
    return record_contact(child, by=front_desk, **MOTHER)


def posted(**fields):
    sent = {"id": str(uuid.uuid4())} | MOTHER | {"can_consent": "on"} | fields
    return {name: value for name, value in sent.items() if value is not None}


def test_the_page_records_a_contact_and_keeps_what_was_typed_wrongly(client, front_desk, child):
    client.force_login(front_desk)
    url = reverse("patient_contacts", args=[child.pk])

    refused = client.post(url, posted(told_about="visits", notes="Works nights"))
    saved = client.post(url, posted())

    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["told_about"])
    assert "Works nights" in refused.text
    assert saved.status_code == 302
    assert "Ola Mensah" in client.get(url).text


def test_the_page_ends_a_contact_and_still_shows_it(client, physiotherapist, child, mother):
    client.force_login(physiotherapist)
    url = reverse("patient_contacts", args=[child.pk])

    client.post(url, {"end": mother.pk})

    page = on_one_line(client.get(url).text)
    assert "No longer contacts" in page
    assert "ended by Marit Solberg" in page
    assert client.get(reverse("contact_edit", args=[child.pk, mother.pk])).status_code == 404
    assert client.get(reverse("contact_edit", args=[child.pk, uuid.uuid4()])).status_code == 404


def test_a_stale_change_shows_both_versions_and_the_next_save_counts(client, front_desk, child, mother):
    client.force_login(front_desk)
    url = reverse("contact_edit", args=[child.pk, mother.pk])
    seen = client.get(url).context["form"]["seen"].value()
    change_contact(mother, by=front_desk, phone="020 7946 0999")

    refused = client.post(url, posted(seen=seen, phone="020 7946 0111"))
    assert refused.status_code == 422
    assert "Phone: now “+44 20 7946 0999”" in refused.text
    assert "020 7946 0111" in refused.text
    again = client.post(url, posted(seen=refused.context["form"]["seen"].value(), phone="020 7946 0111"))

    assert again.status_code == 302
    assert PatientContact.objects.get().phone == "+44 20 7946 0111"


def test_a_contact_of_another_patient_is_not_found(client, front_desk, patient, mother):
    client.force_login(front_desk)

    assert client.get(reverse("contact_edit", args=[patient.pk, mother.pk])).status_code == 404
    assert client.post(reverse("patient_contacts", args=[patient.pk]), {"end": mother.pk}).status_code == 404


def test_every_page_about_the_patient_says_who_may_consent(client, front_desk, patient, child, mother):
    client.force_login(front_desk)

    page = on_one_line(client.get(child.get_absolute_url()).text)
    assert "May consent: <b><bdi>Ola Mensah</bdi></b>, <bdi>mother</bdi>, +44 20 7946 0123" in page
    assert "May consent:" not in client.get(patient.get_absolute_url()).text
    end_contact(mother, by=front_desk)
    assert "May consent:" not in client.get(child.get_absolute_url()).text


def registration(**fields):
    return {"family_name": "Mensah", "given_name": "Tom", "born_on": "1 May 2018", "sex": "male"} | {
        "reminder_channel": "none",
        "registration_token": str(uuid.uuid4()),
        **fields,
    }


def contact_of_registration(**fields):
    return {f"contact-{name}": value for name, value in posted(**fields).items() if name != "id"}


def test_a_registration_records_the_parent_who_is_typed_with_it(client, front_desk):
    client.force_login(front_desk)
    url = reverse("patient_create")

    refused = client.post(url, registration(**contact_of_registration(name="", phone="020 7946 0777")))
    assert (refused.status_code, Patient.objects.count()) == (422, 0)
    assert refused.context["contact_form"].errors["name"]
    assert "020 7946 0777" in refused.text
    client.post(url, registration(**contact_of_registration()))

    tom = Patient.objects.get()
    assert (tom.born_on, tom.contacts.get().name) == (date(2018, 5, 1), "Ola Mensah")


def test_a_registration_asks_for_no_contact(client, front_desk):
    client.force_login(front_desk)

    client.post(reverse("patient_create"), registration())

    assert Patient.objects.count() == 1
    assert not PatientContact.objects.exists()


def test_a_consent_takes_the_recorded_parent_as_if_typed(client, physiotherapist, child, mother):
    form = make_form()
    client.force_login(physiotherapist)
    url = reverse("consent_create", args=[child.pk])

    assert "Ola Mensah, mother" in client.get(url).text
    client.post(url, typed(form, guardian_contact=str(mother.pk)))

    consent = Consent.objects.get()
    assert (consent.guardian_name, consent.guardian_relationship) == ("Ola Mensah", "mother")
    assert consent.signed_name == "Ola Mensah"


def test_a_consent_with_two_guardians_is_refused_beside_the_field(client, physiotherapist, child, mother):
    form = make_form()
    client.force_login(physiotherapist)

    refused = client.post(
        reverse("consent_create", args=[child.pk]),
        typed(form, guardian_contact=str(mother.pk), guardian_name="Kofi", guardian_relationship="Father"),
    )

    assert list(refused.context["form"].errors) == ["guardian_name"]
    assert "Kofi" in refused.text
    assert not Consent.objects.exists()


def test_a_consent_cannot_name_a_contact_of_another_patient(client, physiotherapist, patient, mother):
    form = make_form()
    client.force_login(physiotherapist)

    refused = client.post(reverse("consent_create", args=[patient.pk]), typed(form, guardian_contact=str(mother.pk)))

    assert list(refused.context["form"].errors) == ["guardian_contact"]
