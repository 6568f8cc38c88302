"""Register and change patients."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients import phones, search
from patients.audit.recording import add_audit_entry, add_created_entries
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.integrity.portions import portions
from patients.integrity.progress import counted
from patients.models import NameGram, Patient, RecordNumberCounter, TrailEntry
from patients.models.birth import BirthPrecision
from patients.models.patient import NOT_THE_FIRST_DAY
from patients.permissions import may_change_patients, may_register_patients
from patients.registry import registry
from patients.services.contacts import record_first_contact
from patients.services.families import family_of
from patients.services.once import OtherContent, stored_before

# Limits the memory of a large import: each patient has about sixteen grams.
PATIENTS_A_BATCH = 500

PHONES = ("phone", "emergency_contact_phone")
# Nobody is known to have lived longer than 122 years, so a higher age is a slip of the year.
OLDEST_AGE = 122


class StalePatient(ValidationError):
    """Somebody else changed the record after the caller read it."""


@needs(may_register_patients)
@transaction.atomic
def register_patient(*, by, registration_token=None, relative=None, contact=None, phone_country="", **fields):
    """Register a patient under a new record number. Raises ValidationError, with the fields that are wrong.

    `relative` is a patient of the same family, or None. `contact` are the details of a PatientContact, or None.
    `phone_country` is the country of phone numbers without a
    country code, as two letters; without it, the country follows from the sites and the user.
    Without a `reminder_channel` the patient gets the clinic's default. The page chooses `registration_token`, so that a
    page sent twice registers the same person once.
    """
    country = phone_country or registry.phone_country(by)
    if "reminder_channel" not in fields:
        fields["reminder_channel"] = registry.default_channel(fields.get("phone", ""), fields.get("email", ""), country)
    patient = checked_patient(phone_country=country, **fields)
    counter = _locked_counter()
    sent_before = Patient.objects.filter(registration_token=registration_token).exclude(registration_token=None)
    first_contact = {"registration_token": registration_token, "by": by, "phone_country": country, **(contact or {})}
    try:
        if stored := stored_before(sent_before, content_of=_identity, content=_identity(patient)):
            if contact:
                record_first_contact(stored, **first_contact)
            return stored
        patient.registration_token = registration_token
    except OtherContent:
        # Somebody went back in the browser and registered another person.
        patient.registration_token = first_contact["registration_token"] = None
    patient.family = family_of(relative, by=by) if relative else None
    patient.full_clean(exclude=["record_number"])
    patient.record_number = _next_record_numbers(counter, 1)[0]
    patient.save()
    _index_names(patient)
    registry.registered(patient, by)
    add_audit_entry(TrailEntry.Action.CREATE, by=by, record=patient, changes=changes_between(None, patient))
    if contact:
        record_first_contact(patient, **first_contact)
    return patient


@needs(may_register_patients, allow_system=True)
@transaction.atomic
def register_patients(rows, *, by, phone_country=""):
    """Register many patients, each row a dict of fields: all of them or none. Returns the patients in the same order.

    Raises ValidationError if a row is refused or an `external_id` is taken. `phone_country` as in `register_patient`.
    """
    phone_country = phone_country or registry.phone_country(by)
    checked = counted(rows, "rows checked again", lambda: len(rows))
    patients = [checked_patient(phone_country=phone_country, **row) for row in checked]
    counter = _locked_counter()
    _refuse_taken_external_ids(patients)
    for patient, number in zip(patients, _next_record_numbers(counter, len(patients)), strict=True):
        patient.record_number = number
    starts = range(0, len(patients), PATIENTS_A_BATCH)
    for start in counted(starts, f"portions of {PATIENTS_A_BATCH} patients stored", lambda: len(starts)):
        batch = Patient.objects.bulk_create(patients[start : start + PATIENTS_A_BATCH])
        NameGram.objects.bulk_create(
            [NameGram(patient=patient, gram=gram) for patient in batch for gram in search.grams_of(patient)],
            batch_size=5000,
        )
        add_created_entries(batch, by=by)
    return patients


def checked_patient(*, phone_country="", **fields):
    """An unsaved patient with these details. Raises ValidationError, with the fields that are wrong.

    `phone_country` is the country of phone numbers without a country code, as two letters; without it, the country
    that all sites have.
    """
    patient = Patient(**fields)
    _keep_one_name_as_family_name(patient)
    phone_country = phone_country or registry.phone_country(None)
    _take_phones(patient, phone_country, PHONES)
    patient.clean_fields(exclude=["record_number"])
    _refuse_contradictions(patient)
    _refuse_impossible_age(patient)
    _refuse_texts_without_a_number(patient, phone_country)
    return patient


@needs(may_change_patients)
@transaction.atomic
def update_patient(patient, *, by, phone_country="", **fields):
    """Change details of a patient; returns the patient. Raises ValidationError, with the fields that are wrong.

    `phone_country` as in `register_patient`. `patient` is the record as the caller read it: raises StalePatient if one
    of these fields has changed since.
    """
    # no_key: inserting an audit entry about this patient then does not have to wait for this transaction.
    seen, patient = patient, Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    if any(getattr(seen, name) != getattr(patient, name) for name in fields):
        raise StalePatient("Somebody changed this record after you opened it. Nothing was saved.", code="stale")
    before = field_values(patient)
    for name, value in fields.items():
        setattr(patient, name, value)
    _keep_one_name_as_family_name(patient)
    phone_country = phone_country or registry.phone_country(by)
    changed = [name for name in PHONES if fields.get(name, getattr(seen, name)) != getattr(seen, name)]
    _take_phones(patient, phone_country, changed)
    patient.full_clean()
    if any(fields.get(name, getattr(seen, name)) != getattr(seen, name) for name in ("birth", "born_on", "died_on")):
        _refuse_impossible_age(patient)
    _refuse_contradictions(patient)
    if any(fields.get(name, getattr(seen, name)) != getattr(seen, name) for name in ("phone", "reminder_channel")):
        _refuse_texts_without_a_number(patient, phone_country)
    patient.save()
    _index_names(patient)
    add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=patient, changes=changes_between(before, patient))
    return patient


def _take_phones(patient, country, changed):
    """Put the phone numbers into their stored form.

    Raises ValidationError for a field with two numbers, and for one of the `changed` whose country is not clear.
    """
    if double := [name for name in PHONES if phones.has_two_numbers(getattr(patient, name), country)]:
        raise ValidationError(dict.fromkeys(double, phones.TWO_NUMBERS))
    odd = [name for name in changed if (text := getattr(patient, name)) and not phones.is_in_use(text, country)]
    countries = registry.phone_countries() if odd else []
    if unclear := [name for name in odd if phones.needs_country(getattr(patient, name), country, countries)]:
        raise ValidationError(dict.fromkeys(unclear, phones.NEEDS_COUNTRY))
    for name in PHONES:
        setattr(patient, name, phones.as_stored(getattr(patient, name), country))
    patient.phone_key = search.phone_key(patient.phone)
    patient.phone_start = phones.national_digits(patient.phone, country)


def unreadable_phones(patient, *, by):
    """The stored phone numbers that are not single phone numbers, such as "ask his sister"."""
    country = registry.phone_country(by)
    stored = (patient.phone, patient.emergency_contact_phone)
    return [phone for phone in stored if phone and not phones.is_readable(phone, country)]


def differs_from_record(patient, details, *, by, phone_country=""):
    """Whether the record has other details than a page sends; the same phone number may be written differently."""
    sent = checked_patient(phone_country=phone_country or registry.phone_country(by), **details)
    return any(getattr(sent, name) != getattr(patient, name) for name in details)


def _keep_one_name_as_family_name(patient):
    """Somebody with one name only has it as the family name, in whichever field it was typed."""
    patient.given_name, patient.family_name = patient.given_name.strip(), patient.family_name.strip()
    if not patient.family_name:
        patient.given_name, patient.family_name = "", patient.given_name


def _refuse_impossible_age(patient):
    age = patient.birth.youngest_on(patient.died_on or timezone.localdate())
    if age is not None and age > OLDEST_AGE:
        raise ValidationError({"born_on": f"That would be an age of {age} years. Check the year of birth."})


def _refuse_texts_without_a_number(patient, country):
    if patient.reminder_channel == Patient.ReminderChannel.SMS and not phones.text_number(patient.phone, country):
        raise ValidationError({"phone": phones.NO_TEXTS})


def _refuse_contradictions(patient):
    refusals = {}
    if (patient.born_on is None) != (patient.birth_precision == BirthPrecision.UNKNOWN):
        refusals["born_on"] = "Enter the birth date, or “not known”."
    elif patient.birth.first_day != patient.born_on:
        refusals["born_on"] = NOT_THE_FIRST_DAY
    if patient.reminder_channel == Patient.ReminderChannel.EMAIL and not patient.email:
        refusals["email"] = "Enter an e-mail address, or choose another kind of reminder."
    if patient.reminder_channel == Patient.ReminderChannel.SMS and not patient.phone:
        refusals["phone"] = "Enter a phone number, or choose another kind of reminder."
    if patient.died_on and patient.died_on > timezone.localdate():
        refusals["died_on"] = "The date of death is in the future."
    if patient.died_on and patient.is_born_after(patient.died_on):
        refusals["died_on"] = "The date of death is before the birth date."
    if refusals:
        raise ValidationError(refusals)


def _refuse_taken_external_ids(patients):
    numbers = [patient.external_id for patient in patients if patient.external_id]
    taken = set()
    for some in portions(numbers, PATIENTS_A_BATCH):
        taken.update(Patient.objects.filter(external_id__in=some).values_list("external_id", flat=True))
    if taken or len(set(numbers)) < len(numbers):
        raise ValidationError("A number in another system appears twice or belongs to a registered patient.")


def _identity(patient):
    return patient.given_name, patient.family_name, patient.birth


def _locked_counter():
    """The counter of record numbers, locked, so that two registrations cannot take the same number."""
    RecordNumberCounter.objects.get_or_create(pk=1)
    return RecordNumberCounter.objects.select_for_update().get(pk=1)


def _next_record_numbers(counter, count):
    counter.last += count
    counter.save()
    first = counter.last - count + 1
    return [f"{settings.RECORD_NUMBER_PREFIX}{number:06d}" for number in range(first, counter.last + 1)]


def _index_names(patient):
    wanted = search.grams_of(patient)
    kept = set(patient.grams.values_list("gram", flat=True))
    patient.grams.filter(gram__in=kept - wanted).delete()
    NameGram.objects.bulk_create(NameGram(patient=patient, gram=gram) for gram in wanted - kept)
