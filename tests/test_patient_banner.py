"""Every page about a patient names the patient: name, birth date, record number and, for clinicians, the alerts."""

import pytest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format

from patients.precautions import precautions_for

from .clinic_fixture import addresses

ABOUT_A_PATIENT = sorted(name for name, parts in addresses().items() if "patient_id" in parts)
# A GET of these leads elsewhere: to the chart, to the questions, to the session.
LEAD_ELSEWHERE = {
    "assessment_start",
    "letter_start",
    "letter_given",
    "session_start",
    "screening_confirm",
    "session_sign",
    "session_prove",
    "session_copy_setup",
    "session_repeat_answers",
    "session_insert_snippet",
    "session_copy_send",
    "exercises_send",
}
# The question before a record of another site; for others it leads to the record.
LEAD_ELSEWHERE |= {"record_of_other_site"}
LEAD_ELSEWHERE |= {"session_make_protocol", "session_use_protocol", "session_undo_protocol"}
# A file for the patient's own calendar: it names nobody.
FOR_THE_PATIENT = {"patient_visits_download"}
# For the patient who holds the tablet: nothing of the record is on them.
FOR_THE_PATIENT |= {"screening_hand_over", "screening_by_patient", "screening_take_back"}
FOR_THE_PATIENT |= {"questionnaire_hand_over", "questionnaire_by_patient", "questionnaire_take_back"}
FOR_THE_PATIENT |= {"drawing_by_patient", "drawing_take_back"}
FOR_THE_PATIENT |= {"consent_hand_over", "consent_by_patient", "consent_take_back"}
# A file that names nobody on purpose.
WITHOUT_NAMES = {"case_report_export", "episode_report_export"}
# Files as they were attached.
FILES = {"attachment_content", "attachment_download", "attachments_export"}
LEAD_ELSEWHERE |= FOR_THE_PATIENT | WITHOUT_NAMES | FILES
CLINICIANS = ["physiotherapist", "other_physiotherapist", "admin"]


@pytest.fixture
def open_page(client, clinic_fixture):
    """The page as the first of these roles sees it that may; of the signed session where the draft has none."""

    def open(name, roles):
        signed, draft, *_ = clinic_fixture.sessions
        signed_assessment, draft_assessment = clinic_fixture.assessments
        signed_letter, draft_letter = clinic_fixture.letters
        for role in roles:
            client.force_login(getattr(clinic_fixture, role))
            drafts, others = (draft, draft_assessment, draft_letter), (signed, signed_assessment, signed_letter)
            for session, assessment, letter in (drafts, others):
                ids = {"session_id": session.pk, "assessment_id": assessment.pk, "letter_id": letter.pk}
                response = client.get(clinic_fixture.url(name, **ids))
                if response.status_code == 200:
                    return response
        return None

    return open


def test_the_pages_about_a_patient_are_known():
    assert len(ABOUT_A_PATIENT) > 25
    assert set(ABOUT_A_PATIENT) > LEAD_ELSEWHERE


@pytest.mark.parametrize("name", [name for name in ABOUT_A_PATIENT if name not in LEAD_ELSEWHERE])
def test_a_page_or_print_about_a_patient_says_who_it_is_and_what_to_watch_for(open_page, clinic_fixture, name):
    alerts = [alert.key for alert in precautions_for(clinic_fixture.patient, on=timezone.localdate())]

    clinical = open_page(name, CLINICIANS)

    assert alerts
    assert clinical.context["patient"] == clinic_fixture.patient
    assert [alert.key for alert in clinical.context["precautions"]] == alerts
    assert missing(clinical, clinic_fixture.patient) == []


@pytest.mark.parametrize("name", sorted(set(ABOUT_A_PATIENT) - FOR_THE_PATIENT - WITHOUT_NAMES))
def test_the_front_desk_sees_who_it_is_and_no_alerts(open_page, clinic_fixture, name):
    at_the_desk = open_page(name, ["front_desk"])

    if at_the_desk is None:
        assert name not in {"patient_detail", "patient_edit"}
    else:
        assert at_the_desk.context["precautions"] == []
        assert at_the_desk.context["screening"] is None
        assert missing(at_the_desk, clinic_fixture.patient) == []


def missing(page, patient):
    """What the page does not say of who the patient is."""
    facts = [patient.given_name, patient.family_name, date_format(patient.born_on, "j M Y"), patient.record_number]
    html = _html(page).lower()  # the banner writes ADEYEMI, Ruth
    return [fact for fact in facts if fact.lower() not in html]


def _html(page):
    """What was drawn; of a PDF the page that it is made of."""
    if page.headers["Content-Type"].startswith("application/pdf"):
        return render_to_string("patients/consent_pdf.html", page.context[0].flatten())
    return page.content.decode()
