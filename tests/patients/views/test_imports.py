"""The import of a file in the browser, as an admin uses it."""

import re
import tempfile
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from patients.importing.kinds import LATER, NEW, SAME
from patients.integrity.progress import steps
from patients.integrity.running import running
from patients.models import FileImport, ImportedRow, Patient, PatientMerge, TrailEntry
from patients.search import find_patients
from patients.services import open_episode, update_patient
from tests.killed import killed_in
from tests.people import make_patient

pytestmark = pytest.mark.both_engines

FILE = """Report of the clinic

Patient ID;Surname;First name;Date of birth;Gender;Mobile
1;O’Brien;Niamh;07/03/1981;F;07700 900118
2;Núñez;Zoë;23/11/1990;F;4.47701E+11
3;Patel;Rakesh;31/02/1969;M;01632 960771
4;D’Arcy;Chloë;04/04/1975;V;
"""


def upload(client, text=FILE, encoding="cp1252", kind="patients"):
    """Upload a file; returns the FileImport."""
    file = SimpleUploadedFile("patients.csv", text.encode(encoding))
    response = client.post(reverse("import_list"), {"kind": kind, "file": file})
    assert response.status_code == 302, response.content.decode()
    return FileImport.objects.order_by("-uploaded_at").first()


def page(client, file_import):
    return client.get(file_import.get_absolute_url())


def choose(client, file_import, *, store=False, **chosen):
    """Post the page of an import with its values, changed by the label of a field, or by its name."""
    form = page(client, file_import).context["form"]
    posted = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    for label, value in chosen.items():
        names = [name for name, field in form.fields.items() if label in (name, field.label)]
        posted |= dict.fromkeys(names or [label], value)
    return client.post(file_import.get_absolute_url(), posted | ({"store": "yes"} if store else {}))


def decide_all_doubts(client, file_import, decision):
    form = page(client, file_import).context["form"]
    doubts = [name for name in form.fields if name.startswith("doubt-") and decision in dict(form.fields[name].choices)]
    return choose(client, file_import, **dict.fromkeys(doubts, decision))


def test_a_windows_file_is_checked_decided_and_stored(signed_in, admin):
    file_import = upload(signed_in)

    first = page(signed_in, file_import).content.decode()
    decide_all_doubts(signed_in, file_import, "empty")
    decide_all_doubts(signed_in, file_import, "leave_out")
    decide_all_doubts(signed_in, file_import, "empty")
    response = choose(signed_in, file_import, store=True)

    file_import.refresh_from_db()
    assert "“O’Brien, Núñez, Zoë, D’Arcy”" in first
    assert "the digits are lost" in first and "This is not a day that exists" in first
    assert response.status_code == 302
    assert list(Patient.objects.values_list("family_name", "given_name", "born_on", "sex", "phone")) == [
        ("D’Arcy", "Chloë", date(1975, 4, 4), "female", ""),
        ("Núñez", "Zoë", date(1990, 11, 23), "female", ""),
        ("O’Brien", "Niamh", date(1981, 3, 7), "female", "07700 900118"),
        ("Patel", "Rakesh", None, "male", "01632 960771"),
    ]
    assert file_import.encrypted is None
    assert (file_import.counts["stored"], file_import.counts["left_out"]) == (4, 0)
    assert TrailEntry.objects.filter(record_id=str(file_import.pk), by=admin).count() >= 3


def test_nothing_is_stored_while_something_is_open(signed_in):
    file_import = upload(signed_in)

    response = choose(signed_in, file_import, store=True)

    assert response.status_code == 422
    assert "Decide what to do with doubtful cells: 2 kinds." in response.content.decode()
    assert Patient.objects.count() == 0


def test_a_file_is_encrypted_while_it_waits_and_deleted_when_it_is_discarded(signed_in):
    file_import = upload(signed_in)
    assert b"Brien" not in bytes(file_import.encrypted)

    signed_in.post(file_import.get_absolute_url(), {"discard": "yes"})

    file_import.refresh_from_db()
    assert file_import.encrypted is None
    assert "nothing was stored" in page(signed_in, file_import).content.decode()


def test_a_file_that_nobody_stored_is_deleted_with_a_later_upload(signed_in):
    old = upload(signed_in)
    FileImport.objects.update(uploaded_at=timezone.now() - timedelta(days=15))

    upload(signed_in)

    old.refresh_from_db()
    assert not old.is_waiting


PAIR = "Surname,First name,Date of birth\nAdeyemi,Ruth,1979-03-14\nWilk,Ada,1988-01-02\n"


@pytest.fixture
def ruth(front_desk):
    return make_patient(by=front_desk, given_name="Ruth", family_name="Adeyemi", born_on=date(1979, 3, 14))


@pytest.mark.parametrize(("decision", "stored", "merges"), [(SAME, 1, 0), (NEW, 2, 0), (LATER, 2, 1)])
def test_a_likely_duplicate_is_decided_by_a_person(signed_in, admin, ruth, decision, stored, merges):
    file_import = upload(signed_in, PAIR)
    shown = page(signed_in, file_import).content.decode()
    value = decision if decision == NEW else f"{decision}:{ruth.pk}"

    response = choose(signed_in, file_import, store=True, **{"pair-2": value})

    assert response.status_code == 302
    assert f"In the register, {ruth.record_number}: same name, same birth date" in re.sub(r"\s+", " ", shown)
    assert TrailEntry.objects.about(ruth).filter(action="read", page="import_detail", by=admin).exists()
    assert Patient.objects.count() == 1 + stored
    assert PatientMerge.objects.waiting().count() == merges


def test_a_file_with_known_columns_starts_with_the_choices_of_the_last_one(signed_in):
    text = "A;B;C\nWilk;Ada;03/04/1988\n"
    first = upload(signed_in, text)
    assert "Choose a column for: Birth date." in page(signed_in, first).content.decode()
    columns = {"Stored as: A": "family_name", "Stored as: B": "given_name", "Stored as: C": "born_on"}
    choose(signed_in, first, **columns)
    choose(signed_in, first, **{"order-born_on": "month"})
    choose(signed_in, first, store=True)

    second = upload(signed_in, text + "Roy;Ivo;05/04/1988\n")

    plan = page(signed_in, second).context["plan"]
    assert [row.values for row in plan.ready] == [
        {"family_name": "Roy", "given_name": "Ivo", "born_on": date(1988, 5, 4)}
    ]
    assert Patient.objects.get().born_on == date(1988, 3, 4)


def test_an_import_is_undone_as_a_whole_and_can_be_repeated(signed_in):
    file_import = upload(signed_in, PAIR)
    choose(signed_in, file_import, store=True)

    signed_in.post(file_import.get_absolute_url(), {"undo_reason": "An old file"})

    file_import.refresh_from_db()
    assert file_import.undone_at is not None
    assert find_patients("Adeyemi") == [] and find_patients("14/03/1979") == []
    assert Patient.objects.active().count() == 0
    assert list(signed_in.get(reverse("patient_search")).context["patients"]) == []
    again = upload(signed_in, PAIR)
    assert choose(signed_in, again, store=True).status_code == 302
    assert len(find_patients("Adeyemi")) == 1


@pytest.mark.parametrize("built", ["episode", "change"])
def test_an_import_is_not_undone_once_something_was_built_upon_it(signed_in, physiotherapist, front_desk, built):
    file_import = upload(signed_in, PAIR)
    choose(signed_in, file_import, store=True)
    patient = find_patients("Adeyemi")[0]
    if built == "episode":
        open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")
    else:
        update_patient(patient, by=front_desk, city="Cork")

    response = signed_in.post(file_import.get_absolute_url(), {"undo_reason": "An old file"})

    assert response.status_code == 422
    assert find_patients("Adeyemi") == [patient]


def test_undoing_gives_a_joined_patient_back_without_the_number(signed_in, ruth):
    file_import = upload(signed_in, "ID,Surname,First name,Date of birth\nX1,Adeyemi,Ruth,1979-03-14\n")
    choose(signed_in, file_import, **{"pair-2": f"same:{ruth.pk}"})
    choose(signed_in, file_import, store=True)
    ruth.refresh_from_db()
    joined = ruth.external_id

    signed_in.post(file_import.get_absolute_url(), {"undo_reason": "An old file"})

    ruth.refresh_from_db()
    assert (joined, ruth.external_id) == ("X1", None)
    assert not ImportedRow.objects.get().is_new


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken"])
def test_a_file_that_cannot_be_read_gets_a_sentence(signed_in, content):
    file = SimpleUploadedFile("x.csv", content)

    response = signed_in.post(reverse("import_list"), {"kind": "patients", "file": file})

    assert response.status_code == 422
    assert FileImport.objects.count() == 0


def test_two_columns_cannot_be_stored_as_one_field(signed_in):
    file_import = upload(signed_in)

    response = choose(signed_in, file_import, **{"Stored as: Mobile": "family_name"})

    assert response.status_code == 422
    assert "Two columns are stored as the same field: Family name." in response.content.decode()


def test_a_file_that_is_read_differently_is_shown_again_before_it_is_stored(signed_in):
    file_import = upload(signed_in, PAIR)

    choose(signed_in, file_import, store=True, **{"Stored as: First name": "preferred_name"})

    assert Patient.objects.count() == 0
    assert "Given name and family name, or the whole name" in page(signed_in, file_import).content.decode()


# Progress ------------------------------------------------------------------------------


@pytest.fixture
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_while_a_file_is_stored_its_page_shows_how_far_it_is(signed_in, own_folder):
    file_import = upload(signed_in)
    progress = reverse("import_progress", args=[file_import.pk])
    assert signed_in.get(progress).json()["is_running"] is False

    with running(file_import.pk), steps("rows read", lambda: 5) as done:
        done(2)
        shown = page(signed_in, file_import).content.decode()
        again = signed_in.post(file_import.get_absolute_url(), {"store": "yes"})
        assert signed_in.get(progress).json() | {"done": 0} == {
            "is_running": True,
            "what": "rows read",
            "done": 0,
            "total": 5,
        }

    assert "The rows of patients.csv are being stored." in shown
    assert "You can close this page" in shown
    assert again.status_code == 200
    assert "Store 4 rows" not in shown
    assert not Patient.objects.exists()


def test_storing_that_was_interrupted_is_named_and_can_be_repeated(signed_in, own_folder):
    file_import = upload(signed_in, text="Surname,First name,Date of birth\nImported,Ida,1980-05-17\n")
    killed_in(running(file_import.pk))

    first, second = (page(signed_in, file_import).content.decode() for _ in range(2))
    choose(signed_in, file_import, store=True)

    assert "Storing this file was interrupted, so nothing of it was stored." in first
    assert "was interrupted" not in second
    assert Patient.objects.get().family_name == "Imported"
