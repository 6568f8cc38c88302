"""The admin as the Admin role sees it: a plain staff user in the group, not a superuser."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin as django_admin
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from clinic.diary.message_texts import DEFAULTS
from clinic.models import (
    AccountChange,
    Appointment,
    AppointmentChange,
    AppointmentType,
    Backup,
    CalendarFeed,
    CallAttempt,
    Message,
    MessageText,
    OtherSiteAccess,
    PatientSite,
    Practitioner,
    RetentionSetting,
    Room,
    SigningPin,
    Site,
    TabletSignIn,
    TimeOff,
    TrainingCourse,
    VisitReply,
    WaitingListEntry,
    WorkingHours,
)
from clinic.services import create_calendar_feed
from patients.models import (
    Consent,
    ConsentForm,
    Destruction,
    DestructionCertificate,
    Episode,
    FileImport,
    ImportedAlert,
    ImportedRow,
    LegalHold,
    NameGram,
    Patient,
    PatientAnswers,
    PatientContact,
    PatientIdentifier,
    PatientMerge,
    RecordNumberCounter,
    Screening,
    ScreeningAnswer,
    ScreeningQuestion,
    TrailEntry,
)
from patients.services import keep_patient_answers, open_episode, take_screening
from tests import people
from tests.admin_pages import url_of
from tests.patients.builders import agree
from tests.treatments.builders import (
    make_assessment,
    make_attachment,
    make_draft,
    make_exercise,
    make_letter,
    make_muscle,
    make_needling,
    make_signed,
)
from treatments.models import (
    AdverseEvent,
    Assessment,
    Attachment,
    AttachmentContent,
    ChartReader,
    Correction,
    Course,
    CourseKey,
    DestroyedSum,
    Disclosure,
    EventReport,
    EventSpread,
    EventSummary,
    Exercise,
    ExercisePicture,
    ExercisePrescription,
    ExerciseReport,
    FollowUp,
    FollowUpAnswers,
    FollowUpFact,
    Letter,
    Measurement,
    Muscle,
    Needle,
    Needling,
    OutcomeScore,
    PatientDrawing,
    ProtocolRow,
    ProtocolUse,
    RecordCheck,
    RetentionCase,
    SessionContext,
    SessionFact,
    SessionSummary,
    SpreadSummary,
    Threshold,
    TreatmentSession,
    TriggerPoint,
    WarningAnswer,
)
from treatments.services import keep_patient_drawing, prescribe_exercise, record_follow_up, record_outcome_score

SEEN_INSIDE_ANOTHER = {
    ProtocolRow,
    AppointmentChange,
    CallAttempt,
    Correction,
    Disclosure,
    EventReport,
    ExerciseReport,
    FollowUpAnswers,
    ImportedAlert,
    LegalHold,
    PatientContact,
    PatientIdentifier,
    Room,
    ScreeningAnswer,
    TrainingCourse,
    WorkingHours,
}
# Counters and figures that the app keeps for itself, and a secret of its user.
NOT_FOR_PEOPLE = {
    ProtocolUse,
    SessionContext,
    SigningPin,
    TabletSignIn,
    NameGram,
    ImportedRow,
    RecordNumberCounter,
    SessionSummary,
    EventSpread,
    EventSummary,
    SpreadSummary,
    SessionFact,
    FollowUpFact,
    Course,
    CourseKey,
    DestroyedSum,
    ExercisePicture,
    AttachmentContent,
}
READ_ONLY = [
    Consent,
    Destruction,
    DestructionCertificate,
    Episode,
    Screening,
    PatientAnswers,
    PatientMerge,
    FileImport,
    PatientDrawing,
    Appointment,
    Assessment,
    Letter,
    Backup,
    RecordCheck,
    WaitingListEntry,
    Message,
    VisitReply,
    TreatmentSession,
    Needling,
    Measurement,
    AdverseEvent,
    FollowUp,
    OutcomeScore,
    PatientDrawing,
    ExercisePrescription,
    Attachment,
    TrailEntry,
    ChartReader,
    OtherSiteAccess,
    WarningAnswer,
    AccountChange,
]
NEVER_DELETED = [
    *READ_ONLY,
    Patient,
    ConsentForm,
    RetentionCase,
    RetentionSetting,
    ScreeningQuestion,
    Muscle,
    TriggerPoint,
    Threshold,
    Needle,
    Exercise,
    User,
    CalendarFeed,
    MessageText,
]
QUERIES = {
    Patient: 5,
    Episode: 7,
    Screening: 7,
    PatientAnswers: 7,
    PatientDrawing: 7,
    Consent: 7,
    ConsentForm: 5,
    ScreeningQuestion: 5,
    Site: 5,
    Practitioner: 6,
    AppointmentType: 5,
    Assessment: 8,
    Letter: 8,
    Backup: 6,
    FileImport: 7,
    RecordCheck: 4,
    Appointment: 9,
    TimeOff: 9,
    WaitingListEntry: 6,
    Message: 7,
    VisitReply: 6,
    MessageText: 6,  # one for the texts that are still the default
    CalendarFeed: 5,
    User: 7,
    AccountChange: 7,
    Destruction: 7,
    DestructionCertificate: 7,
    OtherSiteAccess: 8,
    PatientSite: 7,
    Muscle: 5,
    TriggerPoint: 5,
    Threshold: 5,
    Needle: 6,
    Exercise: 5,
    ExercisePrescription: 7,
    Attachment: 7,
    TreatmentSession: 8,
    Needling: 7,
    Measurement: 7,
    AdverseEvent: 9,
    FollowUp: 7,
    OutcomeScore: 7,
    TrailEntry: 7,
    ChartReader: 5,
    WarningAnswer: 7,
}


def make_rows(number, physiotherapist, front_desk, admin):
    """One more of everything that has a list."""
    patient = people.make_patient(by=front_desk, given_name=f"Ruth {number}")
    episode = open_episode(patient, by=physiotherapist, complaint="Stiff neck", region="neck")
    ScreeningQuestion.objects.create(key=f"q{number}", text="Faint?", alert="Faints", category="relative")
    take_screening(patient, by=physiotherapist, answers=dict.fromkeys(ScreeningQuestion.objects.asked(), (True, "")))
    asked = dict.fromkeys(ScreeningQuestion.objects.asked_of_patients(), (False,))
    keep_patient_answers(patient, by=physiotherapist, answers=asked, answered_by_name="Ruth")
    area = {"view": "posterior", "points": [[200, 100], [230, 110], [220, 150]]}
    keep_patient_drawing(patient, by=physiotherapist, drawing=[area], drawn_by_name="Ruth", id=uuid4())
    agree(patient, by=physiotherapist)
    ConsentForm.objects.create(version=number + 2, title="Draft")
    muscle = make_muscle(f"muscle-{number}", f"Muscle {number}")
    TriggerPoint.objects.create(muscle=muscle, label="TrP1")
    Threshold.objects.create(
        slug=f"t{number}", measure="nprs", kind="mcid", value=2, unit="points", population="Adults"
    )
    Needle.objects.create(maker="Agu", diameter_mm="0.25", length_mm=30 + number, lot="L2", expires_on=date(2030, 1, 1))
    event = AdverseEvent(type="bruise", grade="mild")
    Measurement.objects.create(session=make_draft(patient, by=physiotherapist), kind="ppt", muscle=muscle, unit="kpa")
    session = make_signed(patient, by=physiotherapist, episode=episode, needlings=[make_needling(muscle)])
    WarningAnswer.objects.create(
        session=make_draft(patient, by=physiotherapist),
        key="certificate",
        level="caution",
        title="Certificate out of date",
        sentence="It ran out.",
        source="the clinic's own rule",
        reason="Renewed",
        acknowledged_at=timezone.now(),
        acknowledged_by=physiotherapist,
    )
    record_follow_up(session, by=physiotherapist, contacted_at=timezone.now(), pain=3, events=[event])
    make_assessment(episode, by=physiotherapist)
    make_letter(episode, by=physiotherapist)
    record_outcome_score(episode, by=physiotherapist, measure="lefs", value=40, scored_on=timezone.localdate())
    make_attachment(patient, by=physiotherapist)
    exercise = make_exercise(by=physiotherapist, name=f"Exercise {number}")
    prescribe_exercise(patient, by=physiotherapist, exercise=exercise, dose="3 × 10")
    user = people.make_user(f"person.{number}", role=people.PHYSIOTHERAPIST)
    site = Site.objects.create(name=f"Site {number}")
    PatientSite.objects.create(patient=patient, site=site)
    by_admin = {"asked_at": timezone.now(), "asked_by": admin, "proved_by_means": "password"}
    gives, end = {"groups": [[], ["Admin"]]}, timezone.now() + timedelta(days=7)
    certificate = DestructionCertificate.objects.create(
        number=number + 1,
        destroyed_at=timezone.now(),
        record_numbers=[],
        patient_keys=[],
        counts={},
        trail_entries=0,
        last_entry_on=date(2020, 1, 1),
        kept_until=date(2028, 1, 1),
        record_number=f"X{number}",
    )
    asked = Destruction.objects.create(
        patient_key=10_000 + number, record_number=f"X{number}", reason="Old", **by_admin
    )
    Destruction.objects.filter(pk=asked.pk).update(
        is_accepted=True,
        decided_by=user,
        decided_at=timezone.now(),
        decision_proved_by_means="PIN",
        certificate=certificate,
    )
    AccountChange.objects.create(user=user, changes=gives, expires_at=end, **by_admin)
    reason = {"reason": "other", "explanation": "A test", "opened_by": admin, "opened_at": timezone.now()}
    OtherSiteAccess.objects.create(patient=patient, ends_at=timezone.now() + timedelta(hours=1), **reason)
    starts_at = timezone.now() + timedelta(days=number)
    appointment = Appointment.objects.create(
        patient=patient,
        practitioner=Practitioner.objects.create(user=user, site=site),
        room=Room.objects.create(site=site, name="1"),
        type=AppointmentType.objects.create(name=f"Visit {number}", minutes=30),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
    )
    message = Message.objects.create(appointment=appointment, starts_at=starts_at, channel="email")
    VisitReply.objects.create(appointment=appointment, message=message, kind="move", starts_at=starts_at)
    kind, channel = list(DEFAULTS)[number]
    MessageText.objects.create(kind=kind, channel=channel, subject="Your visit", text="See you soon.")
    create_calendar_feed(appointment.practitioner, by=admin)
    FileImport.objects.create(kind="patients", name="a.csv", size_bytes=1, uploaded_at=starts_at, uploaded_by=admin)
    Backup.objects.create(made_at=starts_at, file_name=f"{number}.age", bytes=1, rows=1)
    RecordCheck.objects.create(checked_at=starts_at, signed_sessions=1, audit_entries=1, problems=0)
    TimeOff.objects.create(site=site, starts_at=starts_at, ends_at=starts_at + timedelta(days=1))
    WaitingListEntry.objects.create(patient=patient, type=AppointmentType.objects.last(), created_by=front_desk)


def test_every_model_has_its_place_in_the_admin():
    ours = {model for app in ("patients", "clinic", "treatments") for model in apps.get_app_config(app).get_models()}

    assert ours - set(django_admin.site._registry) == SEEN_INSIDE_ANOTHER | NOT_FOR_PEOPLE


@pytest.mark.both_engines
@pytest.mark.parametrize("count", [1, 3])
def test_a_list_asks_the_same_number_of_queries_whatever_its_length(
    as_admin, physiotherapist, front_desk, admin, django_assert_num_queries, count
):
    for number in range(count):
        make_rows(number, physiotherapist, front_desk, admin)

    for model, queries in QUERIES.items():
        with django_assert_num_queries(queries, info=model.__name__):
            assert as_admin.get(url_of(model)).status_code == 200


@pytest.mark.both_engines
@pytest.mark.parametrize("count", [1, 3])
def test_the_start_page_asks_the_same_number_of_queries_whatever_waits(
    as_admin, physiotherapist, front_desk, admin, django_assert_num_queries, count
):
    for number in range(count):
        make_rows(number, physiotherapist, front_desk, admin)

    with django_assert_num_queries(43):
        assert as_admin.get("/admin/").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_a_session_with_its_rows_asks_the_same_number_of_queries(
    as_admin, patient, physiotherapist, django_assert_num_queries, count
):
    rows = [make_needling(make_muscle(f"muscle-{n}", f"Muscle {n}")) for n in range(count)]
    session = make_signed(patient, by=physiotherapist, needlings=rows)
    ContentType.objects.clear_cache()

    with django_assert_num_queries(19):
        assert as_admin.get(url_of(TreatmentSession, "change", session.pk)).status_code == 200


@pytest.mark.parametrize("model", NEVER_DELETED)
@pytest.mark.parametrize("who", ["admin", "superuser"])
def test_nothing_clinical_is_deleted(client, request, rf, who, model):
    asking = rf.get("/")
    asking.user = request.getfixturevalue(who)
    page = django_admin.site._registry[model]

    assert not page.has_delete_permission(asking)
    assert "delete_selected" not in page.get_actions(asking)


@pytest.mark.parametrize("model", READ_ONLY)
def test_clinical_content_is_read_only_even_for_a_superuser(client, superuser, model):
    client.force_login(superuser)

    assert client.get(url_of(model)).status_code == 200
    assert client.get(url_of(model, "add")).status_code == 403


def test_a_session_is_shown_with_its_rows_and_cannot_be_posted(as_admin, patient, physiotherapist):
    session = make_signed(patient, by=physiotherapist)
    url = url_of(TreatmentSession, "change", session.pk)

    page = as_admin.get(url)
    refused = as_admin.post(url, {"pain_before": 1})

    assert b"Upper trapezius" in page.content
    assert str(session.consent) in page.text
    assert b"Save and continue" not in page.content
    assert refused.status_code == 403
    assert as_admin.post(url_of(TreatmentSession, "delete", session.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("who", ["front_desk", "physiotherapist"])
def test_only_staff_enter(client, request, who):
    client.force_login(request.getfixturevalue(who))

    assert client.get(url_of(Patient)).status_code == 302
    assert client.post(url_of(Muscle), {"action": "anything"}).status_code == 302


def test_staff_without_a_role_may_nothing(client, db):
    muscle = make_muscle()
    client.force_login(User.objects.create_user("nobody", is_staff=True))

    response = client.post(url_of(Muscle), {"action": "anything", "_selected_action": [muscle.pk]})

    assert response.status_code == 403
