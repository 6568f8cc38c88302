import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.models import CallAttempt, Practitioner, Site
from clinic.services import record_unanswered_call
from patients.services import update_patient
from tests import people
from tests.clinic.builders import make_appointment
from tests.treatments.builders import make_draft, make_signed
from treatments.chart.follow_ups_due import follow_ups_due
from treatments.services import mark_in_error, record_follow_up, save_draft, sign_session, start_session


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def treat(patient, physiotherapist, now):
    """Sign a session of this patient that began so many hours ago."""

    def treat(hours, *, of=patient, **fields):
        return make_signed(of, by=physiotherapist, started_at=now - timedelta(hours=hours), **fields)

    return treat


@pytest.fixture
def visit(patient, physiotherapist, treat, now):
    """The visit of a signed session of yesterday, for which the patient came by appointment."""
    appointment = make_appointment(patient, physiotherapist, at=now - timedelta(hours=30))
    treat(30, appointment=appointment)
    appointment.refresh_from_db()
    return appointment


def due(now, **narrowed):
    return [(session.patient.given_name, session.hours) for session in follow_ups_due(at=now, **narrowed)]


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("hours", "expected"), [(23, []), (25, [24]), (47, [48]), (70, [72]), (83, [72]), (85, []), (400, [])]
)
def test_a_patient_is_due_from_24_hours_until_the_last_time_is_over(treat, now, hours, expected):
    treat(hours)

    assert [hours for _, hours in due(now)] == expected


def test_a_visit_without_needles_is_not_asked_about(patient, physiotherapist, now):
    draft = start_session(patient, by=physiotherapist, session_id=uuid.uuid4())
    values = {"visit_kind": "refused", "visit_reason": "Wants no needles", "started_at": now - timedelta(hours=30)}
    values["late_entry_reason"] = "Written from notes on paper"
    rows = {"needlings": [], "measurements": [], "events": []}
    draft = save_draft(draft, by=physiotherapist, version=draft.version, token=uuid.uuid4(), values=values, **rows)
    assert sign_session(draft, by=physiotherapist, proof="PIN").is_signed

    assert due(now) == []


def test_a_draft_is_not_asked_about(patient, physiotherapist, now):
    make_draft(patient, by=physiotherapist, started_at=now - timedelta(hours=30))

    assert due(now) == []


@pytest.mark.both_engines
@pytest.mark.parametrize(("asked_after", "is_due"), [(1, True), (13, False), (29, False)])
def test_a_patient_who_was_asked_after_the_night_is_no_longer_due(treat, physiotherapist, now, asked_after, is_due):
    session = treat(30)

    record_follow_up(
        session, by=physiotherapist, contacted_at=session.started_at + timedelta(hours=asked_after), pain=3
    )

    assert bool(due(now)) == is_due


def test_a_follow_up_entered_in_error_leaves_the_patient_due(treat, physiotherapist, now):
    heard = record_follow_up(treat(30), by=physiotherapist, contacted_at=now, pain=3)

    mark_in_error(heard, by=physiotherapist, reason="Another patient", proof="PIN")

    assert len(due(now)) == 1


def test_a_patient_who_was_treated_again_is_due_for_the_newer_session_only(treat, now):
    treat(70)
    treat(26)

    assert [hours for _, hours in due(now)] == [24]


def test_a_patient_who_has_left_is_not_due(treat, patient, admin, now):
    treat(30)

    update_patient(patient, by=admin, is_active=False)

    assert due(now) == []


def test_the_list_is_of_a_site_or_of_a_practitioner(treat, patient, physiotherapist, other_physiotherapist, now):
    elsewhere = Site.objects.create(name="Hill Street")
    Practitioner.objects.filter(user=other_physiotherapist).update(site=elsewhere)
    other = people.make_patient(by=physiotherapist, given_name="Ivo")
    treat(30)
    make_signed(other, by=other_physiotherapist, started_at=now - timedelta(hours=40))

    assert [name for name, _ in due(now)] == ["Ivo", "Ruth"]
    assert [name for name, _ in due(now, site=elsewhere)] == ["Ivo"]
    assert [name for name, _ in due(now, user=physiotherapist)] == ["Ruth"]


@pytest.mark.both_engines
def test_calls_without_an_answer_since_the_session_are_counted(visit, front_desk, now):
    before = CallAttempt.objects.create(appointment=visit, called_by=front_desk)
    CallAttempt.objects.bulk_create(
        [CallAttempt(appointment=visit, called_by=front_desk, called_at=now - timedelta(hours=31))]
    )
    record_unanswered_call(visit, by=front_desk)

    (session,) = follow_ups_due(at=now)

    assert session.unanswered_calls == 2
    assert session.last_called_at > before.called_at


def test_the_list_takes_one_query(treat, patient, physiotherapist, front_desk, now, django_assert_num_queries):
    for number in range(3):
        treat(30, of=people.make_patient(by=front_desk, given_name=f"Ida {number}"))

    with django_assert_num_queries(1):
        assert len(due(now)) == 3


def test_my_day_lists_whom_to_ask_and_notes_a_call_without_an_answer(client, visit, physiotherapist):
    client.force_login(physiotherapist)
    url = reverse("after_visit_no_answer", args=[visit.pk])
    (session,) = client.get(reverse("today")).context["due"]

    answer = client.post(url, {"next": reverse("today")})

    assert (answer.status_code, answer.url) == (302, reverse("today"))
    assert visit.call_attempts.get().called_by == physiotherapist
    page = client.get(reverse("today"))
    assert page.context["due"][0].unanswered_calls == 1
    assert reverse("follow_up_create", args=[session.patient_id, session.pk]) in page.content.decode()


def test_the_desk_sees_whom_to_call_and_nothing_of_the_treatment(client, visit, front_desk):
    client.force_login(front_desk)

    page = client.get(reverse("after_visit_list"))

    (session,) = page.context["due"]
    html = page.content.decode()
    assert session.patient.record_number in html
    assert "/sessions/" not in html
    assert "pain" not in html.lower()
    assert client.get(reverse("after_visit_list"), {"count": 1}).context["due"][0] == session


def test_a_physiotherapist_sees_only_their_own_patients_at_the_desk(client, visit, other_physiotherapist):
    client.force_login(other_physiotherapist)

    assert client.get(reverse("after_visit_list")).context["due"] == []


def test_a_call_is_noted_only_for_a_visit_that_is_done(client, patient, physiotherapist, front_desk, now):
    booked = make_appointment(patient, physiotherapist, at=now + timedelta(hours=1))
    client.force_login(front_desk)

    assert client.post(reverse("after_visit_no_answer", args=[booked.pk])).status_code == 404
    assert not booked.call_attempts.exists()
