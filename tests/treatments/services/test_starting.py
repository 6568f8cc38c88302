"""Starting a session: which visit it takes, drafts of the same day, and what it copies."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from patients.models import TrailEntry
from tests.clinic.builders import make_appointment
from tests.treatments.builders import make_draft, make_signed
from treatments.chart.last_time import history_before
from treatments.models import TreatmentSession
from treatments.record.starting import OpenDraft
from treatments.services import start_session, withdraw_draft

pytestmark = pytest.mark.both_engines

NOON = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def at_noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOON)


def start(patient, *, by, **fields):
    return start_session(patient, by=by, session_id=uuid.uuid4(), **fields)


def visit(patient, user, minutes, status="booked"):
    """A visit of half an hour, so many minutes after noon."""
    appointment = make_appointment(patient, user, at=NOON + timedelta(minutes=minutes))
    appointment.status = status
    appointment.save()
    return appointment


def test_a_session_takes_the_visit_of_today_that_is_nearest_to_now(at_noon, physiotherapist, patient):
    visit(patient, physiotherapist, -180)
    near = visit(patient, physiotherapist, 120)

    session = start(patient, by=physiotherapist)

    near.refresh_from_db()
    assert session.appointment == near
    assert near.status == "in_session"


def test_a_visit_that_lasts_is_nearer_than_one_that_begins_soon(at_noon, physiotherapist, patient):
    lasts = visit(patient, physiotherapist, -29)
    visit(patient, physiotherapist, 5)

    assert start(patient, by=physiotherapist).appointment == lasts


@pytest.mark.parametrize("status", ["cancelled", "no_show", "done"])
def test_a_visit_that_is_over_is_not_taken(at_noon, physiotherapist, patient, status):
    visit(patient, physiotherapist, 0, status=status)

    assert start(patient, by=physiotherapist).appointment is None


@pytest.mark.parametrize("days", [-1, 1])
def test_a_visit_of_another_day_is_not_taken(at_noon, physiotherapist, patient, days):
    visit(patient, physiotherapist, days * 24 * 60)

    assert start(patient, by=physiotherapist).appointment is None


def test_a_colleagues_visit_is_not_taken(at_noon, physiotherapist, other_physiotherapist, patient):
    visit(patient, other_physiotherapist, 0)

    assert start(patient, by=physiotherapist).appointment is None


@pytest.mark.parametrize("author", ["physiotherapist", "other_physiotherapist"])
def test_a_second_draft_of_the_day_is_refused_and_names_the_author(request, physiotherapist, patient, author):
    draft = start(patient, by=request.getfixturevalue(author))

    with pytest.raises(OpenDraft, match=str(draft.practitioner)) as refused:
        start(patient, by=physiotherapist)

    assert refused.value.drafts == [draft]
    assert TreatmentSession.objects.get() == draft


def test_a_second_draft_of_the_day_starts_with_a_reason_that_the_audit_trail_keeps(physiotherapist, patient):
    start(patient, by=physiotherapist)

    second = start(patient, by=physiotherapist, reason=" Came back in the evening ")

    entry = TrailEntry.objects.get(record_id=second.pk, action="create")
    assert entry.note == "Another session of the day: Came back in the evening"


def test_a_blank_reason_is_none(physiotherapist, patient):
    start(patient, by=physiotherapist)

    with pytest.raises(OpenDraft):
        start(patient, by=physiotherapist, reason="  ")


def test_sent_twice_a_session_starts_once_without_a_question(physiotherapist, patient):
    key = uuid.uuid4()

    for _ in range(2):
        start_session(patient, by=physiotherapist, session_id=key)

    assert TreatmentSession.objects.get().pk == key


def test_drafts_of_earlier_days_signed_and_withdrawn_ones_ask_nothing(physiotherapist, patient):
    make_draft(patient, by=physiotherapist, days_ago=2)
    make_signed(patient, by=physiotherapist)
    withdraw_draft(make_draft(patient, by=physiotherapist), by=physiotherapist, proof="PIN", reason="Wrong patient")

    start(patient, by=physiotherapist)

    assert TreatmentSession.objects.count() == 4


def test_a_set_up_is_copied_from_the_last_signed_session_only(physiotherapist, patient):
    signed = make_signed(patient, by=physiotherapist, days_ago=9)
    make_draft(patient, by=physiotherapist, days_ago=5)
    withdraw_draft(
        make_draft(patient, by=physiotherapist, days_ago=2), by=physiotherapist, proof="PIN", reason="Wrong patient"
    )

    session = start(patient, by=physiotherapist)

    assert session.copied_from == signed


def test_last_time_shows_and_offers_the_set_up_of_signed_sessions_only(physiotherapist, patient):
    signed = make_signed(patient, by=physiotherapist, days_ago=9)
    make_draft(patient, by=physiotherapist, days_ago=5)

    history = history_before(start(patient, by=physiotherapist))

    assert history.last == signed
    assert {row.session for row in history.last_times.values()} == {signed}
