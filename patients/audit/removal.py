"""When a record is destroyed, its entries of the audit trail keep their place and their hash, and lose the person."""

from django.db import connection

from patients.audit.chain import LEFT, removed_seal
from patients.audit.recording import LOCK, LOCK_SPACE
from patients.integrity.keys import current_key_id
from patients.integrity.seal import sha256_of
from patients.models import TrailEntry

ROWS_AT_ONCE = 500


def hash_of_entries(hashes):
    """One hash for the hashes of entries, whatever their order."""
    return sha256_of("\n".join(sorted(hashes)))


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
    TrailEntry.objects.filter(pk__in=[entry.pk for entry in entries])._raw_delete(TrailEntry.objects.db)
    for entry in entries:
        entry.patient_id, entry.changes, entry.certificate_id = None, {}, certificate.pk
        entry.note = f"The content was removed with the record: certificate {certificate.number}."
        if entry.by_id is None:
            entry.by_name = entry.address = ""
        entry.seal = removed_seal([getattr(entry, name) for name in LEFT], certificate.key_id)
    TrailEntry.objects.bulk_create(entries, batch_size=ROWS_AT_ONCE)


def _lock(patient_keys):
    """Let nobody add an entry to the chains of these patients before the transaction ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for key in sorted(patient_keys):
                cursor.execute(LOCK, [LOCK_SPACE, key % 2**31])
