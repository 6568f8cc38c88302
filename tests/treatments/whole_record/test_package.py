"""The package with the whole record of a patient: what is in it, who may make it, and what the audit trail says."""

import csv
import io
import json
import sys
import uuid
import zipfile
from io import BytesIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse

from clinic.models import PatientSite, Site
from patients.audit.recording import add_entry_about_many
from patients.models import Patient, TrailEntry
from patients.models.trail import in_words
from patients.web import pdf as pdfs
from tests import people
from tests.pdf_text import sheets_of
from tests.terminal import Terminal
from treatments.models import Attachment, Needling
from treatments.record.attached import content_of
from treatments.services import amend_session
from treatments.whole_record.document import TIMES, entries_of
from treatments.whole_record.kinds import COMPUTED, kinds

RECIPIENT = "Dr Who, Cardiff"
AMENDED = "It was the left side."


def posted(client, patient, **fields):
    sent = {"recipient": RECIPIENT, "password": people.PASSWORD} | fields
    return client.post(reverse("whole_record", args=[patient.pk]), sent)


@pytest.fixture(scope="module")
def package(kept_clinic_fixture, django_db_blocker):
    """The package as an admin downloads it, made once, and what was in the database then."""
    made = kept_clinic_fixture
    with django_db_blocker.unblock(), transaction.atomic():
        client = Client()
        client.force_login(made.admin)
        amended = {"text": AMENDED, "reason": "Typed wrong", "proof": "PIN", "id": uuid.uuid4()}
        amend_session(made.sessions[0], by=made.physiotherapist, **amended)
        both = [made.patient.pk, made.stranger.pk]
        add_entry_about_many("export", by=made.admin, patient_ids=both, note="A list with many")
        answer = posted(client, made.patient)
        archive = zipfile.ZipFile(BytesIO(b"".join(answer.streaming_content)))
        archive.rows = {(kind.label, str(row.pk)): row for kind in kinds() for row in kind.rows(made.patient)}
        archive.rows_of_stranger = {(kind.label, str(row.pk)) for kind in kinds() for row in kind.rows(made.stranger)}
        archive.names = [row.target_name for row in Needling.every_row.filter(session__patient=made.patient)]
        archive.attached = [content_of(each) for each in Attachment.objects.filter(patient=made.patient)]
        archive.entry = TrailEntry.objects.filter(patient=made.patient).latest("pk")
        transaction.set_rollback(True)
    return archive


def test_it_has_every_row_of_the_patient_and_none_of_another(package, clinic_fixture):
    record = json.loads(package.read("record.json"))

    rows = {(row["model"], str(row["pk"])) for row in record["rows"]}
    assert rows == set(package.rows)
    assert {row["fields"]["patient"] for row in record["rows"] if "patient" in row["fields"]} == {
        clinic_fixture.patient.pk
    }
    assert not (rows & package.rows_of_stranger) - {row for row in rows if row[0] == "patients.patientmerge"}
    present = {model for model, _ in rows}
    assert {"treatments.needling", "treatments.measurement", "patients.consent", "clinic.message"} <= present
    assert {"treatments.adverseevent", "treatments.amendment", "patients.trailentry"} <= present
    every = record["rows"] + record["refers_to"]
    assert all(set(row["fields"]) <= set(record["fields"][row["model"]]["fields"]) for row in every)
    assert "password" not in record["fields"]["auth.user"]["fields"]


def test_the_pdf_names_the_patient_on_every_sheet_and_shows_amendments_and_access(package):
    sheets = sheets_of(package.read("record.pdf"))

    assert all("Ruth Adeyemi, born 14 Mar 1979" in sheet for sheet in sheets)
    text = " ".join(sheets)
    assert all(name in text for name in package.names)
    assert text.index("Contents") < text.index("Treatment session") < text.index(AMENDED)
    assert "Marit Solberg" in text[text.rindex("Who opened or changed") :]


def test_numbers_are_shown_as_numbers(package):
    text = " ".join(sheets_of(package.read("record.pdf")))

    assert "Number: 1; Text: It was the left side." in text
    assert in_words([1, 0, True, False, None, {"pain": 1}]) == "1, 0, yes, no, nothing, pain 1"


def test_the_copy_is_an_entry_of_the_patient_and_is_itself_in_the_list_of_disclosures(package):
    entry = package.entry
    assert (entry.action, entry.by_name, entry.changes["recipient"][1]) == ("export", "a.berg", RECIPIENT)
    rows = list(csv.DictReader(io.StringIO(package.read("disclosures.csv").decode("utf-8-sig"))))
    assert ("A list with many", "Exported") in {(row["what"], row["how"]) for row in rows}
    assert (rows[-1]["to whom"], rows[-1]["recorded by"]) == (RECIPIENT, "Ada Berg")


def test_attachments_are_in_it_as_they_were_attached(package):
    files = [name for name in package.namelist() if name.startswith("attachments/") and not name.endswith(".csv")]

    assert [package.read(name) for name in files] == package.attached and package.attached


@pytest.mark.parametrize("fields", [{"recipient": " "}, {"password": "wrong"}, {"password": ""}])
def test_without_a_recipient_or_a_proof_nothing_is_made(clinic_fixture, client, fields):
    client.force_login(clinic_fixture.admin)
    before = TrailEntry.objects.filter(action="export").count()

    answer = posted(client, clinic_fixture.patient, **fields)

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) <= {"recipient", "password", "__all__"} and answer.context["form"].errors
    assert TrailEntry.objects.filter(action="export").count() == before


def test_where_no_pdf_can_be_made_the_command_writes_the_document_as_a_page(clinic_fixture, monkeypatch, tmp_path):
    def none(html, css):
        raise pdfs.NoPdf("This server cannot make PDFs.")

    monkeypatch.setattr("treatments.whole_record.document.pdf_of", none)

    file = tmp_path / "copy.zip"

    call_command("export_patient", clinic_fixture.patient.record_number, str(file), recipient="The patient")

    package = zipfile.ZipFile(file)
    assert package.testzip() is None and "record.pdf" not in package.namelist()
    page = package.read("record.html").decode()
    assert "This server cannot make PDFs." in page and "Ruth Adeyemi" in page
    assert file.stat().st_mode & 0o777 == 0o600
    entry = TrailEntry.objects.filter(patient=clinic_fixture.patient).latest("pk")
    assert (entry.action, entry.by, entry.changes["recipient"][1]) == ("export", None, "The patient")


@pytest.mark.parametrize("errors", [Terminal(), io.StringIO()], ids=["terminal", "log file"])
def test_the_command_says_how_far_it_is_in_a_terminal_only(clinic_fixture, monkeypatch, tmp_path, errors):
    monkeypatch.setattr("treatments.whole_record.document.pdf_of", lambda html, css: b"%PDF")
    monkeypatch.setattr(sys, "stderr", errors)
    file, out = tmp_path / "copy.zip", io.StringIO()

    call_command("export_patient", clinic_fixture.patient.record_number, str(file), recipient="Ruth", stdout=out)

    assert zipfile.ZipFile(file).testzip() is None
    assert [f"{name}: " in errors.getvalue() for name in ("parts of the copy", "attachments")] == [errors.isatty()] * 2
    assert "parts of the copy" not in out.getvalue()


def test_the_command_refuses_an_unknown_number_and_a_file_that_exists(clinic_fixture, tmp_path):
    (tmp_path / "there.zip").write_text("mine")

    for number, name in (("P999999", "new.zip"), (clinic_fixture.patient.record_number, "there.zip")):
        with pytest.raises(CommandError):
            call_command("export_patient", number, str(tmp_path / name), recipient="The patient")

    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_every_model_of_a_patient_is_part_of_the_record_or_computed():
    known = {kind.model for kind in kinds()} | COMPUTED
    links = {
        model
        for model in known
        for relation in model._meta.related_objects
        if relation.related_model._meta.managed and not relation.many_to_many
        for model in [relation.related_model]
    }

    assert links <= known
    assert {Patient, Needling, TrailEntry} <= known
    of_their_own = {kind.model for kind in kinds() if not kind.owners} - {Patient, TrailEntry}
    assert of_their_own == TIMES.keys()


def test_a_record_without_a_time_comes_first(clinic_fixture):
    patient = clinic_fixture.patient
    other = Site.objects.create(name="Other", timezone="Europe/London")
    PatientSite.objects.create(patient=patient, site=other)

    entries = entries_of(patient)

    assert type(entries[0].row) is PatientSite and entries[0].at is None
