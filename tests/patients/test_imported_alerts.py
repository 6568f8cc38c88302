"""Imported allergies and alerts: shown until somebody ends them, and never an answer to a screening question."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from patients.alerts import alerts_by_patient, alerts_of
from patients.imported_alerts import question_of, says_none
from patients.models import ImportedAlert, Patient, ScreeningQuestion, TrailEntry
from patients.precautions import precautions_for, screening_state
from patients.services import confirm_imported_alert, confirm_screening, end_imported_alert
from patients.services.imported_alerts import end_imported_alerts, record_imported_alerts
from tests import people
from tests.patients.builders import make_imported_alert, make_screening
from tests.treatments.builders import make_draft

pytestmark = pytest.mark.both_engines


@pytest.fixture
def penicillin(patient, admin):
    return make_imported_alert(patient, by=admin, reaction="rash", severity="mild", noted_on="2019-03")


def labels(patient):
    return [alert.label for alert in alerts_of(patient)]


def test_it_is_an_alert_until_somebody_ends_it(patient, penicillin, physiotherapist):
    shown = [labels(patient)]
    confirm_imported_alert(penicillin, by=physiotherapist)
    shown.append(labels(patient))
    end_imported_alert(penicillin, by=physiotherapist, reason=" Tested: no allergy ")
    shown.append(labels(patient))

    assert shown == [["Allergy, not confirmed: Penicillin (rash, mild)"], ["Allergy: Penicillin (rash, mild)"], []]
    penicillin.refresh_from_db()
    assert (penicillin.confirmed_by, penicillin.ended_by) == (physiotherapist, physiotherapist)
    assert penicillin.end_reason == "Tested: no allergy"
    entries = TrailEntry.objects.filter(record_type="importedalert", patient=patient).order_by("pk")
    assert [entry.action for entry in entries] == ["create", "change", "withdraw"]


def test_it_is_no_screening_and_no_precaution(patient, admin):
    make_imported_alert(patient, by=admin, words="Latex")

    today = timezone.localdate()
    assert not screening_state(patient, on=today).is_valid
    assert precautions_for(patient, on=today) == []
    assert [(alert.question_key, alert.means_yes) for alert in alerts_of(patient)] == [("latex", True)]


def test_what_was_imported_after_a_screening_has_to_be_asked_about(patient, admin, physiotherapist):
    call_command("load_screening_questions", verbosity=0)
    make_screening(patient, by=physiotherapist)
    make_imported_alert(patient, by=admin, words="Latex gloves")

    with pytest.raises(ValidationError, match="Recorded since the last screening: Allergy, not confirmed: Latex"):
        confirm_screening(patient, by=physiotherapist)


def test_the_page_of_the_screening_proposes_a_yes(client, patient, admin, physiotherapist):
    call_command("load_screening_questions", verbosity=0)
    make_screening(patient, by=physiotherapist)
    make_imported_alert(patient, by=admin, words="Latex gloves")
    client.force_login(physiotherapist)

    form = client.get(reverse("screening_create", args=[patient.pk])).context["form"]

    assert form["answer_latex"].value() == "yes"
    assert "Latex gloves" in form["detail_latex"].value()


@pytest.mark.parametrize(
    ("kind", "words", "question"),
    [
        ("allergy", "LATEX", "latex"),
        ("allergy", "Nickel sulphate", "metal_allergy"),
        ("allergy", "No latex allergy", ""),
        ("allergy", "Latex, nickel", ""),
        ("allergy", "Warfarin", ""),
        ("alert", "On warfarin", "anticoag_deep"),
        ("alert", "Pacemaker fitted 2019", "device"),
        ("alert", "Not diabetic", ""),
        ("alert", "Wheelchair", ""),
    ],
)
def test_a_word_means_the_question_that_asks_about_it(kind, words, question):
    assert question_of(ImportedAlert(kind=kind, words=words)) == question


def test_every_question_that_a_word_can_mean_exists(db):
    from patients.imported_alerts import OF_ALERTS

    call_command("load_screening_questions", verbosity=0)

    assert OF_ALERTS.keys() <= set(ScreeningQuestion.objects.values_list("key", flat=True))


@pytest.mark.parametrize(
    ("text", "is_none"),
    [
        ("NKDA", True),
        ("No known allergies", True),
        ("none", True),
        ("N/A", True),
        ("Keine bekannten Allergien", True),
        ("No known drug allergies recorded.", True),
        ("-", True),
        ("Penicillin", False),
        ("No latex", False),
        ("Not tolerated: aspirin", False),
        ("Do not needle the left arm", False),
    ],
)
def test_a_text_that_says_that_there_is_none_is_recognised(text, is_none):
    assert says_none(text) is is_none


def test_the_alerts_of_merged_records_are_united(patient, front_desk, admin):
    other = people.make_patient(by=front_desk, given_name="Rut", family_name="Adeyemi")
    make_imported_alert(patient, by=admin, words="Latex")
    make_imported_alert(other, by=admin, words="Iodine")
    Patient.objects.filter(pk=other.pk).update(merged_into=patient)

    assert len(labels(Patient.objects.get(pk=patient.pk))) == 2


@pytest.mark.parametrize("count", [1, 3])
def test_the_alerts_of_many_patients_take_two_queries(front_desk, admin, count, django_assert_num_queries):
    patients = [people.make_patient(by=front_desk, given_name=f"Ida {n}") for n in range(count)]
    for patient in patients:
        make_imported_alert(patient, by=admin)

    with django_assert_num_queries(2):
        found = alerts_by_patient(patients)

    assert [len(found[patient.pk]) for patient in patients] == [1] * count


def test_the_page_of_a_session_shows_it(client, patient, penicillin, physiotherapist):
    session = make_draft(patient, by=physiotherapist)
    client.force_login(physiotherapist)

    shown = [
        client.get(url).text
        for url in (
            reverse("session_edit", args=[patient.pk, session.pk]),
            reverse("patient_chart", args=[patient.pk]),
            reverse("patient_detail", args=[patient.pk]),
        )
    ]

    assert all("Allergy, not confirmed: Penicillin" in page for page in shown)


def test_only_who_treats_decides_and_only_who_imports_records(patient, penicillin, physiotherapist, front_desk, admin):
    for service, by, more in (
        (confirm_imported_alert, admin, {}),
        (confirm_imported_alert, front_desk, {}),
        (end_imported_alert, admin, {"reason": "Wrong"}),
    ):
        with pytest.raises(PermissionDenied):
            service(penicillin, by=by, **more)
    with pytest.raises(PermissionDenied):
        record_imported_alerts([ImportedAlert(patient=patient, words="x")], by=physiotherapist)
    with pytest.raises(PermissionDenied):
        end_imported_alerts([penicillin.pk], by=physiotherapist, reason="Undone")


def test_an_end_needs_a_reason_and_is_final(penicillin, physiotherapist):
    with pytest.raises(ValidationError, match="Explain why it does not count"):
        end_imported_alert(penicillin, by=physiotherapist, reason=" ")
    end_imported_alert(penicillin, by=physiotherapist, reason="Wrong patient")

    for service, more in ((end_imported_alert, {"reason": "Again"}), (confirm_imported_alert, {})):
        with pytest.raises(ValidationError, match="ended this already"):
            service(penicillin, by=physiotherapist, **more)


@pytest.mark.parametrize("change", [{"words": "Dust"}, {"end_reason": "x"}, {"confirmed_at": None}])
def test_what_was_imported_and_decided_stays(penicillin, physiotherapist, change):
    confirm_imported_alert(penicillin, by=physiotherapist)

    with pytest.raises(IntegrityError), transaction.atomic():
        ImportedAlert.objects.filter(pk=penicillin.pk).update(**change)


# The page --------------------------------------------------------------------------------


def test_the_page_confirms_and_ends(client, patient, penicillin, physiotherapist):
    url = reverse("imported_alerts", args=[patient.pk])
    client.force_login(physiotherapist)
    first = client.get(url).text

    client.post(url, {"alert": penicillin.pk, "confirm": "yes"})
    refused = client.post(url, {"alert": penicillin.pk, "end": "yes", "end_reason": ""})
    client.post(url, {"alert": penicillin.pk, "end": "yes", "end_reason": "Tested: no allergy"})

    assert "Known since Mar 2019." in first and "The patient confirmed it" in first
    assert refused.status_code == 422
    assert "Tested: no allergy" in client.get(url).text
    penicillin.refresh_from_db()
    assert penicillin.is_confirmed and penicillin.ended_at


def test_the_alert_of_another_patient_is_not_found(client, patient, penicillin, front_desk, physiotherapist):
    other = people.make_patient(by=front_desk, given_name="Ivo", family_name="Roy")
    client.force_login(physiotherapist)

    response = client.post(reverse("imported_alerts", args=[other.pk]), {"alert": penicillin.pk, "confirm": "yes"})

    assert response.status_code == 404


def test_the_front_desk_sees_neither_the_page_nor_the_alert(client, patient, penicillin, front_desk):
    client.force_login(front_desk)

    assert client.get(reverse("imported_alerts", args=[patient.pk])).status_code == 403
    assert "Penicillin" not in client.get(reverse("patient_detail", args=[patient.pk])).text
