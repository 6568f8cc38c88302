"""A patient with two merged records shows the figures of a patient who was registered once."""

import random
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.audit.chain import broken_links
from patients.merging import differences, patient_keys, what_comes_together
from patients.models import Patient, ScreeningQuestion
from patients.precautions import precautions_for, screening_state
from patients.services import ask_for_merge, confirm_merge, open_episode, take_screening, undo_merge
from tests import people
from tests.clinic.builders import book, make_appointment, make_hours
from tests.patients.builders import all_conflicts
from tests.reference_data import have_questions
from tests.treatments.builders import fill_draft, make_draft, make_muscle, make_ready, make_signed
from tests.treatments.test_records_in_error import (
    MUSCLES,
    WRITE,
    figures,
    in_a_world_of_its_own,
    make_script,
    summaries,
)
from treatments.models import AdverseEvent, TreatmentSession
from treatments.outcomes.filters import Filters
from treatments.outcomes.follow_ups import follow_ups_of
from treatments.outcomes.rows import RowSource
from treatments.outcomes.sources import SummarySource
from treatments.record.trail_checks import records_unlike_the_trail
from treatments.record.verification import tampered_sessions
from treatments.services import rebuild_summaries, record_follow_up, sign_session

pytestmark = pytest.mark.both_engines


@pytest.fixture
def duplicate(front_desk):
    return people.make_patient(by=front_desk, given_name="Rut")


@pytest.fixture
def ready(patient, duplicate, physiotherapist):
    for one in (patient, duplicate):
        make_ready(one, by=physiotherapist)
    for slug, name, region in MUSCLES:
        make_muscle(slug, name, region=region)


def merged(survivor, duplicate, *, asked_by, by):
    merge = ask_for_merge(survivor, duplicate, by=asked_by, reason="Registered twice")
    return confirm(merge, by)


def confirm(merge, by):
    differing, _ = differences(merge.survivor, merge.duplicate)
    return confirm_merge(merge, by=by, proof="PIN", details={each.name: each.survivor for each in differing})


def write(script, patients, by, seed):
    """Write each record of a script for one of these patients, together with what belongs to it."""
    rng, made, whose = random.Random(seed), {}, {}
    for number, (kind, of_record, parent) in enumerate(script):
        above = made.get(parent)
        patient = whose[number] = whose[parent] if above else rng.choice(patients)
        visit = kind == "session" and make_appointment(patient, by, at=timezone.now() - timedelta(days=60 - number))
        made[number] = WRITE[kind](patient, by, number, random.Random(of_record), above, visit or None)


def everything():
    """Every row that belongs to a patient, and the patients, without what is only counted from others."""
    models = [key.model for key in patient_keys() if not key.remote_field.hidden and key.name != "trail"]
    models = [model for model in models if model._meta.model_name != "trailentry"]
    return [list(model.objects.order_by("pk").values()) for model in [Patient, *models]]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_two_merged_records_are_like_one_and_undone_like_two(
    seed, ready, physiotherapist, front_desk, patient, duplicate
):
    script = make_script(str(seed), random.Random(seed).choice(["session", "event", "score", "episode"]))

    def registered_twice():
        write(script, [patient, duplicate], physiotherapist, seed)
        before, counted = everything(), summaries()
        seals = list(TreatmentSession.objects.order_by("pk").values_list("content_hash", "patient"))
        merge = merged(patient, duplicate, asked_by=front_desk, by=physiotherapist)
        assert list(TreatmentSession.objects.order_by("pk").values_list("content_hash", "patient")) == seals
        assert list(broken_links()) == []
        as_merged = summaries()
        rebuild_summaries()
        assert summaries() == as_merged
        shown = in_a_world_of_its_own(lambda: figures(Patient.objects.get(pk=patient.pk), physiotherapist))
        undo_merge(merge, by=physiotherapist, reason="They are twins", proof="PIN")
        assert everything() == before
        assert summaries() == counted
        return shown

    def registered_once():
        write(script, [patient], physiotherapist, seed)
        return figures(patient, physiotherapist)

    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        twice, once = map(in_a_world_of_its_own, (registered_twice, registered_once))

    assert {name: (twice[name], once[name]) for name in once if twice.get(name) != once[name]} == {}
    assert twice.keys() == once.keys()


def test_signed_records_keep_their_seals(ready, patient, duplicate, physiotherapist, front_desk):
    session = make_signed(duplicate, by=physiotherapist)

    merge = merged(patient, duplicate, asked_by=front_desk, by=physiotherapist)

    stored = TreatmentSession.objects.get()
    assert (stored.content_hash, stored.patient) == (session.content_hash, duplicate)
    assert list(patient.treatment_sessions.all()) == [session]
    assert list(tampered_sessions()) == []
    assert list(records_unlike_the_trail()) == []
    undo_merge(merge, by=physiotherapist, reason="They are twins", proof="PIN")
    assert list(records_unlike_the_trail()) == []


def test_a_draft_that_moved_is_like_its_entries(ready, patient, duplicate, physiotherapist, front_desk):
    draft = make_draft(duplicate, by=physiotherapist)
    merged(patient, duplicate, asked_by=front_desk, by=physiotherapist)
    draft.refresh_from_db()
    sign_session(fill_draft(draft, by=physiotherapist), by=physiotherapist, proof="PIN")

    assert list(records_unlike_the_trail()) == []


def screen(patient, by, key, *, days_ago):
    answers = {question: (question.key == key, "") for question in ScreeningQuestion.objects.asked()}
    conflicts, taken_at = all_conflicts(answers, patient), timezone.now() - timedelta(days=days_ago)
    return take_screening(patient, by=by, answers=answers, conflicts=conflicts, taken_at=taken_at)


def test_alerts_of_both_count_until_the_patient_is_screened_again(patient, duplicate, physiotherapist, front_desk):
    have_questions()
    screen(duplicate, physiotherapist, "fainting", days_ago=9)
    newest = screen(patient, physiotherapist, "diabetes", days_ago=2)
    before = {p.key for one in (patient, duplicate) for p in precautions_for(one, on=timezone.localdate())}
    merge = merged(patient, duplicate, asked_by=front_desk, by=physiotherapist)
    survivor, today = Patient.objects.get(pk=patient.pk), timezone.localdate()

    assert len(before) == 2
    assert {p.key for p in precautions_for(survivor, on=today)} == before
    assert screening_state(survivor, on=today).screening == newest

    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        screen(survivor, physiotherapist, "epilepsy", days_ago=0)
        assert {p.key for p in precautions_for(survivor, on=timezone.localdate())} == {"epilepsy"}
        undo_merge(merge, by=physiotherapist, reason="They are twins", proof="PIN")
        duplicate.refresh_from_db()
        assert {p.key for p in precautions_for(duplicate, on=timezone.localdate())} == {"fainting"}


def test_visits_that_would_overlap_stand_against_a_merge(patient, duplicate, front_desk, physiotherapist):
    other = people.make_physiotherapist("d.okonkwo", first_name="Daniel", last_name="Okonkwo")
    for user in (physiotherapist, other):
        make_hours(user)
    mine = book(patient, physiotherapist, "10:00", by=front_desk)
    theirs = book(duplicate, other, "10:15", by=front_desk)

    with pytest.raises(ValidationError) as refused:
        merged(patient, duplicate, asked_by=front_desk, by=physiotherapist)

    assert {each.code for each in refused.value.error_list} == {"blocked"}
    assert all(visit.when in str(refused.value) for visit in (mine, theirs))


def test_visits_to_come_move(patient, duplicate, front_desk, physiotherapist):
    make_hours(physiotherapist)
    visit = book(duplicate, physiotherapist, "10:00", by=front_desk)

    merged(patient, duplicate, asked_by=front_desk, by=physiotherapist)

    visit.refresh_from_db()
    assert visit.patient == patient


def test_two_drafts_stand_against_a_merge(ready, patient, duplicate, front_desk, physiotherapist):
    for one in (patient, duplicate):
        make_draft(one, by=physiotherapist)

    with pytest.raises(ValidationError) as refused:
        merged(patient, duplicate, asked_by=front_desk, by=physiotherapist)

    assert {each.code for each in refused.value.error_list} == {"blocked"}


def test_a_draft_that_moved_is_signed_for_the_record_that_stays(ready, patient, duplicate, front_desk, physiotherapist):
    draft = make_draft(duplicate, by=physiotherapist)
    merge = merged(patient, duplicate, asked_by=front_desk, by=physiotherapist)
    draft.refresh_from_db()

    signed = sign_session(fill_draft(draft, by=physiotherapist), by=physiotherapist, proof="PIN")

    assert signed.patient == patient
    with pytest.raises(ValidationError) as refused:
        undo_merge(merge, by=physiotherapist, reason="They are twins", proof="PIN")
    assert refused.value.code == "depends"


def test_a_merge_is_not_undone_once_a_session_rests_on_both_records(
    ready, patient, duplicate, front_desk, physiotherapist
):
    episode = open_episode(duplicate, by=physiotherapist, complaint="Neck", region="neck")
    merge = merged(patient, duplicate, asked_by=front_desk, by=physiotherapist)
    survivor = Patient.objects.get(pk=patient.pk)
    episode.refresh_from_db()
    make_signed(survivor, by=physiotherapist, episode=episode)
    before = everything()

    with pytest.raises(ValidationError) as refused:
        undo_merge(merge, by=physiotherapist, reason="They are twins", proof="PIN")

    assert refused.value.code == "depends"
    assert duplicate.record_number in str(refused.value)
    assert everything() == before


def test_the_preview_counts_what_the_user_may_see(ready, patient, duplicate, front_desk, physiotherapist, admin):
    make_signed(duplicate, by=physiotherapist)
    make_appointment(patient, physiotherapist, at=timezone.now())

    def seen_by(user):
        found = what_comes_together(patient, duplicate, user=user)
        return {each.label: (each.survivor, each.duplicate) for each in found}

    assert seen_by(physiotherapist)["treatment sessions"] == (0, 1)
    assert seen_by(front_desk) == {"appointments": (1, 0)}
    assert "courses" not in seen_by(admin)


def test_the_figures_that_are_read_from_rows_count_one_person(ready, patient, duplicate, physiotherapist, front_desk):
    for number, one in enumerate((patient, duplicate)):
        session = make_signed(
            one, by=physiotherapist, days_ago=9 - number, events=[AdverseEvent(type="bruise", grade="mild")]
        )
        at = session.started_at + timedelta(hours=24)
        record_follow_up(session, by=physiotherapist, contacted_at=at, pain=3)
    merged(patient, duplicate, asked_by=front_desk, by=physiotherapist)

    from_rows, from_summaries = RowSource(Filters()).event_patients(), SummarySource(Filters()).event_patients()

    assert from_rows == from_summaries
    assert from_rows["bruise"] == (1, 4, 4)
    assert follow_ups_of(Filters(), 2).patients == 1
