"""The kind of file that has patients: how its rows are checked, compared with the register, stored and taken back."""

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.duplicates import likely_duplicates_of_many
from patients.importing.fields import PATIENT_FIELDS
from patients.importing.kinds import Candidate, Kind
from patients.importing.values import sex_of
from patients.integrity.changes import changes_between, field_values
from patients.merging import patient_keys
from patients.models import NameGram, Patient, PatientMerge, TrailEntry
from patients.search import words
from patients.services.merges import decline_merge
from patients.services.people import checked_patient, register_patients

AT_ONCE = 500
# What the import itself, and looking at a record, adds to the audit trail.
NOTHING_NEW = [*TrailEntry.READINGS, TrailEntry.Action.CREATE, TrailEntry.Action.REFUSED]


def _check(values, *, phone_country):
    checked_patient(phone_country=phone_country, **values)


def _match(rows):
    """Set what the register already has of these rows. See patients.importing.kinds.Kind."""
    _match_numbers(rows)
    _refuse_repeated(rows)
    rows = [row for row in rows if not row.matched and not row.error]
    people = [
        (row.values.get("given_name", ""), row.values["family_name"], row.birth, row.values.get("phone", ""))
        for row in rows
    ]
    for row, found in zip(rows, likely_duplicates_of_many(people), strict=True):
        row.candidates = [Candidate(patient, why) for patient, why in found]


def _match_numbers(rows):
    numbers = {row.values["external_id"]: row for row in rows if row.values.get("external_id")}
    for some in _portions(sorted(numbers)):
        for patient in Patient.objects.registered().filter(external_id__in=some):
            numbers[patient.external_id].matched = numbers[patient.external_id].matched or patient


def _refuse_repeated(rows):
    seen = {}
    for row in rows:
        for key in filter(None, (row.values.get("external_id"), _person(row))):
            first = seen.setdefault(key, row)
            if first is not row and not row.error and not _are_different(first.values, row.values):
                row.error = f"This is the same person as row {first.number}."


def _are_different(first, second):
    """Whether two rows with the same name and birth date have different numbers in the other system."""
    numbers = {first.get("external_id"), second.get("external_id")}
    return len(numbers) == 2 and None not in numbers


def _person(row):
    """What two rows of one person have in common; None without a birth date, when namesakes look the same."""
    given, family = row.values.get("given_name", ""), row.values["family_name"]
    return row.birth.day and (tuple(words(given)) or given, tuple(words(family)) or family, row.birth)


def _store(rows, *, by, phone_country, name):
    return register_patients([row.values for row in rows], by=by, phone_country=phone_country)


def _join(row, patient, *, by):
    """Give a patient of the register the number of the other system, if they have none."""
    number = row.values.get("external_id")
    if not number or patient.external_id:
        return {}
    _set_number(patient, number, by)
    return {"external_id": None}


def _set_number(patient, number, by):
    before = field_values(patient)
    patient.external_id = number
    patient.save(update_fields=["external_id"])
    add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=patient, changes=changes_between(before, patient))


def _undo(rows, *, by):
    """Take back the patients of these ImportedRows. Their records and audit trails stay, but nobody finds them."""
    new = [int(row.record_id) for row in rows if row.is_new]
    _decline_merges(new, by)
    for some in _portions(new):
        if sentence := _built_upon(some):
            raise ValidationError(sentence, code="depends")
    now = timezone.now()
    for some in _portions(new):
        for patient in Patient.objects.select_for_update(no_key=True).filter(pk__in=some).order_by("pk"):
            before = field_values(patient)
            patient.import_undone_at, patient.external_id, patient.is_active = now, None, False
            patient.save(update_fields=["import_undone_at", "external_id", "is_active"])
            add_audit_entry(TrailEntry.Action.WITHDRAW, by=by, record=patient, changes=changes_between(before, patient))
        NameGram.objects.filter(patient__in=some).delete()
    joined = [int(row.record_id) for row in rows if "external_id" in row.before]
    for patient in Patient.objects.select_for_update(no_key=True).filter(pk__in=joined).order_by("pk"):
        _set_number(patient, None, by)


def _decline_merges(new, by):
    """The pairs of this import that wait for a decision are no longer a question."""
    for some in _portions(new):
        for merge in PatientMerge.objects.waiting().filter(duplicate__in=some):
            decline_merge(merge, by=by, reason="The import of this record was undone.")


def _built_upon(pks):
    """A sentence about what was recorded since about these patients; "" if nothing was."""
    if PatientMerge.objects.standing().filter(Q(survivor__in=pks) | Q(duplicate__in=pks)).exists():
        return "One of the patients was merged with another record since. Undo that merge first."
    for key in patient_keys():
        rows = key.model._base_manager.filter(**{f"{key.name}__record_in": pks})
        if key.model is TrailEntry:
            changed = rows.exclude(action__in=NOTHING_NEW).exclude(record_type=PatientMerge._meta.model_name)
            if changed.exists():
                return "Somebody changed the details of one of the patients since, so the import cannot be undone."
        elif rows.exists():
            kind = key.model._meta.verbose_name_plural
            return f"There are already {kind} of these patients, so the import cannot be undone."
    return ""


def _portions(values):
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]


PATIENTS = Kind(
    key="patients",
    label="Patients",
    model=Patient,
    fields=PATIENT_FIELDS,
    check=_check,
    match=_match,
    store=_store,
    join=_join,
    undo=_undo,
    options={"sex": lambda: Patient.Sex.choices},
    guesses={"sex": sex_of},
    shows_patients=True,
)
