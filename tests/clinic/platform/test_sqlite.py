"""Migrations on SQLite keep every trigger, whether they succeed or fail. SQLite knows how large its tables are."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, migrations, models, transaction
from django.db.migrations.executor import MigrationExecutor

from patients.integrity.trigger_constraints import faulty_triggers
from tests.patients.builders import agree, make_form
from tests.treatments.builders import make_signed

pytestmark = [
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL changes a table in place"),
    pytest.mark.django_db(transaction=True),
]


def ask(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def triggers():
    return dict(ask("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))


def schema_version():
    """A number that SQLite increases with every change of a table, an index or a trigger."""
    return ask("PRAGMA schema_version")


def refused(sql, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ask(sql)


@pytest.fixture(scope="module")
def now():
    return MigrationExecutor(None).loader.project_state()


@pytest.fixture
def migrated(now):
    """Run a migration operation in its own transaction. Return a function that reverses it."""

    def migrate(app, operation, during=lambda: None):
        later = now.clone()
        operation.state_forwards(app, later)
        with connection.schema_editor() as editor:
            operation.database_forwards(app, editor, now, later)
            during()

        def take_back():
            with connection.schema_editor() as editor:
                operation.database_backwards(app, editor, later, now)

        return take_back

    return migrate


@pytest.fixture
def signed(patient, physiotherapist):
    return make_signed(patient, by=physiotherapist)


LONGER_NOTE = migrations.AlterField("treatmentsession", "note", models.CharField(max_length=9000, blank=True))
CHANGE_A_ROW = "UPDATE treatments_needling SET depth_mm = 5"
CHANGE_THE_SESSION = "UPDATE treatments_treatmentsession SET note = 'Changed'"


def test_triggers_work_during_and_after_a_change_of_the_table(signed, migrated):
    def is_guarded():
        refused(CHANGE_A_ROW, "needling_frozen_with_session")
        refused(CHANGE_THE_SESSION, "session_frozen")

    before = triggers()

    take_back = migrated("treatments", LONGER_NOTE, during=is_guarded)

    is_guarded()
    take_back()
    is_guarded()
    assert triggers().keys() == before.keys()
    assert ask("SELECT name FROM sqlite_master WHERE instr(sql, 'new__')") == []


def test_a_failed_migration_keeps_every_trigger(signed, migrated, monkeypatch):
    def fails(*args, **kwargs):
        migrated("treatments", LONGER_NOTE, during=drop_all_and_fail)

    def drop_all_and_fail():
        for name in triggers():
            ask(f"DROP TRIGGER {name}")
        assert faulty_triggers(connection)
        raise RuntimeError

    before = triggers()
    monkeypatch.setattr(MigrationExecutor, "migrate", fails)

    with pytest.raises(RuntimeError):
        call_command("migrate", verbosity=0)

    assert triggers() == before
    assert faulty_triggers(connection) == []
    refused(CHANGE_A_ROW, "needling_frozen_with_session")


def test_a_new_column_is_immutable_too_and_can_be_removed(patient, physiotherapist, migrated):
    make_form()
    consent = agree(patient, by=physiotherapist)
    extra = migrations.AddField("consent", "extra", models.CharField(max_length=10, null=True))  # noqa: DJ001

    take_back = migrated("patients", extra)

    refused("UPDATE patients_consent SET extra = 'x'", "consent_frozen")
    take_back()
    refused("UPDATE patients_consent SET training = 'x'", "consent_frozen")
    consent.refresh_from_db()
    assert faulty_triggers(connection) == []


def test_a_renamed_table_keeps_its_triggers(signed, migrated):
    before = triggers()

    take_back = migrated("treatments", migrations.RenameModel("Needling", "NeedleRow"))

    refused("UPDATE treatments_needlerow SET depth_mm = 5", "needling_frozen_with_session")
    take_back()
    refused(CHANGE_A_ROW, "needling_frozen_with_session")
    assert triggers().keys() == before.keys()
    assert ask("SELECT name FROM sqlite_master WHERE instr(sql, 'needlerow')") == []


def test_removing_a_constraint_removes_its_triggers(signed, migrated):
    take_back = migrated("treatments", migrations.RemoveConstraint("treatmentsession", "session_frozen"))

    ask(CHANGE_THE_SESSION)
    assert faulty_triggers(connection) == ["session_frozen_delete", "session_frozen_update"]
    take_back()
    refused(CHANGE_THE_SESSION.replace("Changed", "Again"), "session_frozen")


def test_nothing_is_touched_when_there_is_nothing_to_migrate():
    call_command("migrate", verbosity=0)
    before = schema_version()

    call_command("migrate", verbosity=0)

    assert schema_version() == before


@pytest.mark.parametrize(
    "instead", ["", "CREATE TRIGGER session_frozen_update BEFORE UPDATE ON auth_user BEGIN SELECT 1; END"]
)
def test_migrate_repairs_a_trigger_that_was_dropped_or_changed(signed, instead):
    ask("DROP TRIGGER session_frozen_update")
    ask(instead)

    call_command("migrate", verbosity=0)

    refused(CHANGE_THE_SESSION, "session_frozen")


def test_housekeeping_tells_sqlite_how_many_rows_a_table_has(patient):
    call_command("housekeeping", verbosity=0)

    assert {stat.split()[0] for (stat,) in ask("SELECT stat FROM sqlite_stat1 WHERE tbl = 'patients_patient'")} == {"1"}
