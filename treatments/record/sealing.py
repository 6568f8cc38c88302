"""Hashes of signed sessions, assessments, letters and amendments, which later show whether the content has changed.

A seal has a version, `seal_version` of the row. Verification computes each hash by the version of its row:

    1  records that were signed before seals had a version, and before advice was kept as it was shown
    2  the version itself is part of what is sealed, and so are all warnings that were shown, advice too

Both cover every field below. Empty values are left out, so a field that was added later is in the hash as soon as it
has a value. A new version is needed when the form of the content changes, not for a new field.
"""

from operator import attrgetter

from patients.integrity.seal import canonical, plain, sha256_of
from treatments.models import AdverseEvent, Measurement, Needle, Needling, TargetKind, TreatmentSession

from . import fields
from .corrections import rows_as_signed

# The version of new seals.
SEAL_VERSION = 2


def _sealed(model, declared):
    """The attributes that the hash covers: every declared field without a `not_sealed` reason."""
    return [model._meta.get_field(field.name).attname for field in declared if not field.not_sealed]


SESSION_FIELDS = _sealed(TreatmentSession, fields.SESSION)
UNSEALED_VALUES = {field.name: field.unsealed_value for field in fields.SESSION if field.unsealed_value}
NEEDLING_FIELDS = _sealed(Needling, fields.NEEDLING)
MEASUREMENT_FIELDS = _sealed(Measurement, fields.MEASUREMENT)
EVENT_FIELDS = _sealed(AdverseEvent, fields.EVENT)
WARNING_FIELDS = (
    "id needling_id key level title sentence source reason acknowledged_at acknowledged_by_id seconded_by_id"
    " seconded_at agreed_rows alone_reason proved_by_means repeats_id"
).split()
SCREENING_FIELDS = "id taken_at taken_by_id valid_until patient_answers_id conflicts_confirmed".split()
ANSWER_FIELDS = "id question_id question_text is_yes detail details patient_said side regions".split()
CONTEXT_FIELDS = "site_id timezone took_place_on patient_age".split()
AMENDMENT_FIELDS = (
    "id session_id assessment_id number text reason signed_at signed_by_id signed_name proved_by_means previous_hash"
).split()
ASSESSMENT_FIELDS = (
    "id patient_id episode_id complaint practitioner_id handed_over_from_id started_at opened_at late_entry_reason"
    " pain_now pain_worst pain_average sites drawing patient_drawing_id day_patterns behaviour_24h history aggravating"
    " easing medication earlier_treatment surgery surgery_when red_flags red_flags_detail findings hypothesis"
    " signed_at signed_by_id signed_name signed_meaning proved_by_means"
).split()
LETTER_FIELDS = (
    "id patient_id episode_id practitioner_id handed_over_from_id kind opened_at recipient_name recipient_address"
    " recipient_email subject body letterhead about signed_at signed_by_id signed_name signed_meaning proved_by_means"
).split()
CORRECTION_FIELDS = "number kind needling_id measurement_id field value label was now".split()
_number = attrgetter("number")


def content_hash(session):
    """The hexadecimal SHA-256 of a session's `sealed_content` in canonical JSON."""
    return sha256_of(canonical(sealed_content(session)))


def amendment_hash(amendment, corrections=()):
    """The hexadecimal SHA-256 of an amendment and its Corrections.

    It includes the hash of the record or amendment before it. Amendments in free text have no corrections.
    """
    return sha256_of(canonical(amendment_content(amendment, corrections)))


def amendment_content(amendment, corrections=()):
    """The content of an amendment that the hash covers, as plain values."""
    content = _values(amendment, AMENDMENT_FIELDS) | _version(amendment)
    if corrections:
        content["corrections"] = [_values(one, CORRECTION_FIELDS) for one in sorted(corrections, key=_number)]
    return content


def assessment_hash(assessment):
    """The hexadecimal SHA-256 of an assessment."""
    return sha256_of(canonical(assessment_content(assessment)))


def assessment_content(assessment):
    """The content of an assessment that the hash covers, as plain values."""
    return _values(assessment, ASSESSMENT_FIELDS) | _version(assessment)


def letter_hash(letter):
    """The hexadecimal SHA-256 of a letter."""
    return sha256_of(canonical(letter_content(letter)))


def letter_content(letter):
    """The content of a letter that the hash covers, as plain values."""
    return _values(letter, LETTER_FIELDS) | _version(letter)


def sealed_content(session):
    """The content of a session that the hash covers, as plain values. Load the session `with_rows()`.

    Empty values are left out, so that old hashes stay valid when a later version adds a field.
    """
    content = {
        "session": _session(session),
        "needlings": _sorted(map(needling_content, _as_signed(session, Needling, session.needlings))),
        "measurements": _rows(_as_signed(session, Measurement, session.measurements), MEASUREMENT_FIELDS),
        "events": _rows(session.reactions, EVENT_FIELDS),
        "warnings": _rows(session.warning_answers.all(), WARNING_FIELDS),
        "screening": screening_content(session.screening),
        "context": context_content(session),
        # The hash of a consent covers everything that was agreed, its form and its signature.
        "consent": _values(session.consent, ["id", "content_hash"]) if session.consent else None,
    }
    return {name: part for name, part in content.items() if part} | _version(session)


def context_content(session):
    """The content of a SessionContext that the hash covers; None if it was not stored at the signature."""
    context = getattr(session, "context", None)
    return None if context is None or context.is_derived else _values(context, CONTEXT_FIELDS)


def _session(session):
    values = _values(session, SESSION_FIELDS)
    return {name: value for name, value in values.items() if UNSEALED_VALUES.get(name) != value}


def _as_signed(session, model, loaded):
    """The rows that were signed: those that count (`loaded`), unless an amendment has corrected some."""
    if session.is_signed and session.content_hash and any(a.corrections.all() for a in session.amendments.all()):
        return rows_as_signed(session, model)
    return loaded.all()


def needling_content(row):
    """The content of a Needling that the hash covers, as plain values without the empty ones."""
    related = {
        "muscle": row.muscle.slug,
        "described": _values(row.muscle, ["name_en", "region"]) if row.muscle.kind == TargetKind.FREE else {},
        "point": row.trigger_point.label if row.trigger_point else "",
        "needle": _values(row.needle, Needle.PACK) if row.needle else {},
    }
    return _values(row, NEEDLING_FIELDS) | {name: value for name, value in related.items() if value}


def _version(row):
    """Version 1 was not part of what was sealed. Any other is, so that no other version verifies in its place."""
    return {} if row.seal_version == 1 else {"seal_version": row.seal_version}


def screening_content(screening):
    """The content of a Screening and its answers that the hash covers; None without one."""
    if screening is None:
        return None
    return _values(screening, SCREENING_FIELDS) | {"answers": _sorted(map(_answer, screening.answers.all()))}


def _answer(answer):
    """False is left out, as in all existing hashes. None would be left out too, so "not known" is written instead."""
    return _values(answer, ANSWER_FIELDS) | ({} if answer.is_known else {"is_yes": "not known"})


def _rows(rows, fields):
    return _sorted(_values(row, fields) for row in rows)


def _sorted(rows):
    return sorted(rows, key=lambda values: str(values["id"]))


def _values(row, fields):
    values = {field: plain(getattr(row, field)) for field in fields}
    return {field: value for field, value in values.items() if not _is_empty(value)}


def _is_empty(value):
    return value is None or value is False or value in ("", [])
