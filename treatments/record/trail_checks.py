"""Compare records that never change with the entries of the audit trail about them, in both directions."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain

from django.db.models import Model, Q

from clinic.models import AccountChange, CallAttempt, OtherSiteAccess
from patients.audit.chain import trail_keyed_since
from patients.integrity.changes import NOT_RECORDED
from patients.integrity.progress import counted
from patients.models import (
    BodyMeasure,
    Consent,
    ConsentForm,
    DestructionCertificate,
    ErrorMark,
    ImportedAlert,
    LegalHold,
    Patient,
    PatientAnswers,
    PatientContact,
    PatientIdentifier,
    PatientMerge,
    Screening,
    ScreeningAnswer,
    ScreeningQuestion,
    TrailEntry,
)
from patients.models.birth import BirthDate
from treatments.models import (
    AdverseEvent,
    Amendment,
    Assessment,
    Attachment,
    Disclosure,
    EventReport,
    Exercise,
    ExercisePrescription,
    ExerciseReport,
    FactReview,
    FollowUp,
    FollowUpAnswers,
    Letter,
    OutcomeScore,
    PatientDrawing,
    ProtocolUse,
    TreatmentSession,
)

PATIENTS_AT_ONCE = 200


@dataclass(frozen=True)
class Kept:
    """A kind of record to compare.

    `at` is the attribute with its time: "" for a part of another record, and None in a row that needs no entry.
    `patient` leads to its patient, and is "" for a record of the clinic; `or_patient` is the other way, where it
    belongs to one of two records.

    `fields` are the only ones that are compared; None means all. `only_if` names a field that is true for the records
    to compare.
    """

    model: type[Model]
    at: str
    patient: str = "patient"
    or_patient: str = ""
    fields: frozenset | None = None
    only_if: str = "pk"

    @property
    def name(self):
        return self.model._meta.model_name


# What a merge kept for an undo can be long, so the trail does not have all of it.
OF_MERGE = frozenset({"survivor", "duplicate", "reason", "asked_by", "decided_by", "is_confirmed", "undone_by"})
OF_CONTACT = frozenset({"name", "relationship", "can_consent", "told_about", "recorded_by", "ended_by"})
# A version of a question can be retired and moved in the list.
OF_QUESTION = frozenset(field.name for field in ScreeningQuestion._meta.concrete_fields) - {"is_active", "sort_order"}
KEPT = {
    kept.name: kept
    for kept in (
        # What a session held as a draft is not compared; the seal in its entry covers what was signed.
        Kept(TreatmentSession, "signed_at", fields=frozenset({"content_hash"}), only_if="signed_at"),
        Kept(Assessment, "signed_at", fields=frozenset({"content_hash"}), only_if="signed_at"),
        Kept(Letter, "signed_at", fields=frozenset({"content_hash"}), only_if="signed_at"),
        Kept(Disclosure, "disclosed_at", "letter__patient"),
        Kept(Amendment, "signed_at", "session__patient", "assessment__patient"),
        Kept(Patient, "created_at", "pk", fields=frozenset({"record_number", "given_name", "family_name", "born_on"})),
        Kept(PatientContact, "recorded_at", fields=OF_CONTACT),
        Kept(PatientIdentifier, "recorded_at", fields=frozenset({"kind", "issuer", "recorded_by", "removed_by"})),
        Kept(PatientMerge, "asked_at", "survivor", "duplicate", fields=OF_MERGE),
        Kept(Consent, "given_at"),
        Kept(Screening, "taken_at"),
        Kept(ScreeningAnswer, "", "screening__patient"),
        Kept(PatientAnswers, "answered_at"),
        Kept(PatientDrawing, "drawn_at"),
        Kept(BodyMeasure, "recorded_at"),
        Kept(ErrorMark, "marked_at"),
        Kept(LegalHold, "placed_at"),
        Kept(ImportedAlert, "recorded_at"),
        Kept(OtherSiteAccess, "opened_at"),
        Kept(CallAttempt, "called_at", "appointment__patient"),
        Kept(FollowUp, "contacted_at", "session__patient"),
        Kept(FollowUpAnswers, "answered_at", "session__patient"),
        Kept(AdverseEvent, "recorded_at", "session__patient", only_if="appeared_later"),
        Kept(EventReport, "recorded_at", "event__session__patient"),
        Kept(OutcomeScore, "recorded_at"),
        Kept(ProtocolUse, "used_at", "session__patient", fields=frozenset({"protocol", "used_by", "undone_by"})),
        Kept(Attachment, "added_at"),
        Kept(ExercisePrescription, "prescribed_at"),
        Kept(ExerciseReport, "recorded_at", "prescription__patient"),
        Kept(AccountChange, "asked_at", ""),
        # The questions that come with Filiform have no time.
        Kept(ScreeningQuestion, "edited_at", "", fields=OF_QUESTION),
        Kept(ConsentForm, "published_at", "", only_if="published_at"),
        Kept(Exercise, "added_at", ""),
        Kept(FactReview, "decided_here_at", ""),
    )
}
OF_CLINIC = {kept for kept in KEPT.values() if not kept.patient}


def records_unlike_the_trail():
    """Yield a sentence for each record that differs from its entries, has none, or is missing.

    Records from before the trail had keys may lack entries: earlier versions could load them without.
    """
    since = trail_keyed_since()
    certified = DestructionCertificate.objects.values_list("patient_keys", flat=True)
    destroyed = set(chain.from_iterable(certified))
    people = list(Patient.objects.filter(merged_into=None).order_by("pk").values_list("pk", flat=True))
    starts = range(0, len(people), PATIENTS_AT_ONCE)
    for start in counted(starts, f"{PATIENTS_AT_ONCE} patients with their entries", lambda: len(starts)):
        # With the records that were merged into theirs: a row that moved has entries about both.
        standing = people[start : start + PATIENTS_AT_ONCE]
        theirs = Patient.objects.filter(Q(pk__in=standing) | Q(merged_into__in=standing))
        some = list(theirs.values_list("pk", flat=True))
        rows = ((kept, _of_patients(kept, some)) for kept in KEPT.values() if kept not in OF_CLINIC)
        entries = _entries(TrailEntry.objects.filter(patient__in=some))
        yield from _unlike(rows, entries, since, destroyed)
    of_clinic = TrailEntry.objects.filter(patient=None, record_type__in=[kept.name for kept in OF_CLINIC])
    yield from _unlike(((kept, kept.model._base_manager.all()) for kept in OF_CLINIC), _entries(of_clinic), since)


def _unlike(rows_of_kinds, entries, since, destroyed=frozenset()):
    """A sentence for each difference between (kept, its rows) and `_entries` about the same patients, or the clinic.

    `destroyed` are the keys of patients whose records were destroyed.
    """
    for kept, rows in rows_of_kinds:
        for row in rows:
            fields = entries.pop((kept.name, str(row.pk)), None)
            if not getattr(row, kept.only_if):
                continue
            name = f"{kept.model._meta.verbose_name} {row.pk}".capitalize()
            if fields is None:
                if kept.at and (at := getattr(row, kept.at)) and at >= since:
                    yield f"{name} has no entry in the audit trail."
            elif different := _different(row, fields, kept):
                yield f"{name} differs from the audit trail: {', '.join(different)}."
    for (kind, pk), fields in entries.items():
        # A merge that was declined or undone belongs to two people, and is destroyed with either.
        if kind == PatientMerge._meta.model_name and destroyed & {fields.get("survivor"), fields.get("duplicate")}:
            continue
        if fields.get(KEPT[kind].only_if, KEPT[kind].only_if == "pk"):
            yield f"{KEPT[kind].model._meta.verbose_name} {pk}".capitalize() + " is in the audit trail but missing."


def _of_patients(kept, patients):
    ways = Q(**{f"{kept.patient}__in": patients})
    if kept.or_patient:
        ways |= Q(**{f"{kept.or_patient}__in": patients})
    return kept.model._base_manager.filter(ways)


def _entries(entries):
    """{(kind, key as text): {field: last value in the trail}} of the records of KEPT that these entries are about."""
    found = defaultdict(dict)
    entries = entries.exclude(action__in=TrailEntry.READINGS).order_by("pk")
    for kind, pk, changes in entries.values_list("record_type", "record_id", "changes").iterator():
        for field, (_, after) in changes.items():
            # A row of the record, such as "adverseevent 7a21…", has all its fields, or None if it was removed.
            part, _, part_pk = field.partition(" ")
            if part not in KEPT or not part_pk:
                found[kind, pk][field] = after
            elif after is None:
                found.pop((part, part_pk), None)
            else:
                found[part, part_pk].update(after)
    return {key: fields for key, fields in found.items() if key[0] in KEPT}


def _different(row, fields, kept):
    """The names of fields whose value is not the last one in the trail. Long texts are not in the trail in full.

    The trail leaves out what was empty, so a field that it does not have must still be empty. This does not hold for
    rows of which it has only a part: then a field that cannot be empty is missing too.
    """
    compared = [
        field for field in row._meta.concrete_fields if not field.primary_key and field.name not in NOT_RECORDED
    ]
    compared = [field for field in compared if kept.fields is None or field.name in kept.fields]
    is_whole = all(field.name in fields or field.blank or field.null for field in compared)
    return [
        field.name
        for field in compared
        if (is_whole or field.name in fields) and not _same(field, fields.get(field.name), row)
    ]


def _same(field, recorded, row):
    stored = getattr(row, field.attname)
    if recorded in (None, "", []):
        return stored in (None, "", [])
    if isinstance(recorded, str) and "…" in recorded:
        return True
    if field.name == "born_on" and recorded:
        # Dates known in part were once stored with any day of their month or year.
        recorded = BirthDate(field.to_python(recorded), row.birth_precision).first_day
    to_python = field.target_field.to_python if field.is_relation else field.to_python
    return to_python(recorded) == stored
