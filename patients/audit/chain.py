"""What the audit trail proves: the hash that ties each entry to the one before it, and who looked at whom."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import groupby
from operator import itemgetter

from django.db.models import Count, Max, Min, Model, TextField
from django.db.models.functions import Cast, TruncDate

from patients.integrity.seal import ascii_canonical, sha256_of, short_time
from patients.models import Patient, TrailEntry

# What the hash of an entry covers, in this order: see patients.integrity.seal.
CONTENT = (
    "at chain by_id by_name action patient_id record_type record_id page address request_id changes note"
).split()
SHORT = [name for name in CONTENT if name != "changes"]
ROWS_AT_ONCE = 5000
NOBODY = "Nobody signed in"


@dataclass(frozen=True)
class BrokenLink:
    """Where a chain does not hold, and why."""

    chain: str
    number: int
    pk: int
    reason: str

    def __str__(self):
        return f"{self.chain}, entry {self.number} (id {self.pk}): {self.reason}"


def content_of(at, *rest):
    """The values of CONTENT as one line of canonical JSON, the same whichever database they come from."""
    return ascii_canonical([short_time(at), *rest])


def hash_of(content, number, previous_hash):
    """SHA-256, hexadecimal, of an entry's content at its place behind the entry before it."""
    return sha256_of(f"{content}\n{number}\n{previous_hash}")


def broken_links():
    """Recompute every chain and yield a BrokenLink wherever something was changed, taken out, put in or reordered.

    Reads the trail once, in the order of its index, and keeps one entry in memory. The last entries of a chain can
    be cut off without a break behind them: compare `length_of_trail` with what was noted earlier.
    """
    rows = TrailEntry.objects.order_by("chain", "number")
    chain, expected, last = None, 1, ""
    # Most entries changed nothing, so what they hold of changes is read as text and seldom taken apart.
    told = Cast("changes", TextField())
    wanted = rows.values_list("chain", "pk", "number", "previous_hash", "hash", told, *SHORT)
    for of, pk, number, previous, stored, changes, *content in wanted.iterator(chunk_size=ROWS_AT_ONCE):
        content.insert(CONTENT.index("changes"), {} if changes == "{}" else json.loads(changes))
        if of != chain:
            chain, expected, last = of, 1, ""
        if number != expected:
            yield BrokenLink(chain, number, pk, "an entry before it is missing or was moved")
        elif previous != last:
            yield BrokenLink(chain, number, pk, "it does not follow the entry before it")
        if stored != hash_of(content_of(*content), number, previous):
            yield BrokenLink(chain, number, pk, "its content is not what was written")
        expected, last = number + 1, stored


def length_of_trail():
    """(number of entries, highest id): what to note somewhere else, so that a trail cut short is noticed."""
    found = TrailEntry.objects.aggregate(entries=Count("*"), highest=Max("pk"))
    return found["entries"], found["highest"] or 0


def patient_id_of(record):
    """The key of the patient that a record belongs to, or None: a muscle or a user belongs to nobody."""
    path = isinstance(record, Model) and _path_to_patient(record.__class__)
    if not path:
        return None
    for name in path[:-1]:
        record = record and getattr(record, name)
    return getattr(record, path[-1], None)


@cache
def _path_to_patient(model):
    """The attributes that lead from a model to a patient's key: ("session", "patient_id"). The shortest way."""
    if model._meta.concrete_model is Patient:
        return ("pk",)
    ways = [((), model)]
    for names, at in ways:
        links = [f for f in at._meta.concrete_fields if f.many_to_one or f.one_to_one]
        for link in links:
            if link.related_model is Patient:
                return (*names, link.attname)
        ways += [((*names, f.name), f.related_model) for f in links if f.related_model is not at and len(names) < 3]
    return None


@dataclass(frozen=True)
class Look:
    """What one person did with one patient's records on one day: `done` is a list of (action, how many times)."""

    day: date
    person: str
    first: datetime
    last: datetime
    done: list


def who_looked(patient, *, since=None):
    """Everybody who saw or wrote a patient's records, as a list of Look, latest day first. One query."""
    entries = TrailEntry.objects.about(patient)
    if since:
        entries = entries.filter(at__gte=since)
    names = ("by", "by_name", "by__first_name", "by__last_name")
    rows = entries.values(*names, "action", day=TruncDate("at"))
    rows = rows.annotate(times=Count("*"), first=Min("at"), last=Max("at"))
    rows = rows.order_by("-day", "by_name", "by", "action")
    return [_look(day, list(done)) for (day, *_), done in groupby(rows, itemgetter("day", "by", "by_name"))]


def _look(day, rows):
    full_name = f"{rows[0]['by__first_name'] or ''} {rows[0]['by__last_name'] or ''}".strip()
    return Look(
        day=day,
        person=full_name or rows[0]["by_name"] or NOBODY,
        first=min(row["first"] for row in rows),
        last=max(row["last"] for row in rows),
        done=[(TrailEntry.Action(row["action"]).label, row["times"]) for row in rows],
    )
