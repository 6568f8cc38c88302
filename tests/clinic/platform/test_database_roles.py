"""The web application works as a role that can neither change tables nor what must never change."""

import os

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from clinic.platform.database_roles import dangers, rights
from patients.models import DestructionCertificate, TrailEntry
from tests.clinic_fixture import make_clinic_fixture
from tests.test_audit_is_complete import Stage
from treatments.services import accept_destruction

pytestmark = [pytest.mark.both_engines, pytest.mark.django_db]

ROLE = f"filiform_app_{os.getpid()}"
TRAIL = TrailEntry._meta.db_table


@pytest.fixture
def as_app(db, monkeypatch):
    """The connection of the test has the rights of the application."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no roles.")
    monkeypatch.setenv("APP_ROLE_PASSWORD", "only for this test")
    call_command("database_role", ROLE, "--create", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {ROLE}")
        yield
        cursor.execute("RESET ROLE")


def test_the_application_does_all_its_work_with_these_rights(as_app, client):
    made = make_clinic_fixture()

    client.force_login(made.physiotherapist)
    assert client.get(made.patient.get_absolute_url()).status_code == 200
    call_command("rebuild_summaries")
    call_command("verify_records")


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {TRAIL} SET action = 'view'",
        f"DELETE FROM {TRAIL}",
        f"TRUNCATE {TRAIL} CASCADE",
        f"ALTER TABLE {TRAIL} DISABLE TRIGGER ALL",
        f"DROP TRIGGER trail_only_grows ON {TRAIL}",
        "CREATE OR REPLACE FUNCTION trail_only_grows() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TABLE another (id int)",
        # The triggers would read it instead of the real table.
        "CREATE TEMPORARY TABLE treatments_treatmentsession (id uuid)",
        "SET session_replication_role = replica",
        "DELETE FROM django_migrations",
        "DELETE FROM patients_errormark",
        "UPDATE patients_destruction SET certificate_id = NULL",
        "DELETE FROM patients_destructioncertificate",
    ],
)
def test_what_protects_the_records_is_out_of_its_reach(as_app, statement):
    with pytest.raises(ProgrammingError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert refused.value.__cause__.pgcode == "42501"  # insufficient privilege


def test_rows_that_never_change_can_still_be_locked(as_app):
    immutable = {m for m in apps.get_models() if "UPDATE" not in rights(m)} - {TrailEntry}

    assert immutable
    for model in immutable:
        list(model._base_manager.select_for_update(of=["self"]))


def test_the_application_asks_for_a_destruction_and_only_the_owner_carries_it_out(as_app):
    stage = Stage(make_clinic_fixture())
    accepted = accept_destruction(stage.destruction(), by=stage.admin, proof="PIN")
    number = accepted.record_number

    with pytest.raises(CommandError, match="Run this as the owner of the tables"):
        call_command("destroy_record", number, confirm=number)
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    call_command("destroy_record", number, confirm=number)

    assert DestructionCertificate.objects.get().record_number == number


def test_rights_that_are_too_wide_are_named(as_app):
    assert dangers() == []
    call_command("database_role", "--check")

    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"GRANT DELETE ON {TRAIL} TO {ROLE}")
        cursor.execute(f"SET ROLE {ROLE}")

    assert len(dangers()) == 1
    with pytest.raises(CommandError):
        call_command("database_role", "--check")


def test_an_owner_is_named():
    if connection.vendor == "postgresql":
        assert len(dangers()) >= 3
    else:
        assert dangers() == []
        with pytest.raises(CommandError):
            call_command("database_role", "anybody")
