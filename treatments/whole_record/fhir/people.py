"""Patients, and the people, sites and needles of the clinic to which a record refers."""

from django.contrib.auth import get_user_model
from django.utils.html import escape

from clinic.models import Practitioner, Site
from patients.models import Patient, PatientContact
from patients.models.birth import BirthPrecision
from patients.models.identifier import KINDS
from treatments.models import Needle

from .building import LOCAL, TERMINOLOGY, coded, filled, instant

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
PRECISION = f"{LOCAL}.2"  # an extension of our own: how exactly a birth date is known, in words
GENDERS = {"female": "female", "male": "male", "other": "other", "unknown": "unknown"}


def patient(build, row):
    """A Patient; one that was merged is not active, and is linked to the record that stays."""
    contact = filled(
        {"name": filled({"text": row.emergency_contact_name}), "telecom": _phone(row.emergency_contact_phone)}
    )
    yield build.resource(
        "Patient",
        row,
        identifier=[{"system": f"{LOCAL}.1", "value": row.record_number}, *_external(row), *_numbers(row)],
        active=row.is_active and row.merged_into_id is None,
        name=[
            _official_name(row),
            *([{"use": "maiden", "text": row.birth_name}] if row.birth_name else []),
            *([{"use": "usual", "text": row.preferred_name}] if row.preferred_name else []),
        ],
        telecom=_phone(row.phone) + ([{"system": "email", "value": row.email}] if row.email else []),
        gender=GENDERS[row.sex],
        **_birth_date(row.birth),
        deceasedDateTime=instant(row.died_on),
        address=_address(row),
        contact=[contact] if contact else [],
        generalPractitioner=[{"display": row.general_practitioner}] if row.general_practitioner else [],
        communication=[{"language": {"text": row.interpreter_language}}] if row.interpreter_language else [],
        link=[{"other": build.refer(row.merged_into), "type": "replaced-by"}] if row.merged_into_id else [],
    )


def _official_name(row):
    """Somebody with one name has it as text: nobody knows whether it is a family or a given name."""
    if not row.given_name:
        name = {"use": "official", "text": row.family_name}
    else:
        name = {"use": "official", "text": row.full_name, "family": row.family_name, "given": [row.given_name]}
    return name | ({"prefix": [row.title]} if row.title else {})


def _birth_date(birth):
    """The birth date as far as it is known, and why it is missing or how exact it is."""
    if birth.day is None:
        return {"_birthDate": {"extension": [{"url": ABSENT, "valueCode": "unknown"}]}}
    if birth.is_exact:
        return {"birthDate": birth.day.isoformat()}
    known = birth.day.isoformat()[: 7 if birth.precision == BirthPrecision.MONTH else 4]
    return {"birthDate": known, "_birthDate": {"extension": [{"url": PRECISION, "valueString": str(birth)}]}}


# Published codes of the relationships that have one for certain.
RELATIONSHIPS = {
    PatientContact.Relationship.PARENT: coded(f"{TERMINOLOGY}/v3-RoleCode", "PRN", "parent"),
    PatientContact.Relationship.GUARDIAN: coded(f"{TERMINOLOGY}/v3-RoleCode", "GUARD", "guardian"),
}


def contact(build, row):
    """A RelatedPerson; one that has ended is not active. What they may decide and be told is in the narrative."""
    words = {"text": row.in_words}
    published = RELATIONSHIPS.get(row.relationship)
    yield build.resource(
        "RelatedPerson",
        row,
        active=row.ended_at is None,
        patient=build.subject,
        relationship=[build.choice(row, "relationship") | words, *([published] if published else [])],
        name=[{"text": row.name}],
        telecom=_phone(row.phone) + ([{"system": "email", "value": row.email}] if row.email else []),
        period=filled({"start": instant(row.recorded_at), "end": instant(row.ended_at)}),
    )


def user(build, row):
    """A Practitioner with the name and the registration number."""
    known = Practitioner.objects.filter(user=row).first()
    number = known and known.registration_number
    yield build.resource(
        "Practitioner",
        row,
        identifier=[{"type": {"text": "Registration"}, "value": number}] if number else [],
        active=row.is_active,
        name=[filled({"family": row.last_name, "given": [row.first_name] if row.first_name else [], "text": str(row)})],
    ) | {"text": _named(row.get_full_name() or row.get_username())}


def practitioner(build, row):
    """A PractitionerRole: a colleague at a site."""
    yield build.resource(
        "PractitionerRole",
        row,
        active=row.is_active,
        practitioner=build.refer(row.user),
        organization=build.refer(row.site),
        code=[{"text": "Physiotherapist"}],
    ) | {"text": _named(str(row))}


def site(build, row):
    """An Organization."""
    yield build.resource(
        "Organization",
        row,
        active=True,
        type=[coded(f"{TERMINOLOGY}/organization-type", "prov", "Healthcare Provider")],
        name=row.name,
        telecom=_phone(row.phone),
        address=[{"text": row.address}] if row.address else [],
    ) | {"text": _named(row.name)}


def needle(build, row):
    """A Device: one lot of needles."""
    yield build.resource(
        "Device",
        row,
        manufacturer=row.maker,
        lotNumber=row.lot,
        expirationDate=instant(row.expires_on),
        deviceName=[{"name": str(row), "type": "user-friendly-name"}],
        type=build.local("device.dry-needle", "Needle for dry needling"),
    )


def _named(words):
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{escape(words)}</p></div>'}


def _external(row):
    return [{"type": {"text": "Number in another system"}, "value": row.external_id}] if row.external_id else []


def _numbers(row):
    """National and insurance numbers, with their system where it is known and as text otherwise."""
    for each in row.identifiers.in_use():
        system = KINDS[each.kind].system
        issuer = {"assigner": {"display": each.issuer}} if each.issuer else {}
        yield (
            {"type": {"text": each.get_kind_display()}, "value": each.identifier_number}
            | issuer
            | ({"system": system} if system else {})
        )


def _phone(number):
    return [{"system": "phone", "value": number}] if number else []


def _address(row):
    lines = {"line": [row.street] if row.street else [], "city": row.city, "postalCode": row.postcode}
    found = filled(lines | {"country": row.country})
    return [found] if found else []


RESOURCES = {Patient: patient, PatientContact: contact}
OF_CLINIC = {get_user_model(): user, Practitioner: practitioner, Site: site, Needle: needle}
