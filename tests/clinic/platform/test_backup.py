"""A backup is written while the clinic works, and a restored copy has every row."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from clinic.models import Backup
from clinic.platform.backup import archive
from clinic.platform.backup.digests import differences, table_digests
from clinic.platform.backup.rotation import file_name
from patients.models import Patient, TrailEntry
from tests import people
from tests.database.guards import unguarded
from tests.second_server import programs_of
from tests.treatments.builders import make_attachment

pytestmark = [pytest.mark.both_engines, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def key(tmp_path):
    return tmp_path / "key"


@pytest.fixture
def folder(settings, tmp_path, key, monkeypatch):
    """The folder of the settings, with a key, and the programs of PostgreSQL in the version of the server."""
    (tmp_path / "backups").mkdir()
    settings.BACKUP_FOLDER = str(tmp_path / "backups")
    settings.BACKUP_RECIPIENTS = [archive.create_key(key)]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version')")
            (version,) = cursor.fetchone()
        monkeypatch.setenv("PATH", str(programs_of(version)), prepend=":")
    return tmp_path / "backups"


@pytest.fixture
def backup(folder, patient):
    call_command("backup")
    (path,) = folder.iterdir()
    return path


@contextmanager
def patients_being_registered():
    """Somebody registers patients all the time inside this block."""
    stop, desk, registered = Event(), people.make_front_desk(), []

    def register():
        while not stop.is_set():
            registered.append(people.make_patient(by=desk, family_name=f"Number {len(registered)}"))
            stop.wait(0.02)  # SQLite gives the lock to whoever asks next, so without a pause nobody else might get it
        connection.close()

    thread = Thread(target=register)
    thread.start()
    try:
        yield registered
    finally:
        stop.set()
        thread.join()


def test_a_backup_under_writers_restores_to_the_same_rows(folder, key, capsys):
    with patients_being_registered() as registered:
        while len(registered) < 5:
            pass
        call_command("backup")
        during = len(registered)
    (path,) = folder.iterdir()
    call_command("restore", path, key=key, check=True)
    kept = Backup.objects.get(file_name=path.name)
    assert kept.checked_at and kept.bytes == path.stat().st_size
    assert during >= 5
    assert Patient.objects.count() == len(registered)


def test_the_check_leaves_the_database_as_it_is(backup, key):
    before = table_digests()
    with pytest.raises(CommandError):
        call_command("restore", backup, key=key)
    assert list(differences(before, table_digests())) == []
    call_command("restore", backup, key=key, check=True)
    assert [line for line in differences(before, table_digests()) if "clinic_backup" not in line] == []


def test_a_row_that_differs_is_found(backup, key, folder, tmp_path, capsys):
    manifest, database = archive.read_archive(backup, archive.read_identities(key), tmp_path)
    manifest["tables"]["patients_patient"]["sha256"] = "0" * 64
    manifest["tables"]["clinic_room"]["rows"] += 1
    recipients = [identity.to_public() for identity in archive.read_identities(key)]
    archive.write_archive(database, manifest, folder / "other", recipients)
    with pytest.raises(CommandError):
        call_command("restore", folder / "other", key=key, check=True)
    named = capsys.readouterr().out
    assert "patients_patient" in named and "clinic_room" in named and "clinic_site" not in named


def test_a_record_that_was_changed_before_the_backup_is_reported(folder, key, patient):
    with unguarded():
        TrailEntry.objects.update(note="changed")
    call_command("backup")
    (path,) = folder.iterdir()
    with pytest.raises(CommandError):
        call_command("restore", path, key=key, check=True)
    assert Backup.objects.get().checked_at is None


@pytest.mark.parametrize("damage", ["cut", "changed", "not a backup", "another key", "no key", "missing"])
def test_a_file_that_cannot_be_restored_is_refused(backup, key, tmp_path, damage):
    content = bytearray(backup.read_bytes())
    if damage == "cut":
        backup.write_bytes(content[: len(content) // 2])
    elif damage == "changed":
        content[-100] ^= 1
        backup.write_bytes(content)
    elif damage == "not a backup":
        backup.write_text("A list of patients")
    elif damage == "missing":
        backup.unlink()
    elif damage == "another key":
        key.unlink()
        archive.create_key(key)
    else:
        key.write_text("# nothing here")
    with pytest.raises(CommandError):
        call_command("restore", backup, key=key, check=True)
    assert Backup.objects.get().checked_at is None


def test_a_backup_that_fails_leaves_no_file(folder, settings, patient, monkeypatch):
    def full(*arguments):
        Path(arguments[1]).write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.pyrage, "encrypt_file", full)
    with pytest.raises(CommandError, match="No space left"):
        call_command("backup")
    assert list(folder.iterdir()) == [] and not Backup.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("BACKUP_FOLDER", ""), ("BACKUP_FOLDER", "/nowhere"), ("BACKUP_RECIPIENTS", []), ("BACKUP_RECIPIENTS", ["age1x"])],
)
def test_missing_settings_are_named(folder, settings, name, value):
    setattr(settings, name, value)
    with pytest.raises(CommandError, match=name):
        call_command("backup")


def test_outdated_backups_are_deleted_and_nothing_else(folder, patient):
    old = timezone.now() - timedelta(days=800)
    names = [file_name(old), file_name(timezone.now() - timedelta(days=2)), "notes.txt"]
    for name in names:
        (folder / name).touch()
    call_command("backup")
    left = {path.name for path in folder.iterdir()}
    assert set(names[1:]) < left and names[0] not in left


def test_the_private_key_is_for_its_owner_only_and_never_overwritten(tmp_path):
    key = tmp_path / "new"
    call_command("backup_key", key)
    assert key.stat().st_mode & 0o077 == 0
    with pytest.raises(CommandError):
        call_command("backup_key", key)


def test_an_attachment_of_a_backup_is_readable_with_its_key_only(folder, key, patient, settings, capsys):
    settings.ATTACHMENT_KEYS = ["the key of the attachments " * 3]
    attachment = make_attachment(patient, by=people.make_physiotherapist())
    call_command("backup")
    (path,) = folder.iterdir()

    call_command("restore", path, key=key, check=True)

    settings.ATTACHMENT_KEYS = ["another key of the attachments " * 3]
    with pytest.raises(CommandError):
        call_command("restore", path, key=key, check=True)
    assert str(attachment.pk) in capsys.readouterr().out


def test_a_second_backup_in_the_same_second_gets_the_next_one(folder, monkeypatch):
    noon = datetime(2026, 11, 30, 12, 0, 0, 999_000, tzinfo=UTC)
    # Each backup asks for the time twice: for its name, and to see which others are outdated.
    times = iter([noon, noon, noon])
    clock = SimpleNamespace(now=lambda: next(times, noon + timedelta(seconds=1)))
    monkeypatch.setattr("clinic.management.commands.backup.timezone", clock)

    for _ in range(2):
        call_command("backup")

    names = ["filiform-20261130T120000Z.tar.gz.age", "filiform-20261130T120001Z.tar.gz.age"]
    assert sorted(path.name for path in folder.iterdir()) == names
    assert sorted(Backup.objects.values_list("file_name", flat=True)) == names


def test_a_database_with_statistics_for_query_plans_is_backed_up(backup, folder):
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    try:
        call_command("backup")
    finally:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE sqlite_stat1")

    assert len(list(folder.iterdir())) == 2
