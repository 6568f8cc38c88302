"""Allergies and alerts of another system are imported as alerts that nobody has confirmed."""

from datetime import date

import pytest

from patients.alerts import alerts_of
from patients.models import ImportedAlert
from patients.services import confirm_imported_alert
from tests.people import make_patient

from .test_imports import choose, decide_all_doubts, page, upload

pytestmark = pytest.mark.both_engines

HEADER = "First name,Last name,Date of birth,Allergy,Reaction,Severity,Since\n"


@pytest.fixture
def patient(front_desk):
    return make_patient(by=front_desk, given_name="Ruth", family_name="Adeyemi", born_on=date(1979, 3, 14))


def upload_allergies(client, *rows):
    return upload(client, HEADER + "".join(f"Ruth,Adeyemi,14/03/1979,{row}\n" for row in rows), kind="allergies")


def test_allergies_are_stored_as_not_confirmed(signed_in, patient, admin):
    file_import = upload_allergies(signed_in, "Latex,rash,severe,2019", "Birch pollen,,,Mar 2020", "NKDA,,,")

    first = choose(signed_in, file_import, store=True)
    decide_all_doubts(signed_in, file_import, "leave_out")
    response = choose(signed_in, file_import, store=True)

    assert first.status_code == 422
    assert "This says that there is none. Only a screening can record that" in first.text
    assert response.status_code == 302
    assert [alert.label for alert in alerts_of(patient)] == [
        "Allergy, not confirmed: Birch pollen",
        "Allergy, not confirmed: Latex (rash, severe)",
    ]
    assert set(ImportedAlert.objects.values_list("noted_on", "file_name", "recorded_by", "confirmed_at")) == {
        ("2019", "patients.csv", admin.pk, None),
        ("2020-03", "patients.csv", admin.pk, None),
    }


def test_alerts_are_stored_beside_allergies(signed_in, patient):
    header = "Patient number,Alert,Priority,Date\n"
    row = f"{patient.record_number},On warfarin,high,2021-05-06\n"
    choose(signed_in, upload(signed_in, header + row, kind="alerts"), store=True)

    (alert,) = alerts_of(patient)

    assert (alert.label, alert.question_key) == ("Alert, not confirmed: On warfarin (high)", "anticoag_deep")


def test_what_the_patient_has_already_is_not_stored_twice(signed_in, patient):
    choose(signed_in, upload_allergies(signed_in, "Latex,,,"), store=True)

    again = upload_allergies(signed_in, "LATEX,rash,,", "Dust,,,", "dust,,,")
    (refused,) = page(signed_in, again).context["refused"]
    choose(signed_in, again, store=True, leaves_out_refused="on")

    assert (refused.number, refused.error) == (4, "This is the same as row 3.")
    assert sorted(ImportedAlert.objects.values_list("words", flat=True)) == ["Dust", "Latex"]


def test_an_import_is_undone_and_repeated(signed_in, patient):
    file_import = upload_allergies(signed_in, "Latex,,,")
    choose(signed_in, file_import, store=True)

    signed_in.post(file_import.get_absolute_url(), {"undo_reason": "An old file"})

    assert alerts_of(patient) == []
    assert ImportedAlert.objects.get().end_reason == "The import was undone."
    choose(signed_in, upload_allergies(signed_in, "Latex,,,"), store=True)
    assert len(alerts_of(patient)) == 1


def test_what_was_confirmed_since_prevents_the_undo(signed_in, patient, physiotherapist):
    file_import = upload_allergies(signed_in, "Latex,,,")
    choose(signed_in, file_import, store=True)
    confirm_imported_alert(ImportedAlert.objects.get(), by=physiotherapist)

    refused = signed_in.post(file_import.get_absolute_url(), {"undo_reason": "An old file"})

    assert refused.status_code == 422
    assert "confirmed or ended some of them since" in refused.text
    assert len(alerts_of(patient)) == 1
