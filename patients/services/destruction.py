"""What the destruction of a record does to the tables: delete rows, and take the person out of the audit trail.

`treatments.services.destruction` decides whether a record may be destroyed, and calls these in one transaction.
"""

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from patients.audit.chain import LEFT, hash_of_entries, removed_seal
from patients.audit.recording import LOCK, LOCK_SPACE
from patients.integrity.keys import current_key_id
from patients.integrity.portions import portions
from patients.models import ImportedRow, TrailEntry
from patients.registry import registry

KEYS_AT_ONCE = 500


def delete_rows(model, keys):
    """Delete the rows with these keys, and nothing that refers to them: the caller deletes that, too."""
    for some in portions(list(keys), KEYS_AT_ONCE):
        rows = model._base_manager.filter(pk__in=some)
        rows._raw_delete(rows.db)


def delete_rows_naming(model, keys):
    """Delete other rows that name rows of a model by their key, without a foreign key.

    These are the admin's own log, and which row of an imported file became which record.
    """
    kinds = [kind.key for kind in registry.import_kinds.values() if kind.model is model]
    for some in portions([str(key) for key in keys], KEYS_AT_ONCE):
        LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model), object_id__in=some).delete()
        if kinds:
            ImportedRow.objects.filter(file_import__kind__in=kinds, record_id__in=some).delete()


def remove_from_trail(patient_keys, certificate):
    """Remove the content of all entries about these patients, and set what the certificate says of them.

    An entry keeps when, who of the clinic, which action on which kind of record, and its hashes. An entry of somebody
    who was not signed in, who can be the patient, loses the name and the address as well. The caller has locked the
    patients, and saves the certificate in the same transaction, in which the database lets these rows be replaced.
    """
    _lock(patient_keys)
    entries = list(TrailEntry.objects.filter(patient__in=patient_keys).order_by("chain", "number"))
    certificate.trail_entries = len(entries)
    certificate.trail_hash = hash_of_entries([entry.hash for entry in entries])
    certificate.key_id = current_key_id()
    delete_rows(TrailEntry, [entry.pk for entry in entries])
    for entry in entries:
        entry.patient_id, entry.changes, entry.certificate_id = None, {}, certificate.pk
        entry.note = f"The content was removed with the record: certificate {certificate.number}."
        if entry.by_id is None:
            entry.by_name = entry.address = ""
        entry.seal = removed_seal([getattr(entry, name) for name in LEFT], certificate.key_id)
    TrailEntry.objects.bulk_create(entries, batch_size=KEYS_AT_ONCE)


def _lock(patient_keys):
    """Let nobody add an entry to the chains of these patients before the transaction ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for key in sorted(patient_keys):
                cursor.execute(LOCK, [LOCK_SPACE, key % 2**31])
