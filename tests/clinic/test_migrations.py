"""Migrations can be reversed. Reminders of an earlier version become messages, and only reminders are sent at first."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tests.test_arrows import ROOT

pytestmark = pytest.mark.both_engines

# In a process of its own, because it goes back to the tables of an earlier version.
SCRIPT = """
import django
django.setup()
from datetime import date, timedelta
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

executor = MigrationExecutor(connection)
old = executor.migrate([("clinic", "0011_visits_that_cannot_take_place"), ("patients", "0012_entered_in_error")]).apps
now = timezone.now()
new = lambda model, **fields: old.get_model(model).objects.create(**fields)
patient = new(
    "patients.Patient", record_number="P1", given_name="Ruth", family_name="Adeyemi", born_on=date(1979, 3, 14),
    reminder_channel="sms",
)
practitioner = new(
    "clinic.Practitioner", user=new("auth.User", username="m"), site=new("clinic.Site", name="Harbour Lane")
)
kind = new("clinic.AppointmentType", name="Follow-up", minutes=30)
visit = new(
    "clinic.Appointment", patient=patient, practitioner=practitioner, type=kind, starts_at=now,
    ends_at=now + timedelta(minutes=30),
)
for number, status in enumerate(["sent", "pending"], start=1):
    new(
        "clinic.Reminder", appointment=visit, starts_at=now, number=number, channel="sms", status=status, attempts=1,
        error="" if number == 1 else "The gateway answered 503.",
    )

executor = MigrationExecutor(connection)
executor.migrate(executor.loader.graph.leaf_nodes())
from clinic.models import Message, ClinicSettings
from patients.models import Patient
print(list(Message.objects.order_by("number").values_list("kind", "status", "attempts", "error", "due_at")))
settings = ClinicSettings.current()
print(settings.sends_reminders, settings.sends_changes, settings.new_patients)
patient = Patient.objects.get()
print(patient.reminder_channel, patient.wants_reminders, patient.wants_confirmations)
"""


@pytest.mark.skipif(connection.vendor != "sqlite", reason="Needs a copy of the file of the database")
def test_after_going_back_and_on_reminders_are_messages_and_nothing_else_is_sent(db, tmp_path):
    path = tmp_path / "old.sqlite3"
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as migrated, closing(sqlite3.connect(path)) as copy:
        migrated.backup(copy)
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{path}",
        "DEBUG": "1",
        "DJANGO_SETTINGS_MODULE": "clinic.settings",
    }

    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-3:] == [
        "[('reminder', 'sent', 1, '', None), ('reminder', 'pending', 1, 'The gateway answered 503.', None)]",
        "True False none",
        "sms True True",
    ]


def test_every_operation_of_every_migration_can_be_reversed():
    ours = {"patients", "clinic", "treatments"}
    migrations = MigrationLoader(None).disk_migrations

    one_way = [
        (key, operation)
        for key, migration in migrations.items()
        if key[0] in ours
        for operation in migration.operations
        if not operation.reversible
    ]

    assert one_way == []
