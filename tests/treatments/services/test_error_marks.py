"""A record entered in error: who marks it, who confirms it, what the database refuses, and what it no longer does."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from clinic.models import Appointment
from patients.consents import consent_state
from patients.models import ErrorMark, ScreeningQuestion
from patients.precautions import screening_state
from patients.services import open_episode, record_body_measure, take_screening, withdraw_consent
from tests import people
from tests.clinic.builders import make_appointment
from tests.database.guards import unguarded
from tests.patients.builders import agree, all_conflicts, decline, make_screening
from tests.treatments.builders import (
    make_attachment,
    make_draft,
    make_exercise,
    make_ready,
    make_signed,
    make_signed_letter,
)
from treatments.models import AdverseEvent, EventSummary, OutcomeScore, SessionFact, TreatmentSession, with_rows
from treatments.record.in_error import sessions_resting_on, why_second_person
from treatments.record.sealing import content_hash
from treatments.record.verification import tampered_error_marks, tampered_sessions
from treatments.safety.past_events import past_events_of
from treatments.services import (
    confirm_error_mark,
    decline_error_mark,
    mark_in_error,
    prescribe_exercise,
    record_event,
    record_exercise_report,
    record_follow_up,
    record_outcome_score,
    report_event,
    sign_session,
    start_session,
)

pytestmark = pytest.mark.both_engines
WHY = "Written into the wrong patient’s chart"


@pytest.fixture
def signed(patient, physiotherapist):
    return make_signed(patient, by=physiotherapist)


def make_kind(kind, patient, by):
    """A record of this kind that counts, and that needs no second person unless it is a session."""
    if kind == "episode":
        return open_episode(patient, by=by, complaint="Knee", region="leg")
    if kind == "body-measure":
        return record_body_measure(patient, by=by, height_cm=172, weight_kg=64)
    if kind == "attachment":
        return make_attachment(patient, by=by)
    if kind.startswith("exercise"):
        exercise = make_exercise(by=by)
        prescription = prescribe_exercise(patient, by=by, exercise=exercise, dose="3 × 10")
        return prescription if kind == "exercise" else record_exercise_report(prescription, by=by, how="done")
    if kind == "score":
        episode = open_episode(patient, by=by, complaint="Neck", region="neck")
        return record_outcome_score(episode, by=by, measure="ndi", value=40, scored_on=timezone.localdate())
    if kind == "letter":
        return make_signed_letter(open_episode(patient, by=by, complaint="Neck", region="neck"), by=by)
    session = make_signed(patient, by=by)
    if kind == "session":
        return session
    if kind == "event":
        return record_event(session, by=by, type="bruise", grade="mild")
    if kind == "follow-up":
        return record_follow_up(session, by=by, contacted_at=timezone.now(), pain=2)
    if kind == "screening":
        return make_screening(patient, by=by)
    return agree(patient, by=by)


KINDS = ["session", "event", "follow-up", "score", "episode", "screening", "consent", "body-measure"]
KINDS += ["attachment", "exercise", "exercise-report", "letter"]


def mark(record, by, **more):
    """Mark a record, confirmed by an admin where that is needed."""
    more = {"proof": "password"} | more
    if why_second_person(record):
        admin = people.User.objects.filter(username="a.berg").first() or people.make_admin()
        marked = mark_in_error(record, by=by, reason=WHY, asked=admin, **more)
        confirm_error_mark(marked, by=admin, proof="password")
    else:
        marked = mark_in_error(record, by=by, reason=WHY, **more)
    record.refresh_from_db()
    return marked


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_of_each_kind_is_marked_by_its_author_and_stays(patient, physiotherapist, kind):
    record = make_kind(kind, patient, physiotherapist)

    marked = mark(record, physiotherapist, proof="PIN")

    marked.refresh_from_db()
    assert record.error_mark == marked
    assert (marked.kind, marked.record_id, marked.patient) == (kind, str(record.pk), patient)
    assert (marked.reason, marked.marked_by, marked.proved_by_means) == (WHY, physiotherapist, "PIN")
    assert not type(record).objects.counting().filter(pk=record.pk).exists()
    assert list(tampered_error_marks()) == []
    assert list(tampered_sessions()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_mark_is_refused(patient, physiotherapist, kind):
    record = make_kind(kind, patient, physiotherapist)
    mark(record, physiotherapist)

    with pytest.raises(ValidationError):
        mark(record, physiotherapist)


@pytest.mark.parametrize("kind", KINDS)
def test_the_database_refuses_to_take_a_mark_from_a_record(patient, physiotherapist, kind):
    record = make_kind(kind, patient, physiotherapist)
    mark(record, physiotherapist)

    with pytest.raises(DatabaseError), transaction.atomic():
        type(record).objects.filter(pk=record.pk).update(error_mark=None)


def test_the_database_refuses_to_change_or_remove_a_mark_and_a_second_one(patient, physiotherapist):
    marked = mark(make_kind("score", patient, physiotherapist), physiotherapist)
    marks = ErrorMark.objects.filter(pk=marked.pk)
    second = ErrorMark(**{f.attname: getattr(marked, f.attname) for f in ErrorMark._meta.concrete_fields})
    second.pk = uuid.uuid4()

    with pytest.raises(DatabaseError), transaction.atomic():
        marks.update(reason="Another reason")
    with pytest.raises(DatabaseError), transaction.atomic():
        marks._raw_delete("default")
    with pytest.raises(DatabaseError), transaction.atomic():
        second.save(force_insert=True)


def test_the_database_still_refuses_any_other_change_of_a_signed_session(signed):
    with pytest.raises(DatabaseError), transaction.atomic():
        TreatmentSession.objects.filter(pk=signed.pk).update(pain_before=1)


def test_only_the_author_or_an_admin_marks(signed, other_physiotherapist, admin, front_desk):
    for nobody in (other_physiotherapist, front_desk):
        with pytest.raises(PermissionDenied):
            mark_in_error(signed, by=nobody, reason=WHY, asked=admin, proof="password")

    marked = mark_in_error(signed, by=admin, reason=WHY, asked=other_physiotherapist, proof="password")

    assert marked.is_waiting


def test_a_reason_is_needed(patient, physiotherapist):
    record = make_kind("score", patient, physiotherapist)

    with pytest.raises(ValidationError) as refusal:
        mark_in_error(record, by=physiotherapist, reason="  ", proof="password")

    assert "reason" in refusal.value.message_dict


def test_a_draft_is_not_marked_and_neither_is_an_event_of_a_draft(patient, physiotherapist):
    draft = make_draft(patient, by=physiotherapist, events=[AdverseEvent(type="bruise", grade="mild")])

    for record in (draft, draft.events.get()):
        with pytest.raises(ValidationError):
            mark_in_error(record, by=physiotherapist, reason=WHY, proof="password")


def test_an_event_of_a_signed_visit_is_marked_and_the_seal_still_matches(patient, physiotherapist):
    events = [AdverseEvent(type="bruise", grade="mild"), AdverseEvent(type="dizzy", grade="significant")]
    signed = make_signed(patient, by=physiotherapist, events=events)

    mark(signed.events.get(type="dizzy"), physiotherapist)

    assert [event.type for event in AdverseEvent.objects.counting()] == ["bruise"]
    assert not AdverseEvent.objects.open().exists()
    assert [event.type for event in past_events_of(patient)] == ["bruise"]
    assert list(EventSummary.objects.filter(axis="session", what="dizzy", events__gt=0)) == []
    session = with_rows(TreatmentSession.objects).get(pk=signed.pk)
    assert content_hash(session) == session.content_hash


@pytest.mark.parametrize("change", [{"type": "nausea"}, {"grade": "mild"}, {"session": uuid.uuid4()}])
def test_the_database_refuses_every_other_change_of_an_event_of_a_signed_visit(patient, physiotherapist, change):
    signed = make_signed(patient, by=physiotherapist, events=[AdverseEvent(type="bruise", grade="significant")])

    with pytest.raises(IntegrityError, match="event_frozen_with_session"), transaction.atomic():
        signed.events.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        signed.events.all().delete()


def test_a_page_sent_twice_marks_once(patient, physiotherapist):
    record, page = make_kind("score", patient, physiotherapist), uuid.uuid4()

    marks = [mark_in_error(record, by=physiotherapist, reason=WHY, id=page, proof="password") for _ in range(2)]

    assert marks[0] == marks[1]
    assert ErrorMark.objects.count() == 1


# The second person ------------------------------------------------------------------------------


def test_a_serious_record_counts_until_the_second_person_confirms(signed, physiotherapist, other_physiotherapist):
    marked = mark_in_error(signed, by=physiotherapist, reason=WHY, asked=other_physiotherapist, proof="password")
    assert marked.is_waiting
    assert SessionFact.objects.filter(session=signed).exists()
    with pytest.raises(PermissionDenied):
        confirm_error_mark(marked, by=physiotherapist, proof="password")

    confirm_error_mark(marked, by=other_physiotherapist, proof="passkey")

    marked.refresh_from_db()
    assert (marked.decided_by, marked.decision_proved_by_means) == (other_physiotherapist, "passkey")
    assert not SessionFact.objects.filter(session=signed).exists()
    assert list(tampered_error_marks()) == []


def test_an_admin_confirms_in_place_of_the_person_who_was_asked(signed, physiotherapist, other_physiotherapist, admin):
    marked = mark_in_error(signed, by=physiotherapist, reason=WHY, asked=other_physiotherapist, proof="password")

    confirm_error_mark(marked, by=admin, proof="password")

    signed.refresh_from_db()
    assert signed.error_mark_id == marked.pk


def test_a_colleague_who_was_not_asked_does_not_confirm(signed, physiotherapist, other_physiotherapist, admin):
    marked = mark_in_error(signed, by=physiotherapist, reason=WHY, asked=admin, proof="password")

    with pytest.raises(PermissionDenied):
        confirm_error_mark(marked, by=other_physiotherapist, proof="password")


def test_a_serious_record_needs_somebody_who_is_asked(signed, physiotherapist, admin, front_desk):
    for asked in (None, physiotherapist, front_desk):
        with pytest.raises(ValidationError) as refusal:
            mark_in_error(
                signed, by=physiotherapist, reason=WHY, asked=asked, alone_reason="I am in a hurry", proof="password"
            )
        assert "asked" in refusal.value.message_dict


def test_after_it_was_declined_a_record_counts_and_can_be_marked_again(signed, physiotherapist, other_physiotherapist):
    marked = mark_in_error(signed, by=physiotherapist, reason=WHY, asked=other_physiotherapist, proof="password")
    with pytest.raises(ValidationError):
        decline_error_mark(marked, by=other_physiotherapist, reason="", proof="password")

    decline_error_mark(marked, by=other_physiotherapist, reason="I saw the patient here", proof="password")

    with pytest.raises(ValidationError):
        confirm_error_mark(marked, by=other_physiotherapist, proof="password")
    signed.refresh_from_db()
    assert signed.error_mark is None
    assert mark_in_error(
        signed, by=physiotherapist, reason=WHY, asked=other_physiotherapist, proof="password"
    ).is_waiting
    assert list(tampered_error_marks()) == []


def test_where_nobody_else_could_confirm_a_reason_is_asked_instead(signed, physiotherapist):
    with pytest.raises(ValidationError) as refusal:
        mark_in_error(signed, by=physiotherapist, reason=WHY, proof="password")
    assert "alone_reason" in refusal.value.message_dict

    marked = mark_in_error(signed, by=physiotherapist, reason=WHY, alone_reason="I work alone", proof="password")

    signed.refresh_from_db()
    assert (signed.error_mark, marked.alone_reason) == (marked, "I work alone")


def test_the_owner_reads_why_there_was_no_second_person(client, signed, physiotherapist):
    marked = mark_in_error(signed, by=physiotherapist, reason=WHY, alone_reason="I work alone", proof="password")
    client.force_login(people.make_admin())

    (reason,) = client.get(reverse("admin:treatments_reasons_alone")).context["reasons"]

    assert (reason.reason, reason.by, reason.patient) == ("I work alone", physiotherapist, signed.patient)
    assert reason.url == reverse("error_mark_detail", args=[signed.patient_id, marked.pk])


def test_what_is_serious(patient, physiotherapist, signed):
    mild = record_event(signed, by=physiotherapist, type="bruise", grade="mild")
    serious = record_event(signed, by=physiotherapist, type="pneumothorax", grade="serious")
    call = record_follow_up(
        signed,
        by=physiotherapist,
        contacted_at=timezone.now(),
        events=[AdverseEvent(type="seizure", grade="serious")],
    )
    later = record_event(signed, by=physiotherapist, type="fainting", grade="significant")
    report_event(
        later, by=physiotherapist, number=1, grade="serious", action="Lay down", outcome="Well",
        follow_up_due_on=timezone.localdate() + timedelta(days=1),
    )  # fmt: skip
    needs = [bool(why_second_person(row)) for row in (signed, mild, serious, call, later)]
    assert needs == [True, False, True, True, True]
    assert all(why_second_person(row) for row in (signed.screening, signed.consent))


def test_nobody_alone_takes_back_what_speaks_against_the_next_session(patient, physiotherapist):
    """Without it, an earlier consent or screening would be in force again."""
    make_ready(patient, by=physiotherapist)
    with_a_yes, refusal = make_screening(patient, by=physiotherapist), decline(patient, by=physiotherapist)
    withdrawn = agree(patient, by=physiotherapist)
    withdraw_consent(withdrawn, by=physiotherapist, reason="Afraid", proof="PIN")
    answers = dict.fromkeys(ScreeningQuestion.objects.asked(), (False, ""))
    known = all_conflicts(answers, patient)
    clean = take_screening(patient, by=physiotherapist, answers=answers, conflicts=known)
    given = agree(patient, by=physiotherapist)

    for record in (with_a_yes, refusal, withdrawn):
        with pytest.raises(ValidationError) as refused:
            mark_in_error(record, by=physiotherapist, reason=WHY, proof="PIN")
        assert "alone_reason" in refused.value.message_dict
        record.refresh_from_db()
        assert record.error_mark is None
    for record in (clean, given):
        assert mark_in_error(record, by=physiotherapist, reason=WHY, proof="PIN").is_in_effect


# What it no longer does ----------------------------------------------------------------------------


def test_a_screening_and_a_consent_in_error_are_in_force_for_nothing(patient, physiotherapist):
    make_ready(patient, by=physiotherapist)
    old = patient.screenings.get(), patient.consents.get()
    new = make_screening(patient, by=physiotherapist), agree(patient, by=physiotherapist)
    session = make_signed(patient, by=physiotherapist)
    today = timezone.localdate()

    for record in new:
        assert list(sessions_resting_on(record)) == [session]
        mark(record, physiotherapist)

    assert screening_state(patient, on=today).screening == old[0]
    assert consent_state(patient, on=today).consent == old[1]
    assert list(tampered_sessions()) == []


def test_the_visit_of_a_session_in_error_can_be_used_again(patient, physiotherapist):
    visit = make_appointment(patient, physiotherapist, at=timezone.now())
    session = make_signed(patient, by=physiotherapist, appointment=visit)
    visit.refresh_from_db()
    assert visit.status == Appointment.Status.DONE

    mark(session, physiotherapist)

    visit.refresh_from_db()
    assert visit.status == Appointment.Status.BOOKED
    again = start_session(patient, by=physiotherapist, session_id=uuid.uuid4())
    assert again.appointment == visit
    assert again != session
    session.refresh_from_db()
    assert session.appointment == visit


def test_the_database_refuses_two_sessions_that_count_for_one_visit(patient, physiotherapist):
    visit = make_appointment(patient, physiotherapist, at=timezone.now())
    make_signed(patient, by=physiotherapist, appointment=visit)
    draft = make_draft(patient, by=physiotherapist)

    with pytest.raises(DatabaseError), transaction.atomic():
        TreatmentSession.objects.filter(pk=draft.pk).update(appointment=visit)


def test_the_drafts_of_an_episode_in_error_are_set_to_no_complaint(patient, physiotherapist):
    episode = open_episode(patient, by=physiotherapist, complaint="Knee", region="leg")
    draft = make_draft(patient, by=physiotherapist, episode=episode)
    version = draft.version

    mark(episode, physiotherapist)

    draft.refresh_from_db()
    assert (draft.episode, draft.version) == (None, version + 1)
    assert sign_session(draft, by=physiotherapist, proof="password").complaint == ""


@pytest.mark.parametrize(
    "add",
    [
        lambda session, by: record_event(session, by=by, type="bruise", grade="mild"),
        lambda session, by: record_follow_up(session, by=by, contacted_at=timezone.now(), pain=1),
    ],
)
def test_nothing_is_added_to_a_session_in_error(signed, physiotherapist, add):
    mark(signed, physiotherapist)

    with pytest.raises(ValidationError):
        add(signed, physiotherapist)


def test_nothing_is_added_to_an_event_or_an_episode_in_error(patient, signed, physiotherapist):
    event = record_event(signed, by=physiotherapist, type="bruise", grade="mild")
    episode = open_episode(patient, by=physiotherapist, complaint="Knee", region="leg")
    mark(event, physiotherapist)
    mark(episode, physiotherapist)

    with pytest.raises(ValidationError):
        report_event(event, by=physiotherapist, number=1, grade="mild")
    with pytest.raises(ValidationError):
        record_outcome_score(episode, by=physiotherapist, measure="ndi", value=40, scored_on=timezone.localdate())


# Verification and two at once ------------------------------------------------------------------------


def test_a_changed_mark_and_a_mark_of_another_record_are_found(patient, physiotherapist):
    score = make_kind("score", patient, physiotherapist)
    marked = mark(score, physiotherapist)
    with unguarded():
        ErrorMark.objects.filter(pk=marked.pk).update(reason="Another reason")

    assert len(list(tampered_error_marks())) == 1


def test_a_mark_that_was_taken_from_its_record_is_found(patient, physiotherapist):
    score = make_kind("score", patient, physiotherapist)
    mark(score, physiotherapist)
    with unguarded():
        OutcomeScore.objects.filter(pk=score.pk).update(error_mark=None)

    assert len(list(tampered_error_marks())) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_marks_at_once_one_is_stored(patient, physiotherapist):
    score = make_kind("score", patient, physiotherapist)
    results, ready = [], threading.Barrier(2)

    def job():
        try:
            ready.wait(10)
            results.append(mark_in_error(score, by=physiotherapist, reason=WHY, proof="password"))
        except ValidationError as refusal:
            results.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=job) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(type(result).__name__ for result in results) == ["ErrorMark", "ValidationError"]
    assert ErrorMark.objects.count() == 1
