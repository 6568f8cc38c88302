"""The content of audit entries, the checks of the hash chain, and what the database refuses."""

from datetime import datetime, timedelta, timezone

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, IntegrityError, connection, transaction

from patients.audit.chain import broken_links, entry_content, entry_hash, length_of_trail, patient_id_of
from patients.audit.recording import add_audit_entry
from patients.integrity.immutability import Immutable
from patients.models import TrailEntry
from patients.services import update_patient
from tests.clinic.services.test_concurrent_booking import at_once
from tests.database.guards import unguarded

pytestmark = pytest.mark.both_engines

Action = TrailEntry.Action
TABLE = TrailEntry._meta.db_table


def read(patient, user, times=1):
    return [add_audit_entry(Action.READ, by=user, record=patient) for _ in range(times)]


def chain_of_patient(patient):
    return list(TrailEntry.objects.filter(patient=patient).order_by("number"))


# What is written --------------------------------------------------------------


def test_an_entry_follows_the_one_before_it_in_its_chain(patient, front_desk):
    first, second = read(patient, front_desk, times=2)
    elsewhere = add_audit_entry(Action.LOGIN, by=front_desk)

    assert second.number == first.number + 1
    assert second.previous_hash == first.hash
    assert first.chain == second.chain == f"patient-{patient.pk}"
    assert elsewhere.chain == "clinic"
    assert list(broken_links()) == []


@pytest.mark.parametrize(
    ("microsecond", "hash"),
    [
        (0, "b03b94ef9adc1b11a5f53fdba8cea917441375d6649b7567234f95e0c17de05c"),
        (120_000, "48f3703492d971bb4f6aaa2b1c185c7a176f5845a489c585e3d2400bfbf9c1d6"),
    ],
)
def test_hashes_of_the_released_version_are_unchanged(microsecond, hash):
    """Hashes computed by the version of 28 November 2026."""
    content = entry_content(
        datetime(2026, 11, 25, 9, 30, 0, microsecond, tzinfo=timezone(timedelta(hours=1))),
        "patient-3",
        5,
        "m.solberg",
        "change",
        3,
        "patient",
        "3",
        "patient_edit",
        "192.0.2.7",
        "ab12",
        {"phone": ["", "020"], "given_name": ["Zoe", "Zoë “Z”"]},
        "Why – so",
    )

    assert entry_hash(content, 2, "a" * 64) == hash


def test_an_entry_is_returned_as_it_is_stored(patient, front_desk):
    entry = add_audit_entry(Action.CHANGE, by=front_desk, record=patient, changes={"phone": ["", "020"]}, note="Why")

    stored = TrailEntry.objects.get(pk=entry.pk)
    fields = [field.attname for field in TrailEntry._meta.concrete_fields]
    assert {name: getattr(entry, name) for name in fields} == {name: getattr(stored, name) for name in fields}
    assert (stored.record_type, stored.record_id, stored.patient) == ("patient", str(patient.pk), patient)
    assert (stored.by, stored.by_name) == (front_desk, "j.whelan")


def test_an_entry_needs_one_query(patient, front_desk, django_assert_num_queries):
    with django_assert_num_queries(1):
        read(patient, front_desk)


@pytest.mark.parametrize("nobody", [None, AnonymousUser()])
def test_an_entry_without_a_user(patient, nobody):
    entry = add_audit_entry(Action.REFUSED, by=nobody, patient=patient, by_name="typed")

    assert (entry.by_id, entry.by_name) == (None, "typed")
    assert list(broken_links()) == []


def test_a_change_of_nothing_adds_no_entry(patient, front_desk):
    before = TrailEntry.objects.count()

    assert add_audit_entry(Action.CHANGE, by=front_desk, record=patient, changes={}) is None
    assert TrailEntry.objects.count() == before


def test_hostile_text_is_cut_and_stored(patient, front_desk):
    text = "\x00\ud800" + "é" * 10_000
    entry = add_audit_entry(
        Action.FAILED_LOGIN, by=None, by_name=text, record=(text, text), patient=patient, note=text,
    )  # fmt: skip

    stored = TrailEntry.objects.get(pk=entry.pk)
    assert [len(t) for t in (stored.by_name, stored.record_type, stored.record_id, stored.note)] == [150, 60, 64, 300]
    assert stored.note.startswith("\ufffd?é")
    assert list(broken_links()) == []


def test_the_patient_of_a_row_is_found(patient, front_desk):
    assert patient_id_of(patient) == patient.pk
    assert patient_id_of(front_desk) is None
    assert patient_id_of(None) is None


def test_the_length_grows_with_each_entry(patient, front_desk):
    entries, highest = length_of_trail()

    entry = read(patient, front_desk)[0]

    assert length_of_trail() == (entries + 1, entry.pk)
    assert highest < entry.pk


# The database refuses -----------------------------------------------------------


def raw(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


REFUSED = {
    "save": lambda entry: entry.save(),
    "update": lambda entry: TrailEntry.objects.filter(pk=entry.pk).update(note="x"),
    "bulk_update": lambda entry: TrailEntry.objects.bulk_update([entry], ["note"]),
    "upsert": lambda entry: TrailEntry.objects.bulk_create(
        [entry], update_conflicts=True, unique_fields=["id"], update_fields=["note"]
    ),
    "delete": lambda entry: entry.delete(),
    "delete many": lambda entry: TrailEntry.objects.all().delete(),
    "raw delete": lambda entry: TrailEntry.objects.all()._raw_delete("default"),
    "SQL update": lambda entry: raw(f"UPDATE {TABLE} SET note = 'x'"),
    "SQL delete": lambda entry: raw(f"DELETE FROM {TABLE}"),
    "a second with its number": lambda entry: TrailEntry.objects.create(
        chain=entry.chain, number=entry.number, previous_hash="0" * 64, hash="0" * 64, action="read"
    ),
    "one that follows nothing": lambda entry: TrailEntry.objects.create(
        chain=entry.chain, number=99, hash="0" * 64, action="read"
    ),
}


@pytest.mark.parametrize("way", list(REFUSED))
def test_the_database_refuses(patient, front_desk, way):
    entry = read(patient, front_desk, times=2)[1]
    entry.note = "something else"

    with pytest.raises(IntegrityError), transaction.atomic():
        REFUSED[way](entry)

    assert TrailEntry.objects.get(pk=entry.pk).note == ""
    assert list(broken_links()) == []


def test_the_table_is_immutable_by_its_declaration():
    assert [c for c in TrailEntry._meta.constraints if isinstance(c, Immutable) and not c.when and not c.allow]


# Tampering is found ----------------------------------------------------------------


@pytest.fixture
def run_without_triggers():
    """Run SQL without the triggers, as the owner of the database could: the chain must still show the change."""

    def do(sql):
        with unguarded():
            raw(sql)

    return do


TAMPERED = {
    "one letter": ("UPDATE {t} SET note = 'b' WHERE id = {second}", [2]),
    "who": ("UPDATE {t} SET by_id = NULL WHERE id = {second}", [2]),
    "when": ("UPDATE {t} SET at = '2020-01-01 00:00:00' WHERE id = {second}", [2]),
    "what changed": ('UPDATE {t} SET changes = \'{{"phone": ["", "1"]}}\' WHERE id = {second}', [2]),
    "its hash": ("UPDATE {t} SET hash = '%s' WHERE id = {second}" % ("0" * 64), [2, 3]),
    "one taken out": ("DELETE FROM {t} WHERE id = {second}", [3]),
    "the first taken out": ("DELETE FROM {t} WHERE id = {first}", [2]),
    "one moved to another chain": (
        "UPDATE {t} SET chain = 'patient-0', number = 1, previous_hash = '' WHERE id = {second}",
        [1, 3],
    ),
    "two exchanged": (
        "UPDATE {t} SET number = number + 10 WHERE id IN ({second}, {third});"
        " UPDATE {t} SET number = 2 WHERE id = {third}; UPDATE {t} SET number = 3 WHERE id = {second}",
        [2, 2, 3, 3],
    ),
}


@pytest.mark.parametrize("how", list(TAMPERED))
def test_an_entry_that_was_tampered_with_is_found(patient, other_chain, front_desk, run_without_triggers, how):
    first, second, third = chain_of_patient(patient)[:3]
    sql, numbers = TAMPERED[how]

    for statement in sql.format(t=TABLE, first=first.pk, second=second.pk, third=third.pk).split(";"):
        run_without_triggers(statement)

    found = list(broken_links())
    assert sorted(broken.number for broken in found) == numbers
    assert str(found[-1]).startswith(found[-1].chain)
    assert {broken.chain for broken in found} <= {f"patient-{patient.pk}", "patient-0"}


@pytest.fixture
def other_chain(patient, front_desk):
    """Three entries of the patient and two of the clinic."""
    read(patient, front_desk, times=2)
    for action in (Action.LOGIN, Action.LOGOUT):
        add_audit_entry(action, by=front_desk)


# Many at once ---------------------------------------------------------------------


def test_concurrent_writers_never_fork_a_chain(transactional_db, patient, front_desk):
    def job():
        return [len(read(patient, front_desk, times=5)) for _ in range(2)]

    results = at_once(*[job] * 8)

    assert results == [[5, 5]] * 8
    assert [entry.number for entry in chain_of_patient(patient)] == list(range(1, 82))
    assert list(broken_links()) == []


def test_two_first_entries_at_once_make_one_chain(transactional_db, front_desk):
    results = at_once(*[lambda: add_audit_entry(Action.LOGIN, by=front_desk)] * 8)

    assert sorted(entry.number for entry in results) == list(range(1, 9))
    assert list(broken_links()) == []


def test_readers_and_a_writer_of_one_record_do_not_deadlock(transactional_db, patient, front_desk):
    def change(number):
        def job():
            for turn in range(5):
                with transaction.atomic():
                    update_patient(type(patient)(pk=patient.pk, **stored()), by=front_desk, phone=f"020 {number}{turn}")
            return "changed"

        return job

    def stored():
        row = type(patient).objects.get(pk=patient.pk)
        return {"phone": row.phone}

    def reading():
        read(patient, front_desk, times=10)
        return "read"

    results = at_once(change(1), *[reading] * 6)

    assert results == ["changed"] + ["read"] * 6
    assert list(broken_links()) == []


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time")
def test_two_people_reading_two_charts_do_not_wait(transactional_db, patient, front_desk):
    from tests import people

    other = people.make_patient(by=front_desk, given_name="Tomasz", family_name="Wilk")

    def job():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        return read(other, front_desk)[0].number

    with transaction.atomic():
        read(patient, front_desk)
        (result,) = at_once(job)

    assert result == 2


# All or nothing ---------------------------------------------------------------------


def test_a_change_is_rolled_back_if_the_audit_trail_cannot_be_written(transactional_db, patient, front_desk):
    raw(f"ALTER TABLE {TABLE} RENAME TO away")
    try:
        with pytest.raises(DatabaseError):
            update_patient(patient, by=front_desk, phone="020 7946 0123")
    finally:
        raw(f"ALTER TABLE away RENAME TO {TABLE}")

    patient.refresh_from_db()
    assert patient.phone == ""


def test_an_entry_is_rolled_back_with_its_change(patient, front_desk):
    before = length_of_trail()

    with pytest.raises(RuntimeError), transaction.atomic():
        update_patient(patient, by=front_desk, phone="020 7946 0123")
        raise RuntimeError

    assert length_of_trail()[0] == before[0]
