"""Add to the audit trail. Called inside the transaction of whatever it tells of: both are kept, or neither."""

from django.db import connection, transaction
from django.utils import timezone

from patients.audit.chain import CONTENT, content_of, hash_of, patient_id_of
from patients.audit.request_context import current_request
from patients.integrity.changes import differences, storable
from patients.integrity.seal import SHA256_SQL
from patients.models import TrailEntry
from patients.models.trail import chain_of

# PostgreSQL's advisory locks of two numbers are a space of their own: this first one is the trail's.
TRAIL = 0x7A11
LOCK = "SELECT pg_advisory_xact_lock(%s, %s); "
# The entry before it is read and the new one written by one statement: reading a page costs one query more. The two
# statements on PostgreSQL travel together, and the second sees what was committed while the first waited.
APPEND = """INSERT INTO patients_trailentry ({columns}, number, previous_hash, hash)
SELECT {values}, head.number + 1, head.hash, {hash}
FROM (
    SELECT * FROM (SELECT number, hash FROM patients_trailentry WHERE chain = %s ORDER BY number DESC LIMIT 1) stored
    UNION ALL SELECT 0, '' ORDER BY number DESC LIMIT 1
) head
RETURNING id, number, previous_hash, hash"""
WRITTEN = ("id", "number", "previous_hash", "hash")


def record_trail(action, *, by, patient=None, record=None, changes=None, note="", by_name=""):
    """Add one entry and return it; a change that changed nothing (`changes` is empty, not None) adds none.

    `record` is a model's row, or its name and key as two texts. `patient` is found from a row when it is not given.
    `by_name` is what a stranger typed as user name. Where the request came from is known by itself.
    """
    if changes is not None and not changes:
        return None
    return _append(_entry(action, by, patient, record, changes or {}, note, by_name))


@transaction.atomic
def record_created(records, *, by):
    """Tell of many new patients at once; each begins a chain, so there is nothing before it to look up."""
    entries = [_entry(TrailEntry.Action.CREATE, by, None, record, differences(None, record)) for record in records]
    for entry in entries:
        entry.number, entry.previous_hash = 1, ""
        entry.hash = hash_of(_content(entry), 1, "")
    TrailEntry.objects.bulk_create(entries, batch_size=500)


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
    )


def _named(record):
    if record is None or isinstance(record, tuple):
        return record or ("", "")
    return record._meta.model_name, str(record.pk)


def _bounded(name, text):
    return storable(text)[: TrailEntry._meta.get_field(name).max_length]


def _content(entry):
    return content_of(*(getattr(entry, name) for name in CONTENT))


def _append(entry):
    fields = [field for field in TrailEntry._meta.concrete_fields if field.name not in WRITTEN]
    sql = APPEND.format(
        columns=", ".join(field.column for field in fields),
        values=", ".join(["%s"] * len(fields)),
        hash=SHA256_SQL[connection.vendor].format("%s || (head.number + 1) || %s || head.hash"),
    )
    values = [field.get_db_prep_save(getattr(entry, field.attname), connection) for field in fields]
    values += [f"{_content(entry)}\n", "\n", entry.chain]
    if connection.vendor == "postgresql":
        sql, values = LOCK + sql, [TRAIL, (entry.patient_id or 0) % 2**31, *values]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        entry.pk, entry.number, entry.previous_hash, entry.hash = cursor.fetchone()
    entry._state.adding = False
    return entry
