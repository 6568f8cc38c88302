"""What a file has about a patient besides the details: a national or insurance number, and a next of kin."""

from uuid import uuid5

from django.core.exceptions import ValidationError

from patients.contacts import checked_contact
from patients.models import PatientContact, PatientIdentifier
from patients.services.contacts import end_contact, record_imported_contact
from patients.services.identifiers import record_imported_identifiers, remove_identifier

PARTS = ("identifier", "contact_name", "contact_phone")
NO_NAME = "There is a phone number, but no name of the next of kin."


def without_parts(values):
    """The values of a row that are details of the patient."""
    return {name: value for name, value in values.items() if name not in PARTS}


def check_contact(values, *, phone_country):
    """Raise ValidationError, with the fields that are wrong, if the next of kin of a row cannot be stored."""
    name, phone = values.get("contact_name", ""), values.get("contact_phone", "")
    if not (name or phone):
        return
    if not name:
        raise ValidationError({"contact_phone": NO_NAME})
    known = {"relationship": PatientContact.Relationship.NEXT_OF_KIN, "told_about": PatientContact.ToldAbout.NOTHING}
    try:
        checked_contact(by=None, phone_country=phone_country, name=name, phone=phone, **known)
    except ValidationError as refusal:
        raise ValidationError({f"contact_{field}": errors for field, errors in refusal.error_dict.items()}) from None


def store_parts(file_import, pairs, *, by):
    """Store the parts of these (row, patient). Their keys follow from the import, so that an undo finds them again."""
    numbered = [(row, patient) for row, patient in pairs if "identifier" in row.values]
    if numbered:
        record_imported_identifiers(
            [(_identifier_key(file_import.pk, row), patient, row.values["identifier"]) for row, patient in numbered],
            by=by,
        )
    for row, patient in pairs:
        if name := row.values.get("contact_name"):
            record_imported_contact(
                patient,
                by=by,
                id=_contact_key(file_import.pk, row),
                name=name,
                phone=row.values.get("contact_phone", ""),
                phone_country=file_import.choices.get("phone_country", ""),
            )


def parts_of(rows):
    """{model: the keys of what an import has stored with these ImportedRows}."""
    return {
        PatientIdentifier: {_identifier_key(row.file_import_id, row) for row in rows},
        PatientContact: {_contact_key(row.file_import_id, row) for row in rows},
    }


def take_parts_back(rows, *, by):
    """Remove the numbers and end the contacts that an import has stored with these ImportedRows."""
    keys = parts_of(rows)
    for identifier in PatientIdentifier.objects.in_use().filter(pk__in=keys[PatientIdentifier]):
        remove_identifier(identifier, by=by)
    for contact in PatientContact.objects.current().filter(pk__in=keys[PatientContact]):
        end_contact(contact, by=by)


def _identifier_key(import_id, row):
    return uuid5(import_id, f"identifier {row.number}")


def _contact_key(import_id, row):
    return uuid5(import_id, f"contact {row.number}")
