"""The database refuses overlapping visits, however they are written."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction

from clinic.models import Appointment
from patients.integrity.no_overlap import NoOverlap
from tests.clinic.builders import at, book, make_room, make_type

pytestmark = pytest.mark.both_engines

KINDS = ["practitioner", "room", "patient"]


@pytest.fixture
def taken(patient, physiotherapist, room, front_desk):
    """A visit from 10:00 to 10:30."""
    return book(patient, physiotherapist, "10:00", by=front_desk, room=room)


@pytest.fixture
def rows(taken, other_patient, other_physiotherapist):
    """A function that makes an unsaved visit which shares only one of practitioner, room and patient with `taken`."""

    def row(*, same, clock="10:15", minutes=30, **fields):
        free = {
            "practitioner": other_physiotherapist.practitioner,
            "room": make_room("Room 2"),
            "patient": other_patient,
        }
        values = free | {kind: getattr(taken, kind) for kind in KINDS if kind == same} | fields
        starts_at = at(clock)
        return Appointment(
            type=make_type(), starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes), **values
        )

    return row


def refused(write):
    """Expect the database to refuse a write because of this constraint."""
    with pytest.raises(IntegrityError, match="appointment_no_overlap_of"), transaction.atomic():
        write()


def insert(row):
    """Insert with plain SQL, with the values that the ORM would store."""
    fields = [field for field in Appointment._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    marks = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO clinic_appointment ({columns}) VALUES ({marks})", values)


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize("same", KINDS)
@pytest.mark.parametrize("write", [lambda row: row.save(), lambda row: Appointment.objects.bulk_create([row]), insert])
@pytest.mark.parametrize(
    ("clock", "minutes"), [("10:15", 30), ("09:45", 30), ("10:10", 10), ("09:00", 240), ("10:00", 30)]
)
def test_an_overlapping_row_is_refused(rows, same, write, clock, minutes):
    row = rows(same=same, clock=clock, minutes=minutes)

    refused(lambda: write(row))

    assert Appointment.objects.count() == 1


@pytest.mark.parametrize("same", KINDS)
@pytest.mark.parametrize("clock", ["09:30", "10:30"])
def test_adjacent_visits_are_allowed(rows, same, clock):
    insert(rows(same=same, clock=clock))

    assert Appointment.objects.count() == 2


@pytest.mark.parametrize("status", ["cancelled", "no_show"])
@pytest.mark.parametrize("same", KINDS)
def test_a_cancelled_or_missed_visit_does_not_clash(rows, same, status):
    row = rows(same=same, status=status)

    insert(row)

    assert Appointment.objects.count() == 2


@pytest.mark.parametrize("same", KINDS)
def test_moving_onto_another_visit_with_update_is_refused(rows, same):
    rows(same=same, clock="12:00").save()
    later = Appointment.objects.filter(starts_at=at("12:00"))

    refused(lambda: later.update(starts_at=at("10:15"), ends_at=at("10:45")))
    refused(lambda: later.update(starts_at=at("10:29")))


@pytest.mark.parametrize("same", KINDS)
@pytest.mark.parametrize("status", ["cancelled", "no_show"])
def test_reactivating_a_clashing_visit_with_update_is_refused(rows, same, status):
    rows(same=same, status=status).save()

    refused(lambda: Appointment.objects.filter(status=status).update(status="booked"))


@pytest.mark.parametrize("same", KINDS)
def test_reactivating_a_clashing_visit_in_sql_is_refused(rows, same):
    rows(same=same, status="cancelled").save()

    refused(lambda: sql("UPDATE clinic_appointment SET status = 'arrived' WHERE status = 'cancelled'"))


@pytest.mark.parametrize("same", KINDS)
def test_moving_onto_another_visit_in_sql_is_refused(rows, taken, same):
    row = rows(same=None)
    row.save()
    column = f"{same}_id"

    refused(lambda: sql(f"UPDATE clinic_appointment SET {column} = %s WHERE id = %s", getattr(taken, column), row.pk))


def test_clashing_rows_of_one_bulk_create_are_refused(rows):
    first, second = rows(same=None, clock="13:00"), rows(same=None, clock="13:15")

    refused(lambda: Appointment.objects.bulk_create([first, second]))


def test_a_visit_may_be_saved_again_and_move_within_its_own_time(taken):
    taken.save()
    Appointment.objects.filter(pk=taken.pk).update(starts_at=at("10:10"))
    Appointment.objects.bulk_create(
        [taken], update_conflicts=True, unique_fields=["id"], update_fields=["starts_at", "note"]
    )

    assert Appointment.objects.get().starts_at == at("10:00")


def test_visits_without_a_room_do_not_clash_over_it(rows):
    rows(same=None, room=None).save()
    another = rows(same=None, room=None)
    another.practitioner, another.patient = Appointment.objects.first().practitioner, another.patient
    another.starts_at, another.ends_at = at("14:00"), at("14:30")

    another.save()

    assert Appointment.objects.filter(room=None).count() == 2


def test_a_deliberate_overlap_is_allowed_with_reason_and_name(rows, front_desk):
    rows(same="practitioner", overlap_reason="Twins, treated together", overlap_by=front_desk).save()

    assert Appointment.objects.count() == 2


@pytest.mark.parametrize("fields", [{"overlap_reason": "Twins"}, {"overlap_by": True}])
def test_a_reason_and_a_name_come_together(rows, front_desk, fields):
    row = rows(same="practitioner", **fields | ({"overlap_by": front_desk} if "overlap_by" in fields else {}))

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_dropping_the_reason_of_an_overlap_is_refused(rows, front_desk):
    rows(same="practitioner", overlap_reason="Twins", overlap_by=front_desk).save()

    refused(lambda: Appointment.objects.exclude(overlap_reason="").update(overlap_reason="", overlap_by=None))


@pytest.mark.parametrize(
    ("same", "sentence"),
    [
        ("practitioner", "This physiotherapist is already booked 10:00 to 10:30."),
        ("room", "This room is already taken 10:00 to 10:30."),
        ("patient", "This patient already has a visit 10:00 to 10:30."),
    ],
)
def test_a_form_names_the_clashing_visit(rows, same, sentence):
    with pytest.raises(ValidationError) as refusal:
        rows(same=same).full_clean()

    assert refusal.value.messages == [sentence]


def test_a_form_allows_what_the_database_allows(rows, taken):
    rows(same="practitioner", clock="10:30").full_clean()
    rows(same="practitioner", status="cancelled").full_clean()
    taken.full_clean()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL compares times, not text")
@pytest.mark.parametrize(
    "text", ["2026-01-05T10:15:00", "2026-01-05 10:15:00+01:00", "2026-01-05 10:15:00Z", "1767607200"]
)
def test_a_time_that_is_not_written_as_django_writes_it_is_refused(taken, text):
    with pytest.raises(IntegrityError, match="no_overlap|within_a_day"), transaction.atomic():
        sql("UPDATE clinic_appointment SET starts_at = %s", text)


def test_migrations_contain_the_constraints(db):
    call_command("makemigrations", "clinic", check_changes=True, dry_run=True, verbosity=0)


def test_a_constraint_can_be_deconstructed_and_rebuilt():
    for constraint in Appointment._meta.constraints:
        path, args, kwargs = constraint.deconstruct()

        assert type(constraint)(*args, **kwargs) == constraint
    assert sum(isinstance(constraint, NoOverlap) for constraint in Appointment._meta.constraints) == 3


@pytest.fixture
def migrated(transactional_db):
    """Alter the table as a later migration would, then restore it."""
    old = Appointment._meta.get_field("note")
    new = models.CharField(max_length=500, blank=True)
    new.set_attributes_from_name("note")
    new.model = Appointment
    with connection.schema_editor() as editor:
        editor.alter_field(Appointment, old, new)
    yield
    with connection.schema_editor() as editor:
        editor.alter_field(Appointment, new, old)


def test_the_constraint_survives_a_migration_that_alters_the_table(migrated, rows):
    refused(lambda: insert(rows(same="practitioner")))
    refused(lambda: insert(rows(same="room")))
    refused(lambda: insert(rows(same="patient")))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its constraint in the table")
def test_migrate_restores_lost_triggers(transactional_db, rows):
    for same in KINDS:
        sql(f"DROP TRIGGER appointment_no_overlap_of_{same}_insert")

    call_command("migrate", verbosity=0)

    refused(lambda: insert(rows(same="practitioner")))


def test_the_constraint_can_be_removed_and_added_again(transactional_db, rows):
    constraint = next(c for c in Appointment._meta.constraints if getattr(c, "same", "") == "practitioner")
    others = [c for c in Appointment._meta.constraints if c is not constraint]
    with_all, Appointment._meta.constraints = Appointment._meta.constraints, others
    try:
        with connection.schema_editor() as editor:
            editor.remove_constraint(Appointment, constraint)
        row = rows(same="practitioner")
        insert(row)
        Appointment.objects.filter(practitioner=row.practitioner_id, patient=row.patient_id).delete()
    finally:
        Appointment._meta.constraints = with_all
        with connection.schema_editor() as editor:
            editor.add_constraint(Appointment, constraint)

    refused(lambda: insert(rows(same="practitioner")))
