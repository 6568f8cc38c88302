"""The whole clinic leaves as JSON, and comes back into an empty database with every row as it was."""

import json
import zipfile

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from clinic.platform.backup.tables import NOT_EXPORTED, exported_models
from patients.audit.chain import broken_links, trail_keyed_since
from patients.integrity.rows_as_json import lines_of, rows_in
from patients.integrity.trigger_constraints import faulty_triggers
from patients.models import DestructionCertificate, Patient
from patients.services import register_patient
from tests import people
from tests.clinic_fixture import make_clinic_fixture
from tests.test_audit_is_complete import Stage
from treatments.models import TreatmentSession
from treatments.retention.certificates import tampered_certificates
from treatments.services import accept_destruction, carry_out_destruction

pytestmark = [pytest.mark.both_engines, pytest.mark.django_db(transaction=True)]


def exported(path):
    call_command("export_clinic", str(path))
    return path


def manifest_of(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("manifest.json"))


def file_of(path, table):
    with zipfile.ZipFile(path) as archive:
        return archive.read(f"tables/{table}.jsonl")


def rewritten(path, target, name, content):
    """The same archive with other content of one file."""
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(target, "w") as other:
        for each in archive.namelist():
            other.writestr(each, content(archive.read(each)) if each == name else archive.read(each))
    return target


def test_a_clinic_is_the_same_after_it_moved(tmp_path, capsys):
    made = make_clinic_fixture()
    stage = Stage(made)
    carry_out_destruction(accept_destruction(stage.destruction(), by=stage.admin, proof="PIN"))
    since = trail_keyed_since()
    first = exported(tmp_path / "first.zip")
    assert first.stat().st_mode & 0o777 == 0o600
    call_command("flush", interactive=False, verbosity=0)

    call_command("import_clinic", str(first))

    output = capsys.readouterr().out
    assert f"All {sum(table['rows'] for table in manifest_of(first)['tables'].values())} rows" in output
    assert faulty_triggers(connection) == []
    assert list(broken_links()) == []
    assert DestructionCertificate.objects.count() == 1 and list(tampered_certificates()) == []
    assert trail_keyed_since() == since
    second = exported(tmp_path / "second.zip")
    before, after = manifest_of(first)["tables"], manifest_of(second)["tables"]
    differing = {table for table in before if before[table] != after[table]}
    # The import and the second export are in the trail, and the records were checked after the import.
    assert differing == {"patients_trailentry", "treatments_recordcheck"}
    assert file_of(second, "patients_trailentry").startswith(file_of(first, "patients_trailentry"))
    with pytest.raises(DatabaseError):
        TreatmentSession.objects.filter(pk=made.sessions[0].pk).update(note="changed")
    desk = User.objects.get(username="j.whelan")
    assert people.make_patient(by=desk, given_name="New").record_number not in {made.patient.record_number}


def test_damaged_or_unfitting_exports_change_nothing(tmp_path, front_desk):
    register_patient(by=front_desk, given_name="Ruth", family_name="Adeyemi", born_on="1979-03-14")
    export = exported(tmp_path / "export.zip")
    with pytest.raises(CommandError, match="not empty"):
        call_command("import_clinic", str(export))
    call_command("flush", interactive=False, verbosity=0)
    wrong = {
        "has a row with other values": ("tables/patients_patient.jsonl", lambda text: text.replace(b"Ruth", b"Rita")),
        "rows, not": ("tables/patients_namegram.jsonl", lambda text: text.partition(b"\n")[2]),
        "another version": ("manifest.json", lambda text: text.replace(b"0001_initial", b"0001_other")),
        "not an export": ("manifest.json", lambda text: text.replace(b"filiform-clinic-1", b"other")),
        "not a complete export": ("tables/patients_patient.jsonl", lambda text: text[:-20]),
    }
    for sentence, (name, content) in wrong.items():
        with pytest.raises(CommandError, match=sentence):
            call_command("import_clinic", str(rewritten(export, tmp_path / "wrong.zip", name, content)))
        assert not Patient.objects.exists() and faulty_triggers(connection) == []
    (tmp_path / "wrong.zip").write_bytes(export.read_bytes()[:-100])
    with pytest.raises(CommandError, match="not a complete export"):
        call_command("import_clinic", str(tmp_path / "wrong.zip"))


def test_every_table_is_exported_but_sign_ins_the_cache_and_the_list_of_migrations(db):
    tables = {model._meta.db_table for model in exported_models()}

    there = {table for table in connection.introspection.table_names() if not table.startswith("sqlite_")}
    left_out = there - tables
    of_sign_ins = {"django_session", "usersessions_usersession", "clinic_tabletsignin"}
    assert left_out == {"clinic_cache", "django_migrations"} | of_sign_ins
    assert len(NOT_EXPORTED) == 3


def test_lines_keep_microseconds_and_every_character(patient):
    patient.given_name = "U+2028 \u2028 U+0085 \x85 \U0001f9b4"
    patient.created_at = timezone.now().replace(microsecond=7)

    (line,) = lines_of([patient])
    (again,) = rows_in([line])

    assert (again.given_name, again.created_at) == (patient.given_name, patient.created_at)
