"""Migrations can be reversed. Reminders of an earlier version become messages, and only reminders are sent at first."""

import os
import subprocess
import sys

from django.db.migrations import AddField, DeleteModel, RemoveConstraint, RemoveField, RenameField, RenameModel
from django.db.migrations.loader import MigrationLoader

from tests.test_arrows import ROOT

# The last migrations of the newest release in CHANGELOG.md. During an update its code still runs on the new tables.
RELEASED = {"patients": 22, "clinic": 21, "treatments": 43}
TAKES_AWAY = (DeleteModel, RemoveConstraint, RemoveField, RenameField, RenameModel)
# The released code cannot run after them; CHANGELOG.md says so.
NEED_A_PAUSE = {
    ("clinic", "0022_questions_after_visits"),
    ("clinic", "0029_site_email"),
    ("patients", "0023_episode_referred_by"),
    ("patients", "0024_onset_precision"),
    ("patients", "0025_closing_reason"),
    ("patients", "0026_questions_after_visits"),
    ("treatments", "0052_how_courses_began"),
    ("treatments", "0055_follow_ups_in_summaries"),
    ("treatments", "0058_alerts_and_questionnaires_by_link"),
}

# In a process of its own, and with the migrations that the squashed ones replace: it begins with an earlier version.
SCRIPT = """
import django
django.setup()
from datetime import date, timedelta
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

executor = MigrationExecutor(connection)
executor.loader = MigrationLoader(connection, replace_migrations=False)
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
print("squashed:", MigrationLoader(connection).applied_migrations.keys() >= set(executor.loader.replacements))
from clinic.models import Message, ClinicSettings
from patients.models import Patient
print(list(Message.objects.order_by("number").values_list("kind", "status", "attempts", "error", "due_at")))
settings = ClinicSettings.current()
print(settings.sends_reminders, settings.sends_changes, settings.new_patients)
patient = Patient.objects.get()
print(patient.reminder_channel, patient.wants_reminders, patient.wants_confirmations)
"""


def test_an_earlier_version_migrates_and_its_reminders_become_messages(tmp_path):
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'old.sqlite3'}",
        "DEBUG": "1",
        "DJANGO_SETTINGS_MODULE": "clinic.settings",
    }

    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-4:] == [
        "squashed: True",
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


def test_the_released_code_can_go_on_writing_while_new_columns_are_there():
    migrations = MigrationLoader(None).disk_migrations

    problems = [
        f"{app}.{name}: {operation.describe()}"
        for (app, name), migration in sorted(migrations.items())
        if app in RELEASED and int(name[:4]) > RELEASED[app] and (app, name) not in NEED_A_PAUSE
        for operation in migration.operations
        if isinstance(operation, TAKES_AWAY) or (isinstance(operation, AddField) and not _fills_itself(operation.field))
    ]

    assert problems == [], "Give a new column a db_default or null; take away what is not used a release later."


def _fills_itself(field):
    """Whether the database can store a row whose writer does not know this field."""
    return field.many_to_many or field.null or field.has_db_default()
