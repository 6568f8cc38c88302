"""Adds entries to the audit trail, in the transaction of the change: either both are stored or neither."""

from django.db import connection, transaction
from django.utils import timezone

from patients.audit.chain import CONTENT, entry_content, entry_hash, link_secret, patient_id_of
from patients.audit.request_context import current_request
from patients.integrity.changes import changes_between, storable
from patients.integrity.keys import current_key_id
from patients.integrity.seal import SHA256_SQL
from patients.models import Patient, TrailEntry
from patients.models.trail import CLINIC, LISTS, PATIENTS, STRANGERS, chain_of, set_of_patients

# The first number of PostgreSQL's advisory lock, which separates the audit trail's locks from others.
LOCK_SPACE = 0x7A11
# The second number is that of the patient, or one of these.
LOCKS = {CLINIC: 0, LISTS: -1, STRANGERS: -2}
LOCK = "SELECT pg_advisory_xact_lock(%s, %s); "
# One statement reads the previous entry of the chain, hashes the new one and writes it, so that the audit trail costs a
# page one query and meets its target in docs/performance.md. `head` is the previous entry, or number 0 and no hash for
# the first entry of a chain. On PostgreSQL the lock is sent with it, as a separate statement: the second statement
# then sees what was committed while the first waited.
APPEND = """INSERT INTO patients_trailentry ({columns}, number, previous_hash, hash)
SELECT {values}, head.number + 1, head.hash, {hash}
FROM (
    SELECT * FROM (SELECT number, hash FROM patients_trailentry WHERE chain = %s ORDER BY number DESC LIMIT 1) stored
    UNION ALL SELECT 0, '' ORDER BY number DESC LIMIT 1
) head
RETURNING id, number, previous_hash, hash"""
WRITTEN = ("id", "number", "previous_hash", "hash")


def add_audit_entry(action, *, by, patient=None, record=None, changes=None, note="", by_name=""):
    """Add one entry and return it; return None and add nothing if `changes` is given and empty.

    `record` is a model's row, or a tuple of its model's name and key as text. If `patient` is not given, it is found
    from the row. `by_name` is the user name that somebody typed who is not signed in. The page and the network address
    come from `current_request`.
    """
    if changes is not None and not changes:
        return None
    return _append(_entry(action, by, patient, record, changes or {}, note, by_name))


@transaction.atomic
def add_created_entries(records, *, by):
    """Add an entry for each of many new patients in one query. Each entry is the first of its patient's chain."""
    entries = [_entry(TrailEntry.Action.CREATE, by, None, record, changes_between(None, record)) for record in records]
    for entry in entries:
        entry.number, entry.previous_hash = 1, ""
        entry.hash = entry_hash(_content(entry), 1, "", entry.key_id)
    TrailEntry.objects.bulk_create(entries, batch_size=500)


def add_entry_about_many(action, *, by, patient_ids, record=None, changes=None, note=""):
    """Add one entry about a set of patients, and return it. Each of them finds it with `TrailEntry.objects.about`.

    The entry about a set with only one patient is in that patient's own chain. `record` and `changes` are as in
    add_audit_entry.
    """
    ids = set(patient_ids)
    if len(ids) < 2:
        return _append(_entry(action, by, Patient(pk=ids.pop()) if ids else None, record, changes or {}, note))
    entry = _entry(action, by, None, record, (changes or {}) | {PATIENTS: [None, set_of_patients(ids)]}, note)
    entry.patient_id, entry.chain = None, LISTS
    return _append(entry)


def add_strangers_refusal(*, patient, record, note):
    """Add an entry for what somebody was refused who is not signed in, to the chain for strangers; return it."""
    entry = _entry(TrailEntry.Action.REFUSED, None, patient, record, {}, note)
    entry.chain = STRANGERS
    return _append(entry)


def _entry(action, by, patient, record, changes, note="", by_name=""):
    by = by if by is not None and by.is_authenticated else None
    request = current_request.get()
    record_type, record_id = _named(record)
    patient_id = patient.pk if patient else patient_id_of(record)
    return TrailEntry(
        at=timezone.now(),
        by=by,
        by_name=_bounded("by_name", by.get_username() if by else by_name),
        action=action,
        patient_id=patient_id,
        record_type=_bounded("record_type", record_type),
        record_id=_bounded("record_id", record_id),
        page=_bounded("page", request.page),
        address=request.address,
        request_id=request.request_id,
        changes=changes,
        note=_bounded("note", note),
        chain=chain_of(patient_id),
        key_id=current_key_id(),
    )


def _named(record):
    if record is None or isinstance(record, tuple):
        return record or ("", "")
    return record._meta.model_name, str(record.pk)


def _bounded(name, text):
    return storable(text)[: TrailEntry._meta.get_field(name).max_length]


def _content(entry):
    return entry_content(*(getattr(entry, name) for name in CONTENT))


def _append(entry):
    fields = [field for field in TrailEntry._meta.concrete_fields if field.name not in WRITTEN]
    sql = APPEND.format(
        columns=", ".join(field.column for field in fields),
        values=", ".join(["%s"] * len(fields)),
        hash=SHA256_SQL[connection.vendor].format("%s || (head.number + 1) || %s || head.hash"),
    )
    values = [field.get_db_prep_save(getattr(entry, field.attname), connection) for field in fields]
    values += [f"{link_secret(_content(entry), entry.key_id)}\n", "\n", entry.chain]
    if connection.vendor == "postgresql":
        sql, values = LOCK + sql, [LOCK_SPACE, LOCKS.get(entry.chain, (entry.patient_id or 0) % 2**31), *values]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        entry.pk, entry.number, entry.previous_hash, entry.hash = cursor.fetchone()
    entry._state.adding = False
    return entry
