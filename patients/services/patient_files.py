"""The kind of file that has patients: how its rows are checked, compared with the register, stored and taken back."""

from dataclasses import replace

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.duplicates import likely_duplicates_of_many
from patients.importing import bundle_rows
from patients.importing.fields import PATIENT_FIELDS
from patients.importing.kinds import Candidate, Kind
from patients.importing.values import sex_of
from patients.integrity.changes import changes_between, field_values
from patients.integrity.portions import portions
from patients.merging import patient_keys
from patients.models import Episode, ImportedAlert, ImportedRow, NameGram, Patient, PatientMerge, TrailEntry
from patients.models.identifier import KINDS, patients_with_numbers
from patients.registry import registry
from patients.search import words
from patients.services.merge_requests import decline_merge
from patients.services.patient_parts import check_contact, parts_of, store_parts, take_parts_back, without_parts
from patients.services.people import checked_patient, register_patients

AT_ONCE = 500
# Their rows are asked about, so entries about them say nothing more.
ASKED_THEMSELVES = [model._meta.model_name for model in (PatientMerge, Episode, ImportedAlert)]
# What the import itself, and looking at a record, adds to the audit trail.
NOTHING_NEW = [*TrailEntry.READINGS, TrailEntry.Action.CREATE, TrailEntry.Action.REFUSED]


def _check(values, *, phone_country):
    checked_patient(phone_country=phone_country, **without_parts(values))
    check_contact(values, phone_country=phone_country)


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
    _match_identifiers(rows)


def _match_identifiers(rows):
    """Put the patient who has the national or insurance number of a row first among its candidates."""
    holders = patients_with_numbers([row.values["identifier"] for row in rows if "identifier" in row.values])
    for row in rows:
        if not (holder := holders.get(row.values.get("identifier"))):
            continue
        row.holder = holder
        alike = {candidate.record.pk: candidate.why for candidate in row.candidates}
        why = ", ".join(filter(None, [f"the same {_kind_of(row)}", alike.get(holder.pk)]))
        others = [candidate for candidate in row.candidates if candidate.record.pk != holder.pk]
        row.candidates = [Candidate(holder, why), *others]


def _kind_of(row):
    return KINDS[row.values["identifier"].kind].label


def _match_numbers(rows):
    numbers = {row.values["external_id"]: row for row in rows if row.values.get("external_id")}
    for some in portions(sorted(numbers), AT_ONCE):
        for patient in Patient.objects.registered().filter(external_id__in=some):
            numbers[patient.external_id].matched = numbers[patient.external_id].matched or patient


def _refuse_repeated(rows):
    seen = {}
    for row in rows:
        for key in filter(None, (row.values.get("external_id"), _person(row))):
            first = seen.setdefault(key, row)
            if first is not row and not row.error and not _are_different(first.values, row.values):
                row.error = f"This is the same person as row {first.number}."
        if number := row.values.get("identifier"):
            first = seen.setdefault(number, row)
            if first is not row and not row.error:
                row.error = f"This is the same national or insurance number as in row {first.number}."


def _are_different(first, second):
    """Whether two rows with the same name and birth date have different numbers in the other system."""
    numbers = {first.get("external_id"), second.get("external_id")}
    return len(numbers) == 2 and None not in numbers


def _person(row):
    """What two rows of one person have in common; None without a birth date, when namesakes look the same."""
    given, family = row.values.get("given_name", ""), row.values["family_name"]
    return row.birth.day and (tuple(words(given)) or given, tuple(words(family)) or family, row.birth)


def _store(rows, *, by, phone_country, file_import):
    patients = register_patients([without_parts(row.values) for row in rows], by=by, phone_country=phone_country)
    store_parts(file_import, [(_what_is_new(row), p) for row, p in zip(rows, patients, strict=True)], by=by)
    return patients


def _what_is_new(row):
    """The row without a number that its holder keeps: the row is of this person, or somebody decides that later."""
    return replace(
        row, values={name: row.values[name] for name in row.values if name != "identifier" or not row.holder}
    )


def _join(row, patient, *, by, file_import):
    """Give a patient of the register the number of the other system, if they have none, and what else the file has."""
    new = _what_is_new(row)
    if patient.contacts.current().filter(name__iexact=new.values.get("contact_name", "")).exists():
        del new.values["contact_name"]
    store_parts(file_import, [(new, patient)], by=by)
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
    stored = parts_of(rows)
    for some in portions(new, AT_ONCE):
        if sentence := _built_upon(some, stored):
            raise ValidationError(sentence, code="depends")
    for some in portions(rows, AT_ONCE):
        take_parts_back(some, by=by)
    now = timezone.now()
    for some in portions(new, AT_ONCE):
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
    for some in portions(new, AT_ONCE):
        for merge in PatientMerge.objects.waiting().filter(duplicate__in=some):
            decline_merge(merge, by=by, reason="The import of this record was undone.")


def _undone(model):
    """The keys of rows of this model that another import has stored, and that were taken back with it."""
    kinds = [kind.key for kind in registry.import_kinds.values() if kind.model is model]
    rows = ImportedRow.objects.filter(file_import__kind__in=kinds, file_import__undone_at__isnull=False, is_new=True)
    return {model._meta.pk.to_python(key) for key in rows.values_list("record_id", flat=True)} if kinds else set()


def _built_upon(pks, stored):
    """A sentence about what was recorded since about these patients; "" if nothing was.

    `stored` is {model: keys of what the import itself has stored}.
    """
    if PatientMerge.objects.standing().filter(Q(survivor__in=pks) | Q(duplicate__in=pks)).exists():
        return "One of the patients was merged with another record since. Undo that merge first."
    for key in patient_keys():
        rows = key.model._base_manager.filter(**{f"{key.name}__record_in": pks})
        if key.model is TrailEntry:
            changed = rows.exclude(action__in=NOTHING_NEW).exclude(record_type__in=ASKED_THEMSELVES)
            if changed.exists():
                return "Somebody changed the details of one of the patients since, so the import cannot be undone."
        elif set(rows.values_list("pk", flat=True)) - stored.get(key.model, set()) - _undone(key.model):
            kind = key.model._meta.verbose_name_plural
            return f"There are already {kind} of these patients, so the import cannot be undone."
    return ""


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
    resources=("Patient",),
    from_bundle=bundle_rows.patients,
    shows_patients=True,
)
