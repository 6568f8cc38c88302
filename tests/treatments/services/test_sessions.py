"""Starting, saving and signing through the services."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests.clinic.builders import make_appointment
from tests.database.guards import unguarded
from tests.treatments.builders import make_draft, make_muscle, make_needling, make_signed
from treatments.models import AdverseEvent, Needle, Needling, TreatmentSession
from treatments.record.sealing import content_hash
from treatments.services import save_draft, sign_session, start_session
from treatments.services.drafts import StaleSession

pytestmark = pytest.mark.both_engines


def save(session, *, by, **changes):
    arguments = {"version": session.version, "token": uuid.uuid4(), "values": {}}
    arguments |= {"needlings": [], "measurements": [], "events": []}
    return save_draft(session, by=by, **(arguments | changes))


@pytest.mark.parametrize(
    "field", ["opened_at", "status", "handed_over_from", "recent_saves", "practitioner", "consent"]
)
def test_a_save_takes_only_what_people_type(patient, physiotherapist, field):
    draft = make_draft(patient, by=physiotherapist)
    kept = {"needlings": [], "measurements": [], "events": []}
    before = TreatmentSession.objects.values().get()

    with pytest.raises(ValidationError):
        save_draft(draft, by=physiotherapist, version=draft.version, token=uuid.uuid4(), values={field: None}, **kept)

    assert TreatmentSession.objects.values().get() == before


def test_start_session_from_an_appointment_marks_it_in_session(physiotherapist, patient):
    appointment = make_appointment(patient, physiotherapist, at=timezone.now())

    session = start_session(patient, by=physiotherapist, session_id=uuid.uuid4(), appointment=appointment)

    appointment.refresh_from_db()
    assert session.appointment == appointment
    assert appointment.status == "in_session"


def test_start_session_twice_from_an_appointment_is_one_session(physiotherapist, patient):
    appointment = make_appointment(patient, physiotherapist, at=timezone.now())

    first, second = (
        start_session(patient, by=physiotherapist, session_id=uuid.uuid4(), appointment=appointment) for _ in range(2)
    )

    assert first.pk == second.pk


def test_start_session_by_somebody_without_a_practice_is_refused(superuser, patient):
    with pytest.raises(ValidationError, match="Only a practitioner"):
        start_session(patient, by=superuser, session_id=uuid.uuid4())


def test_copy_setup_leaves_out_a_needle_that_has_expired(physiotherapist, patient):
    signed = make_signed(patient, by=physiotherapist, days_ago=7)
    with unguarded():
        Needle.objects.filter(needlings__session=signed).update(expires_on=timezone.localdate() - timedelta(days=1))

    session = start_session(patient, by=physiotherapist, session_id=uuid.uuid4())

    assert session.needlings.get().needle is None
    assert session.needlings.get().depth_mm == 15


def test_save_draft_with_an_old_version_is_stale_and_changes_nothing(physiotherapist, patient):
    session = make_draft(patient, by=physiotherapist)

    with pytest.raises(StaleSession):
        save(session, by=physiotherapist, version=session.version - 1, values={"note": "late"})

    assert TreatmentSession.objects.get().note == ""
    assert Needling.objects.count() == 1


def test_save_draft_refuses_what_cannot_be_whatever_form_sent_it(physiotherapist, patient):
    session = make_draft(patient, by=physiotherapist)

    with pytest.raises(ValidationError, match="This needle is 40 mm long"):
        save(session, by=physiotherapist, needlings=[make_needling(make_muscle(), depth_mm=60)])


def test_a_signed_session_is_not_saved(physiotherapist, patient):
    session = make_signed(patient, by=physiotherapist)

    with pytest.raises(ValidationError, match="signed"):
        save(session, by=physiotherapist, values={"note": "later"})


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"pain_before": None}, "pain before"),
        ({"pain_after": None}, "pain after"),
        ({"needles_removed": 1}, "1 needle still in"),
        ({"needles_removed": 3}, "needles out exceeds needles in by 1"),
        ({"no_reaction": False}, "reactions, or none"),
    ],
)
def test_sign_session_refuses_what_is_incomplete(physiotherapist, patient, changes, missing):
    session = make_draft(patient, by=physiotherapist, **changes)

    with pytest.raises(ValidationError) as refusal:
        sign_session(session, by=physiotherapist, proof="PIN")

    assert refusal.value.messages == [f"Still missing: {missing}."]
    assert TreatmentSession.objects.get().status == "draft"


def test_sign_session_wants_the_grade_of_a_reaction(physiotherapist, patient):
    session = make_draft(patient, by=physiotherapist, events=[AdverseEvent(type="bleed")])

    with pytest.raises(ValidationError, match="grade of bleed"):
        sign_session(session, by=physiotherapist, proof="PIN")


def test_sign_session_wants_the_chest_advice_near_the_lung(physiotherapist, patient):
    rhomboid = make_muscle("rhomboid-major", "Rhomboid major", pneumothorax_risk=True)
    session = make_draft(patient, by=physiotherapist, needlings=[make_needling(rhomboid)], advice=[])

    with pytest.raises(ValidationError, match="chest advice"):
        sign_session(session, by=physiotherapist, proof="PIN")


def test_the_hash_tells_when_any_part_was_changed_behind_the_apps_back(physiotherapist, patient):
    session = make_signed(patient, by=physiotherapist)
    assert content_hash(TreatmentSession.objects.get()) == session.content_hash

    with unguarded():
        Needling.objects.update(depth_mm=16)

    assert content_hash(TreatmentSession.objects.get()) != session.content_hash


IMPOSSIBLE = [
    (TreatmentSession, {"pain_before": 11}),
    (TreatmentSession, {"status": "signed"}),
    (Needling, {"depth_mm": 400}),
    (Needling, {"twitch": "no", "twitch_count": 2}),
    (Needling, {"insertions": 0}),
    (Needling, {"retention_seconds": 5400}),
    (Needling, {"technique": "static", "frequency_hz": 2}),
    (Needling, {"technique": "static", "current_ma": 2}),
    (Needling, {"angle_degrees": 120}),
    (Needling, {"imaging": "none", "imaged_depth_mm": 20}),
    (TreatmentSession, {"ended_at": timezone.now() - timedelta(days=9)}),
]


@pytest.mark.parametrize(("model", "values"), IMPOSSIBLE)
def test_the_database_refuses_what_can_never_be(physiotherapist, patient, model, values):
    make_draft(patient, by=physiotherapist)

    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**values)


@pytest.mark.django_db(transaction=True)
def test_of_many_saves_of_one_version_at_once_exactly_one_wins(physiotherapist, patient):
    session = make_draft(patient, by=physiotherapist)
    barrier, won, stale = threading.Barrier(8), [], []

    def race(number):
        barrier.wait(20)
        try:
            won.append(save(session, by=physiotherapist, values={"note": f"writer {number}"}).note)
        except StaleSession:
            stale.append(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=race, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(won), len(stale)) == (1, 7)
    assert TreatmentSession.objects.get().note == won[0]


@pytest.mark.django_db(transaction=True)
def test_many_starts_at_once_are_one_session(physiotherapist, patient):
    appointment = make_appointment(patient, physiotherapist, at=timezone.now())
    barrier, started = threading.Barrier(8), []

    def press_start():
        barrier.wait(20)
        try:
            session = start_session(patient, by=physiotherapist, session_id=uuid.uuid4(), appointment=appointment)
            started.append(session.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=press_start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(started) == 8
    assert set(started) == {TreatmentSession.objects.get().pk}


def test_start_session_by_a_practitioner_who_left_is_refused(physiotherapist, patient):
    physiotherapist.practitioner.is_active = False
    physiotherapist.practitioner.save()

    with pytest.raises(ValidationError, match="Only a practitioner"):
        start_session(patient, by=physiotherapist, session_id=uuid.uuid4())
