"""The hash chain of the audit trail and how it is checked, and who accessed a patient's records."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count, Max, Min, Model, TextField
from django.db.models.functions import Cast, TruncDate

from patients.integrity.keys import is_known, keyed
from patients.integrity.paths import paths_to_patient
from patients.integrity.progress import counted
from patients.integrity.seal import ascii_canonical, plain, sha256_of, short_time
from patients.models import DestructionCertificate, Patient, TrailEntry
from patients.models.trail import NOBODY

# What the hash of an entry covers, in this order: see patients.integrity.seal.
CONTENT = (
    "at chain by_id by_name action patient_id record_type record_id page address request_id changes note"
).split()
SHORT = [name for name in CONTENT if name != "changes"]
# What an entry still has that lost its content, in this order. Its seal covers it.
LEFT = ["id", "certificate_id", "hash", "key_id", "number", "previous_hash", *CONTENT]
ROWS_AT_ONCE = 5000


@dataclass(frozen=True)
class BrokenLink:
    """An entry at which a chain is broken, and why."""

    chain: str
    number: int
    pk: int
    reason: str

    def __str__(self):
        return f"{self.chain}, entry {self.number} (id {self.pk}): {self.reason}"


def entry_content(at, *rest):
    """The values of CONTENT as one line of canonical JSON, the same on both engines."""
    return ascii_canonical([short_time(at), *rest])


def link_secret(content, key_id):
    """The part of an entry's hash that depends on its content: an HMAC, or the content itself before there were keys.

    The key itself never reaches the database, where the hash is computed together with the number.
    """
    return keyed(content, key_id) if key_id else content


def entry_hash(content, number, previous_hash, key_id=""):
    """SHA-256, in hexadecimal, of an entry's content with its key, its number and the hash of the previous entry."""
    return sha256_of(f"{link_secret(content, key_id)}\n{number}\n{previous_hash}")


def removed_seal(values, key_id):
    """The seal of an entry without its content, from the values of LEFT and the key of its certificate."""
    return keyed(ascii_canonical([plain(value) for value in values]), key_id)


def hash_of_entries(hashes):
    """One hash for the hashes of entries that lost their content, whatever their order."""
    return sha256_of("\n".join(sorted(hashes)))


def trail_keyed_since():
    """The time since which every entry has a key: when the migration that added keys ran on this database."""
    migrations = MigrationRecorder(connection).migration_qs
    return migrations.get(app="patients", name="0022_keyed_trail").applied


def broken_links():
    """Recompute every chain. Yield a BrokenLink for each entry that was changed, inserted, moved or follows a gap.

    Entries with a key that is not in the settings cannot be recomputed: yields the first one of each chain and key. Of
    an entry that lost its content with the record of a patient, the seal of what is left is recomputed instead.
    Reads the audit trail once, in the order of its index, and keeps one entry in memory. It cannot find that the last
    entries of a chain were removed: `patients.audit.heads` does.
    """
    rows = TrailEntry.objects.order_by("chain", "number")
    chain, expected, last, last_key, since = None, 1, "", "", trail_keyed_since()
    certified = dict(DestructionCertificate.objects.values_list("pk", "key_id"))
    # Most entries have no changes, so the changes are read as text and parsed only where there are any.
    changes_text = Cast("changes", TextField())
    own = ["chain", "pk", "number", "previous_hash", "hash", "key_id", "certificate", "seal", changes_text]
    wanted = rows.values_list(*own, *SHORT).iterator(chunk_size=ROWS_AT_ONCE)
    read = counted(wanted, "entries of the audit trail", rows.count)
    for entry_chain, pk, number, previous, stored, key_id, certificate, seal, changes, *content in read:
        content.insert(CONTENT.index("changes"), {} if changes == "{}" else json.loads(changes))
        if entry_chain != chain:
            chain, expected, last, last_key = entry_chain, 1, "", ""
        if number != expected:
            yield BrokenLink(chain, number, pk, "the entry before it is missing or was moved")
        elif previous != last:
            yield BrokenLink(chain, number, pk, "it does not match the hash of the entry before it")
        if certificate:
            left = [pk, certificate, stored, key_id, number, previous, *content]
            if not is_known(certified[certificate]):
                yield BrokenLink(chain, number, pk, "the settings lack the key of the certificate of its removal")
            elif seal != removed_seal(left, certified[certificate]):
                yield BrokenLink(chain, number, pk, "its content was removed, and not with the certificate it names")
        elif not key_id and (last_key or content[0] > since):
            yield BrokenLink(chain, number, pk, "it has no key, as only entries of earlier versions may")
        elif key_id and not is_known(key_id):
            if key_id != last_key:
                yield BrokenLink(chain, number, pk, f"the settings lack its key {key_id}, so it cannot be checked")
        elif stored != entry_hash(entry_content(*content), number, previous, key_id):
            yield BrokenLink(chain, number, pk, "its content was changed")
        expected, last, last_key = number + 1, stored, key_id


def entries_about(record):
    """The TrailEntries about a row, latest first. Of a Patient: those about all their records. Two queries at most."""
    if isinstance(record, Patient):
        return TrailEntry.objects.about(record).select_related("by").latest_first()
    of_patient = TrailEntry.objects.filter(patient=patient_id_of(record))
    mine = of_patient.filter(record_type=record._meta.model_name, record_id=str(record.pk))
    return mine.select_related("by").latest_first()


def length_of_trail():
    """(number of entries, highest id). Keep them elsewhere: a later, smaller result shows that entries were removed."""
    found = TrailEntry.objects.aggregate(entries=Count("*"), highest=Max("pk"))
    return found["entries"], found["highest"] or 0


def patient_id_of(record):
    """The key of the patient that a record belongs to; None for a record of no patient, such as a muscle or a user."""
    for path in paths_to_patient(record.__class__) if isinstance(record, Model) else ():
        last = record
        for name in path[:-1]:
            last = last and getattr(last, name)
        if key := getattr(last, path[-1], None):
            return key
    return None


def patients_of(model, keys):
    """The keys of all patients that the rows of a model with these keys belong to, as a set. One query at most."""
    paths = paths_to_patient(model)
    if paths == [("pk",)]:
        return set(keys)
    if not paths or not keys:
        return set()
    rows = model._base_manager.filter(pk__in=keys).values_list(*("__".join(path) for path in paths))
    return {key for row in rows for key in row if key}


@dataclass(frozen=True)
class DailyAccess:
    """What one person did with one patient's records on one day. `done` is a list of (action, how many times)."""

    day: date
    person: str
    first: datetime
    last: datetime
    done: list


def accesses_by_day(patient, *, since=None):
    """A list of DailyAccess to a patient's records, latest day first. One query."""
    entries = TrailEntry.objects.about(patient)
    if since:
        entries = entries.filter(at__gte=since)
    names = ("by", "by_name", "by__first_name", "by__last_name")
    rows = entries.values(*names, "action", day=TruncDate("at"))
    rows = rows.annotate(times=Count("*"), first=Min("at"), last=Max("at"))
    rows = rows.order_by("-day", "by_name", "by", "action")
    return [_daily_access(day, list(done)) for (day, *_), done in groupby(rows, itemgetter("day", "by", "by_name"))]


def _daily_access(day, rows):
    full_name = f"{rows[0]['by__first_name'] or ''} {rows[0]['by__last_name'] or ''}".strip()
    return DailyAccess(
        day=day,
        person=full_name or rows[0]["by_name"] or NOBODY,
        first=min(row["first"] for row in rows),
        last=max(row["last"] for row in rows),
        done=[(TrailEntry.Action(row["action"]).label, row["times"]) for row in rows],
    )
