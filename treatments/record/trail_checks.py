"""Compare records that never change with the entries of the audit trail about them, in both directions."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain

from django.db.models import Model, Q

from clinic.models import OtherSiteAccess
from patients.audit.chain import trail_keyed_since
from patients.models import (
    BodyMeasure,
    Consent,
    DestructionCertificate,
    ErrorMark,
    LegalHold,
    Patient,
    PatientAnswers,
    PatientContact,
    PatientIdentifier,
    PatientMerge,
    Screening,
    ScreeningAnswer,
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
    ExercisePrescription,
    ExerciseReport,
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

    `at` is the field with its time, "" for a part of another record. `patient` leads to its patient; `or_patient` is
    the other way, where it belongs to one of two records.

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
        Kept(OtherSiteAccess, "opened_at"),
        Kept(FollowUp, "contacted_at", "session__patient"),
        Kept(FollowUpAnswers, "answered_at", "session__patient"),
        Kept(AdverseEvent, "recorded_at", "session__patient", only_if="appeared_later"),
        Kept(EventReport, "recorded_at", "event__session__patient"),
        Kept(OutcomeScore, "recorded_at"),
        Kept(ProtocolUse, "used_at", "session__patient", fields=frozenset({"protocol", "used_by", "undone_by"})),
        Kept(Attachment, "added_at"),
        Kept(ExercisePrescription, "prescribed_at"),
        Kept(ExerciseReport, "recorded_at", "prescription__patient"),
    )
}


def records_unlike_the_trail():
    """Yield a sentence for each record that differs from its entries, has none, or is missing.

    Records from before the trail had keys may lack entries: earlier versions could load them without.
    """
    since = trail_keyed_since()
    certified = DestructionCertificate.objects.values_list("patient_keys", flat=True)
    destroyed = set(chain.from_iterable(certified))
    people = list(Patient.objects.filter(merged_into=None).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(people), PATIENTS_AT_ONCE):
        # With the records that were merged into theirs: a row that moved has entries about both.
        standing = people[start : start + PATIENTS_AT_ONCE]
        theirs = Patient.objects.filter(Q(pk__in=standing) | Q(merged_into__in=standing))
        some = list(theirs.values_list("pk", flat=True))
        entries = _entries_about(some)
        for kept in KEPT.values():
            for row in _of_patients(kept, some):
                fields = entries.pop((kept.name, str(row.pk)), None)
                if not getattr(row, kept.only_if):
                    continue
                name = f"{kept.model._meta.verbose_name} {row.pk}".capitalize()
                if fields is None:
                    if kept.at and getattr(row, kept.at) >= since:
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


def _entries_about(patients):
    """{(kind, key as text): {field: last value in the trail}} of all records of KEPT of these patients."""
    found = defaultdict(dict)
    entries = TrailEntry.objects.filter(patient__in=patients).exclude(action__in=TrailEntry.READINGS).order_by("pk")
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
    """The names of fields whose value is not the last one in the trail. Long texts are not in the trail in full."""
    names = [field.name for field in row._meta.concrete_fields if field.name in fields]
    return [
        name
        for name in names
        if (kept.fields is None or name in kept.fields) and not _same(row._meta.get_field(name), fields[name], row)
    ]


def _same(field, recorded, row):
    stored = getattr(row, field.attname)
    if recorded in (None, "", []) and stored in (None, "", []):
        return True
    if isinstance(recorded, str) and "…" in recorded:
        return True
    if field.name == "born_on" and recorded:
        # Dates known in part were once stored with any day of their month or year.
        recorded = BirthDate(field.to_python(recorded), row.birth_precision).first_day
    to_python = field.target_field.to_python if field.is_relation else field.to_python
    return to_python(recorded) == stored
