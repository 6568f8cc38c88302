"""Check signed records against their hashes. This module only reads, in constant memory."""

import re
from itertools import chain

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import CheckConstraint, UniqueConstraint

from patients.consents import consent_hash
from patients.error_marks import decision_hash, mark_hash
from patients.integrity.progress import counted
from patients.integrity.trigger_constraints import faulty_triggers
from patients.models import Consent, DestructionCertificate, ErrorMark, Patient, RecordNumberCounter
from treatments.models import Amendment, Assessment, Letter, TreatmentSession, with_rows
from treatments.record.correction_checks import corrected_sessions, rows_that_differ
from treatments.record.corrections import ROW_FIELDS, with_amendments
from treatments.record.in_error import KINDS
from treatments.record.sealing import amendment_hash, assessment_hash, content_hash, letter_hash

CHUNK = 500
LAST_DIGITS = re.compile(r"\d+$")


def _each(records, name):
    return counted(records.iterator(chunk_size=CHUNK), name, records.count)


def tampered_sessions():
    """A sentence for each signed session whose content no longer matches its hash."""
    signed = with_amendments(with_rows(TreatmentSession.objects.signed())).prefetch_related("screening__answers")
    for session in _each(signed.order_by("pk"), "sessions"):
        if content_hash(session) != session.content_hash:
            yield f"Session {session.pk} of patient {session.patient.record_number} has changed since it was signed."


def tampered_assessments():
    """A sentence for each signed assessment whose content no longer matches its hash."""
    signed = Assessment.objects.signed().select_related("patient").order_by("pk")
    for assessment in _each(signed, "assessments"):
        if assessment_hash(assessment) != assessment.content_hash:
            number = assessment.patient.record_number
            yield f"Assessment {assessment.pk} of patient {number} has changed since it was signed."


def tampered_letters():
    """A sentence for each signed letter whose content no longer matches its hash."""
    signed = Letter.objects.signed().select_related("patient").order_by("pk")
    for letter in _each(signed, "letters"):
        if letter_hash(letter) != letter.content_hash:
            yield f"Letter {letter.pk} of patient {letter.patient.record_number} has changed since it was signed."


def tampered_consents():
    """A sentence for each consent whose content no longer matches its hash."""
    consents = Consent.objects.select_related("form", "patient").order_by("pk")
    for consent in _each(consents, "consents"):
        if consent_hash(consent) != consent.content_hash:
            yield f"Consent {consent.pk} of patient {consent.patient.record_number} has changed since it was agreed."


def tampered_amendments():
    """A sentence for each amendment that was changed or does not follow from the one before it."""
    before = None
    amendments = Amendment.objects.select_related("session__patient", "assessment__patient")
    amendments = amendments.prefetch_related("corrections").order_by("session", "assessment", "number")
    for amendment in _each(amendments, "amendments"):
        follows = before if before and before.record == amendment.record else None
        if amendment_hash(amendment, amendment.corrections.all()) != amendment.content_hash:
            yield f"{_name(amendment)} has changed since it was signed."
        elif amendment.number != (follows.number + 1 if follows else 1):
            yield f"The amendment before {_name(amendment)} is missing."
        elif amendment.previous_hash != (follows or amendment.record).content_hash:
            yield f"{_name(amendment)} does not match the hash of what came before it."
        before = amendment


def missing_record_numbers():
    """A sentence for each gap in the record numbers up to the last one that was given out.

    A patient is only deleted with a certificate of destruction, which has the number.
    """
    counter, before = RecordNumberCounter.objects.first(), None
    certified = DestructionCertificate.objects.values_list("record_numbers", flat=True)
    numbers = chain(Patient.objects.order_by().values_list("record_number", flat=True).iterator(), *certified)
    without = (number.removeprefix(settings.RECORD_NUMBER_PREFIX) for number in numbers)
    given = sorted(int(match[0]) for match in map(LAST_DIGITS.search, without) if match)
    for number in [*given, (counter.last if counter else 0) + 1]:
        if before is not None and number > before + 1:
            gap = f"{before + 1} to {number - 1}" if number > before + 2 else f"{before + 1}"
            yield f"No patient has the record number {gap}, though it was given out."
        before = number


def tampered_error_marks():
    """A sentence for each mark of a record entered in error that was changed, moved or taken from its record."""
    for mark in ErrorMark.objects.select_related("patient").order_by("pk").iterator(chunk_size=CHUNK):
        name = f"The mark of {mark.kind} {mark.record_id} of patient {mark.patient.record_number} as entered in error"
        if mark_hash(mark) != mark.content_hash or (mark.decided_at and decision_hash(mark) != mark.decision_hash):
            yield f"{name} has changed."
        elif _marked_by(mark) != ([(mark.kind, mark.record_id)] if mark.is_in_effect else []):
            yield f"{name} does not match its record."


def _marked_by(mark):
    """(kind, key as text) of each record that refers to this mark."""
    return [
        (kind.name, str(pk))
        for kind in KINDS.values()
        for pk in kind.model.objects.filter(error_mark=mark).values_list("pk", flat=True)
    ]


def tampered_corrections():
    """A sentence for each row that charts use although the sealed corrections of its session say otherwise."""
    sessions = with_amendments(corrected_sessions()).select_related("patient").order_by("pk")
    for session in sessions.iterator(chunk_size=CHUNK):
        for model in ROW_FIELDS:
            for key in rows_that_differ(session, model):
                yield (
                    f"The {model._meta.verbose_name} {key} of session {session.pk} of patient"
                    f" {session.patient.record_number} differs from what its amendments say."
                )


def _name(amendment):
    record, of = amendment.record, "assessment" if amendment.assessment_id else "session"
    return f"Amendment {amendment.number} of {of} {record.pk} of patient {record.patient.record_number}"


def missing_constraints():
    """A sentence for each check or unique constraint that the database does not have. Compares their names only."""
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model._meta.proxy or not model._meta.managed:
                continue
            stored = _stored_constraints(cursor, model._meta.db_table)
            for constraint in model._meta.constraints:
                if isinstance(constraint, CheckConstraint | UniqueConstraint) and constraint.name not in stored:
                    yield f"The database lacks the constraint {constraint.name} of {model._meta.db_table}."


def _stored_constraints(cursor, table):
    """The names of a table's constraints and indexes. Django does not read all of them on SQLite."""
    if connection.vendor == "postgresql":
        return connection.introspection.get_constraints(cursor, table).keys()
    cursor.execute("SELECT sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL", [table])
    return {name for (sql,) in cursor.fetchall() for name in re.findall(r'(?:CONSTRAINT|INDEX) "(\w+)"', sql)}


def faulty_guards():
    """A sentence for each database trigger that is missing, disabled or not what it should be."""
    for name in faulty_triggers(connection):
        yield f"The database trigger {name} is missing, disabled or changed. Run migrate to restore it."
