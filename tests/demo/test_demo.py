"""The seeded demo clinic."""

import io
from datetime import timedelta
from itertools import pairwise

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from clinic.models import Appointment, Practitioner, Room, Site
from patients.consents import consent_hash, consent_state
from patients.models import Consent, Episode, Patient
from patients.models.consent import drawing
from patients.precautions import precautions_for, screening_state
from treatments.models import (
    AdverseEvent,
    EventReport,
    Letter,
    Needle,
    Needling,
    PatientDrawing,
    TreatmentSession,
    with_rows,
)
from treatments.record.attached import content_of
from treatments.record.completeness import missing
from treatments.record.corrections import as_corrected
from treatments.record.sealing import content_hash
from treatments.safety.past_events import past_events_of

Status = Appointment.Status


@pytest.fixture(scope="module")
def kept_demo(django_db_setup, django_db_blocker):
    """Seed once for the module. Each test runs in a savepoint, as with `kept_clinic_fixture`."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("seed_demo", patients=12, stdout=io.StringIO())
        yield
        transaction.set_rollback(True)


@pytest.fixture
def demo(kept_demo, db):
    """A demo clinic with twelve patients."""


@pytest.fixture
def ruth(demo):
    return Patient.objects.get(family_name="Adeyemi", given_name="Ruth")


def everything():
    """Every row of the three apps and every user."""
    models = [User]
    for app in ("patients", "clinic", "treatments"):
        models += apps.get_app_config(app).get_models()
    return {model: list(model.objects.order_by("pk").values()) for model in models}


def test_every_record_has_its_entry_in_the_trail(demo):
    call_command("verify_records", stdout=io.StringIO())


def test_a_letter_to_the_gp_of_one_patient_went_out(ruth):
    letter = Letter.objects.signed().get(patient=ruth)

    assert letter.disclosures.get().way == "post"
    assert all(name in letter.body for name in ("4 sessions", "Upper trapezius, right"))


def test_demo_has_a_place_and_people(demo):
    site = Site.objects.get()

    assert (site.name, site.is_demo, site.timezone) == ("Harbour Lane Physiotherapy", True, "Europe/London")
    assert (Room.objects.count(), Practitioner.objects.count(), User.objects.count()) == (3, 4, 8)
    staff = User.objects.filter(is_staff=True).order_by("username")
    assert list(staff.values_list("username", flat=True)) == ["a.berg", "s.moreau"]
    assert Patient.objects.count() == 12


def test_demo_stock_has_one_lot_out_of_date(demo):
    today = timezone.localdate()

    assert Needle.objects.count() == 11
    assert Needle.objects.filter(expires_on__lt=today).count() == 1
    assert Needle.objects.filter(expires_on__range=(today, today + timedelta(days=30))).count() == 1


def test_demo_passwords_sign_in(demo, client):
    client.post("/login/", {"username": "m.solberg", "password": "harbour-lane-demo"})

    assert client.get("/today/").status_code == 200


def test_demo_twice_changes_nothing(demo, capsys):
    before = everything()

    call_command("seed_demo", patients=30)

    assert everything() == before
    printed = capsys.readouterr().out
    assert "already here" in printed
    assert "m.solberg" in printed


def test_signed_sessions_of_the_demo_keep_the_rules(demo):
    signed = list(with_rows(TreatmentSession.objects.signed()))

    assert len(signed) > 10
    for session in signed:
        assert missing(session) == []
        assert session.needles_inserted == session.needles_removed
        assert session.content_hash == content_hash(session)
        assert session.started_at < session.signed_at
        assert screening_state(session.patient, on=timezone.localdate(session.started_at)).is_valid


def test_demo_has_an_open_serious_event_in_the_banner_of_its_patient(demo, client):
    (event,) = AdverseEvent.objects.open().filter(grade="serious")
    client.force_login(User.objects.get(username="m.solberg"))

    page = client.get(f"/patients/{event.session.patient_id}/").content.decode()

    assert past_events_of(event.session.patient)[-1].title in page


def test_serious_events_of_the_demo_are_closed_by_a_second_clinician(demo):
    reports = EventReport.objects.filter(event__grade="serious", is_closed=True)

    for report in reports.select_related("event__session__practitioner"):
        assert report.recorded_by_id not in (report.event.recorded_by_id, report.event.session.practitioner.user_id)


def test_needlings_of_the_demo_fit_needle_muscle_and_day(demo):
    for row in Needling.objects.select_related("needle", "muscle", "session", "trigger_point"):
        assert row.trigger_point.muscle_id == row.muscle_id
        assert row.depth_mm <= row.needle.length_mm
        assert row.needle.expires_on >= timezone.localdate(row.session.started_at)


def test_demo_never_needles_both_sides_of_the_thorax(demo):
    sessions = TreatmentSession.objects.exclude(patient__family_name="Adeyemi").prefetch_related("needlings__muscle")

    for session in sessions:
        assert len({row.side for row in session.needlings.all() if row.muscle.pneumothorax_risk}) < 2


def test_appointments_of_the_demo_never_overlap(demo):
    for who in ("practitioner_id", "room_id", "patient_id"):
        rows = Appointment.objects.order_by(who, "starts_at").values_list(who, "starts_at", "ends_at")
        for (one, _, ends_at), (other, starts_at, _) in pairwise(rows):
            assert one != other or ends_at <= starts_at


def test_closed_episodes_of_the_demo_have_a_summary(demo):
    closed = Episode.objects.exclude(closed_on=None)

    assert closed.exists()
    assert not closed.filter(closing_summary="").exists()


def test_ruth_has_a_letter_and_a_photo(ruth):
    attachments = ruth.attachments.select_related("content").order_by("dated_on")

    assert [(one.kind, one.is_picture) for one in attachments] == [("referral", False), ("photo", True)]
    assert all(content_of(one) for one in attachments)


def test_ruth_has_five_sessions_and_two_precautions(ruth):
    sessions = ruth.treatment_sessions.order_by("started_at")

    assert list(sessions.values_list("pain_before", flat=True)) == [8, 7, 6, 6, 5]
    assert [session.is_signed for session in sessions] == [True, True, True, True, False]
    assert {p.key for p in precautions_for(ruth, on=timezone.localdate())} == {"anticoag_deep", "fainting"}
    assert ruth.appointments.on(timezone.localdate()).get().status == Status.IN_SESSION


def test_demo_everybody_treated_agreed_before_the_first_needle(demo):
    sessions = TreatmentSession.objects.signed().prefetch_related("needlings__muscle").select_related("patient")
    wrong = {
        state.sentence
        for session in sessions
        if not (state := _consent_at(session)).is_valid or not session.consent_confirmed
    }

    assert sessions
    assert wrong == set()


def _consent_at(session):
    regions = {row.muscle.region for row in session.needlings.all()}
    return consent_state(session.patient, on=timezone.localdate(session.started_at), regions=regions)


def test_demo_signatures_are_drawings_of_the_pad(demo):
    drawn = Consent.objects.filter(signing="drawn")

    assert drawn
    for consent in drawn:
        drawing(consent.signature)
        assert consent.content_hash == consent_hash(consent)


def test_demo_somebody_withdrew_and_a_newcomer_drew_alone_and_has_not_agreed_yet(demo):
    assert Consent.objects.filter(withdrawn_at__isnull=False).count() == 1
    assert PatientDrawing.objects.waiting().get().patient.consents.count() == 0


def test_the_demo_shows_what_seldom_happens(demo):
    signed = TreatmentSession.objects.signed()
    corrected = signed.exclude(amendments__corrections=None).get()

    assert signed.filter(visit_kind="stopped", events__type="fainting").count() == 1
    assert [session.is_late_entry for session in signed.exclude(late_entry_reason="")] == [True]
    assert as_corrected(corrected).pain_after == corrected.pain_after - 1
    assert signed.exclude(error_mark=None).get() not in TreatmentSession.objects.counting()


def test_demo_knows_the_build_of_most_patients_and_the_dose_of_some_needlings(demo):
    rows = Needling.objects.exclude(direction="")

    assert Patient.objects.filter(body_measures__isnull=False).distinct().count() > 3
    assert 0 < rows.count() < Needling.objects.count()
    assert not rows.exclude(direction="tangential").filter(muscle__pneumothorax_risk=True).exists()
