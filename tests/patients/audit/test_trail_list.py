"""The list of the audit trail: search, period, names instead of keys, export."""

import csv
import io
from datetime import UTC, datetime

import pytest
import time_machine

from patients.audit.recording import add_audit_entry, add_entry_about_many
from patients.audit.request_context import RequestContext, current_request
from patients.audit.wording import changes_in_words, page_in_words, record_in_words
from patients.models import TrailEntry
from tests import people

pytestmark = pytest.mark.both_engines

Action = TrailEntry.Action


TRAIL = "/admin/patients/trailentry/"


def found_by(as_admin, **asked):
    """The (action, person) of the entries on the list."""
    return [(entry.action, entry.person) for entry in as_admin.get(TRAIL, asked).context_data["cl"].result_list]


def test_the_trail_is_found_by_patient_person_and_address(as_admin, patient, physiotherapist):
    token = current_request.set(RequestContext(address="192.0.2.77"))
    add_audit_entry(Action.PRINT, by=physiotherapist, patient=patient)
    current_request.reset(token)
    other = people.make_patient(by=physiotherapist, given_name="Ivo", family_name="Brandt")
    add_entry_about_many(Action.EXPORT, by=physiotherapist, patient_ids=[patient.pk, other.pk])

    printed, exported = ("print", "Marit Solberg"), ("export", "Marit Solberg")
    assert found_by(as_admin, q="192.0.2.77") == [printed]
    assert {printed, exported} <= set(found_by(as_admin, q=patient.family_name))
    assert exported in found_by(as_admin, q="Brandt, Ivo")
    assert printed not in found_by(as_admin, q="Brandt, Ivo")
    assert {printed, exported} <= set(found_by(as_admin, q="solberg marit"))
    assert found_by(as_admin, q="Nobody Like That") == []


def test_the_trail_is_shown_for_the_days_asked_for(client, admin, patient, physiotherapist):
    with time_machine.travel(datetime(2027, 3, 1, 12, tzinfo=UTC)):
        add_audit_entry(Action.PRINT, by=physiotherapist, patient=patient)

    printed = ("print", "Marit Solberg")
    with time_machine.travel(datetime(2027, 3, 20, 12, tzinfo=UTC)):
        client.force_login(admin)
        assert printed not in found_by(client)
        assert printed in found_by(client, **{"from": "2027-03-01", "until": "2027-03-01"})
        assert printed not in found_by(client, **{"from": "2027-03-02"})
        assert printed not in found_by(client, **{"until": "2027-02-28"})
        assert client.get(TRAIL, {"from": "2027-02-31", "until": "soon"}).status_code == 200


def test_an_entry_names_records_pages_and_values_instead_of_keys(as_admin, patient, physiotherapist):
    changes = {"lead": [None, physiotherapist.pk], "region": ["neck", "arm"], "closed_on": [None, "2026-11-02"]}
    entry = add_audit_entry(Action.CHANGE, by=physiotherapist, record=("episode", "1"), changes=changes)

    assert changes_in_words(entry) == [
        ("Lead", "nothing", "Marit Solberg"),
        ("Region", "Neck", "Arm"),
        ("Closed on", "nothing", "2026-11-02"),
    ]
    assert record_in_words(entry) == "Episode"
    pages = ["patient_chart", "admin:patients_consent_changelist", "admin:patients_patient_who_looked", "admin:index"]
    words = ["Patient chart", "Admin: consents", "Admin: patient, who looked", "Admin: index"]
    assert [page_in_words(TrailEntry(page=page)) for page in pages] == words


def test_an_export_of_the_trail_has_what_the_list_shows_and_is_an_entry(as_admin, patient, physiotherapist):
    add_audit_entry(Action.PRINT, by=physiotherapist, patient=patient, note="=1+1")

    response = as_admin.get(f"{TRAIL}export/", {"q": "solberg", "action__exact": "print"})

    head, *rows = csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig")))
    rows = [dict(zip(head, row, strict=True)) for row in rows]
    assert [(row["who"], row["what"], row["record_number"], row["note"]) for row in rows] == [
        ("Marit Solberg", "Printed", patient.record_number, "'=1+1")
    ]
    entry = TrailEntry.objects.about(patient).latest("pk")
    assert (entry.action, entry.by_name, entry.note) == (
        "export",
        "a.berg",
        "Audit trail, 1 entries: q=solberg&action__exact=print",
    )
