"""The contacts of patients: what is accepted, who may consent, and whom to call in an emergency."""

from collections import defaultdict

from django.core.exceptions import ValidationError

from patients import phones
from patients.models import PatientContact
from patients.models.patient_key import person
from patients.registry import registry

# What a page sends about a contact.
DETAILS = ("name", "relationship", "relationship_words", "phone", "email", "can_consent", "told_about", "notes")


def contacts_by_patient(patients):
    """{patient id: [their current contacts, those who may consent first]} as a defaultdict. One query."""
    keys = {patient.person_id: patient.pk for patient in patients}
    found = defaultdict(list)
    current = PatientContact.objects.current().filter(patient__in=list(keys.values()))
    for contact in current.annotate(person=person()):
        found[keys[contact.person]].append(contact)
    return found


def checked_contact(*, by, phone_country="", known_phone="", **details):
    """An unsaved PatientContact with these details. Raises ValidationError, with the fields that are wrong.

    `known_phone` is the number that is stored already: it is accepted as it is.
    """
    details = {name: value.strip() if isinstance(value, str) else value for name, value in details.items()}
    contact = PatientContact(**details)
    if contact.phone != known_phone:
        contact.phone = _stored_phone(contact.phone, by, phone_country)
    contact.clean_fields(exclude=["patient", "recorded_at", "recorded_by"])
    if contact.can_consent and contact.told_about != PatientContact.ToldAbout.HEALTH:
        raise ValidationError(
            {"told_about": "Somebody who may consent for the patient must be told about the patient’s health."}
        )
    return contact


def _stored_phone(typed, by, country):
    """The phone number in its stored form. Raises ValidationError for two numbers, and if its country is not clear."""
    country = country or registry.phone_country(by)
    if phones.has_two_numbers(typed, country):
        raise ValidationError({"phone": phones.TWO_NUMBERS})
    is_odd = typed and not phones.is_in_use(typed, country)
    if is_odd and phones.needs_country(typed, country, registry.phone_countries()):
        raise ValidationError({"phone": phones.NEEDS_COUNTRY})
    return phones.as_stored(typed, country)
