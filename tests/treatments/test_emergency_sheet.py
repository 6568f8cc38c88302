"""The sheet of tomorrow's patients that a command writes for the time when the server is down."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from clinic.services import cancel_appointment
from patients.models import TrailEntry
from patients.services import record_contact
from tests.clinic.builders import book, make_hours
from tests.treatments.builders import make_signed


@pytest.fixture
def folder(settings, tmp_path):
    settings.EMERGENCY_FOLDER = str(tmp_path)
    return tmp_path


@pytest.fixture
def tomorrow():
    return timezone.localdate() + timedelta(days=1)


@pytest.fixture
def visit(patient, physiotherapist, front_desk, tomorrow):
    make_hours(physiotherapist)
    return book(patient, physiotherapist, by=front_desk, day=tomorrow)


def test_the_sheet_has_what_is_needed_without_the_server(visit, patient, physiotherapist, folder, tomorrow, capsys):
    make_signed(patient, by=physiotherapist, plan="Again in a week, left side.")

    contact = {"name": "Femi Adeyemi", "relationship": "next_of_kin", "told_about": "visits"}
    record_contact(patient, by=physiotherapist, phone="020 7946 0777", **contact)

    call_command("emergency_sheet")

    page = (folder / f"emergency-sheet-{tomorrow}.html").read_text()
    for known in (
        "10:00",
        "Ruth Adeyemi",
        "14 Mar 1979",
        patient.phone or "none recorded",
        "Again in a week, left side.",
        "<bdi>next of kin or partner</bdi>: +44 20 7946 0777.",
        "appointments only",
    ):
        assert known in page
    assert "<style>" in page and "http" not in page and "<script" not in page
    assert (folder / f"emergency-sheet-{tomorrow}.pdf").read_bytes().startswith(b"%PDF")
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o640}
    assert "Adeyemi" not in capsys.readouterr().out


def test_every_patient_on_the_sheet_has_an_entry_in_the_trail(visit, patient, folder, tomorrow):
    call_command("emergency_sheet")

    entries = TrailEntry.objects.filter(record_type="emergencysheet").order_by("pk")
    assert [(e.action, e.patient_id, e.record_id) for e in entries] == [
        ("export", patient.pk, str(tomorrow)),
    ]


def test_a_cancelled_visit_is_not_on_the_sheet(visit, front_desk, folder, tomorrow):
    cancel_appointment(visit, by=front_desk, reason="The patient is ill")

    call_command("emergency_sheet")

    assert "Adeyemi" not in (folder / f"emergency-sheet-{tomorrow}.html").read_text()


def test_old_sheets_are_deleted_and_nothing_else(db, folder):
    for name in ("emergency-sheet-2020-01-01.pdf", "notes.txt", "emergency-sheet-list.html"):
        (folder / name).touch()

    call_command("emergency_sheet")

    left = {path.name for path in folder.iterdir()}
    assert "emergency-sheet-2020-01-01.pdf" not in left
    assert {"notes.txt", "emergency-sheet-list.html"} < left


@pytest.mark.parametrize("value", ["", "/nowhere"])
def test_a_missing_folder_is_named(db, settings, value):
    settings.EMERGENCY_FOLDER = value

    with pytest.raises(CommandError, match="EMERGENCY_FOLDER"):
        call_command("emergency_sheet")
