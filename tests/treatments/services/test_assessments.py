"""Assessments: drafts, signing, amendments and errors, with the rules of a session."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from patients.models import TrailEntry
from patients.services import close_episode, open_episode
from tests.database.guards import unguarded
from tests.treatments.builders import make_assessment, make_signed_assessment
from treatments.models import Amendment, Assessment, Correction
from treatments.record.assessments import first_assessment_of
from treatments.record.corrections import Change, as_corrected, with_amendments
from treatments.record.verification import faulty_guards, tampered_amendments, tampered_assessments
from treatments.services import (
    amend_assessment,
    mark_in_error,
    save_assessment,
    sign_assessment,
    start_assessment,
    withdraw_assessment,
)
from treatments.services.drafts import StaleSession
from treatments.services.signing import Incomplete

pytestmark = pytest.mark.both_engines


@pytest.fixture
def episode(patient, physiotherapist):
    return open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")


def save(draft, by, *, version=None, **values):
    return save_assessment(draft, by=by, version=version or draft.version, token=uuid.uuid4(), values=values)


def sign(draft, by, **changed):
    return sign_assessment(draft, **{"by": by, "version": draft.version, "proof": "PIN"} | changed)


def test_start_pressed_twice_or_again_later_goes_on_with_the_draft(episode, physiotherapist):
    first = start_assessment(episode, by=physiotherapist, id=uuid.uuid4())

    assert start_assessment(episode, by=physiotherapist, id=first.pk) == first
    assert start_assessment(episode, by=physiotherapist, id=uuid.uuid4()) == first


def test_no_assessment_is_started_in_a_closed_episode(episode, physiotherapist):
    closed = close_episode(episode, by=physiotherapist, closing_reason="goal_reached", closing_summary="Well.")

    with pytest.raises(ValidationError):
        start_assessment(closed, by=physiotherapist, id=uuid.uuid4())

    assert not Assessment.objects.exists()


def test_a_stale_save_overwrites_nothing(episode, physiotherapist):
    draft = start_assessment(episode, by=physiotherapist, id=uuid.uuid4())
    save(draft, physiotherapist, history="Since the move")

    with pytest.raises(StaleSession):
        save(draft, physiotherapist, version=draft.version, history="")

    assert Assessment.objects.get().history == "Since the move"


def test_a_save_sent_twice_is_stored_once(episode, physiotherapist):
    draft, token = start_assessment(episode, by=physiotherapist, id=uuid.uuid4()), uuid.uuid4()
    for _ in range(2):
        saved = save_assessment(
            draft, by=physiotherapist, version=draft.version, token=token, values={"easing": "Heat"}
        )

    assert saved.version == draft.version + 1


def test_only_the_author_writes(episode, physiotherapist, other_physiotherapist):
    draft = make_assessment(episode, by=physiotherapist)

    for write in (lambda by: save(draft, by, history="x"), lambda by: sign(draft, by)):
        with pytest.raises(PermissionDenied):
            write(other_physiotherapist)


@pytest.mark.parametrize(
    ("values", "target"),
    [
        ({"red_flags": ""}, "id_red_flags"),
        ({"red_flags": "found"}, "id_red_flags_detail"),
        ({"red_flags": "not_asked", "red_flags_detail": " "}, "id_red_flags_detail"),
        ({"started_at": timezone.now() - timedelta(days=2)}, "id_late_entry_reason"),
    ],
)
def test_signing_needs_an_answer_about_red_flags_and_a_reason_for_a_late_entry(
    episode, physiotherapist, values, target
):
    draft = make_assessment(episode, by=physiotherapist, **values)

    with pytest.raises(Incomplete) as refusal:
        sign(draft, physiotherapist)

    assert [item.target for item in refusal.value.lacking] == [target]


def test_nothing_but_red_flags_is_required(episode, physiotherapist):
    draft = make_assessment(episode, by=physiotherapist, pain_now=None)

    signed = sign(draft, physiotherapist)

    assert (signed.is_signed, signed.signed_name, signed.complaint) == (True, "Marit Solberg", "Neck pain")
    assert list(tampered_assessments()) == []


def test_signing_asks_for_a_proof_and_for_the_version_that_was_shown(episode, physiotherapist):
    draft = make_assessment(episode, by=physiotherapist)

    with pytest.raises(ValidationError) as refusal:
        sign(draft, physiotherapist, proof="")
    assert refusal.value.code == "proof"
    with pytest.raises(StaleSession):
        sign(draft, physiotherapist, version=draft.version - 1)

    assert Assessment.objects.get().is_draft


def test_the_database_refuses_to_change_or_delete_a_signed_assessment(episode, physiotherapist):
    signed = make_signed_assessment(episode, by=physiotherapist)
    rows = Assessment.objects.filter(pk=signed.pk)

    for write in (lambda: rows.update(history="Other"), lambda: rows.delete(), lambda: rows.update(status="draft")):
        with pytest.raises(IntegrityError), transaction.atomic():
            write()
    with pytest.raises(ValidationError):
        save(signed, physiotherapist, history="Other")


def test_the_database_refuses_a_signature_without_an_answer_about_red_flags(episode, physiotherapist):
    draft = make_assessment(episode, by=physiotherapist, red_flags="")
    signature = {"signed_at": timezone.now(), "signed_by": physiotherapist, "signed_name": "M", "content_hash": "h"}

    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.filter(pk=draft.pk).update(
            status="signed", signed_meaning="authored", proved_by_means="PIN", **signature
        )


@pytest.mark.parametrize(
    "values", [{"history": "Other"}, {"pain_now": 0}, {"drawing": []}, {"sites": []}, {"red_flags": "none"}]
)
def test_a_change_behind_the_back_of_the_database_is_found(episode, physiotherapist, values):
    area = {"view": "anterior", "points": [[1, 2], [30, 4], [5, 60]]}
    site = {"region": "neck", "side": "", "note": "", "pain": 0}
    flags = {"red_flags": "found", "red_flags_detail": "Night sweats"}
    signed = make_signed_assessment(episode, by=physiotherapist, drawing=[area], sites=[site], **flags)
    assert list(tampered_assessments()) == []

    with unguarded():
        Assessment.objects.filter(pk=signed.pk).update(**values)

    assert len(list(tampered_assessments())) == 1


def test_amendments_of_an_assessment_are_numbered_chained_and_in_the_trail_of_the_patient(episode, physiotherapist):
    signed, by = make_signed_assessment(episode, by=physiotherapist), physiotherapist
    for text in ("Left, not right.", "Also at night."):
        latest = amend_assessment(signed, by=by, text=text, reason="Heard later", proof="PIN", id=uuid.uuid4())

    assert latest.number == 2
    assert latest.previous_hash == signed.amendments.get(number=1).content_hash
    assert signed.amendments.get(number=1).previous_hash == signed.content_hash
    assert TrailEntry.objects.filter(action="amend", patient=signed.patient).count() == 2
    assert list(tampered_amendments()) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        Amendment.objects.update(text="Other")


def correct(signed, by, **values):
    typed = {"text": "", "reason": "Misheard", "proof": "PIN", "id": uuid.uuid4()} | values.pop("typed", {})
    return amend_assessment(signed, by=by, changes=[Change(Correction.Kind.CHANGE, values=values)], **typed)


def test_a_corrected_answer_counts_and_the_signed_one_stays(episode, physiotherapist):
    signed = make_signed_assessment(episode, by=physiotherapist, surgery_when="2019", medication="Ibuprofen")
    sites = [{"region": "neck", "side": "left", "note": "", "pain": 3}]

    first = correct(signed, physiotherapist, pain_now=4, surgery_when="2018-03", medication="Ibuprofen")
    correct(signed, physiotherapist, pain_now=5, sites=sites)

    counts = as_corrected(with_amendments(Assessment.objects).get())
    assert (counts.pain_now, counts.surgery_when, counts.sites) == (5, "2018-03", sites)
    assert counts.was == {"pain_now": "6", "surgery_when": "2019", "sites": ""}
    assert first.text == "Pain now: 4, not 6.\nLast operation in: Mar 2018, not 2019."
    assert Assessment.objects.get().pain_now == 6
    assert first_assessment_of(make_assessment(episode, by=physiotherapist)).pain_now == 5
    assert [*tampered_assessments(), *tampered_amendments()] == []


def test_a_correction_sent_twice_is_stored_once(episode, physiotherapist):
    signed = make_signed_assessment(episode, by=physiotherapist)
    once = {"typed": {"id": uuid.uuid4()}, "pain_now": 4}

    assert correct(signed, physiotherapist, **once) == correct(signed, physiotherapist, **once)
    assert Correction.objects.count() == 1


@pytest.mark.parametrize(
    "values",
    [
        {"pain_now": 11},
        {"red_flags": "found"},
        {"red_flags": ""},
        {"red_flags": "perhaps"},
        {"started_at": timezone.now()},
        {"pain_now": 6},
    ],
)
def test_what_could_not_have_been_signed_is_no_correction(episode, physiotherapist, values):
    with pytest.raises(ValidationError):
        correct(make_signed_assessment(episode, by=physiotherapist), physiotherapist, **values)

    assert not Amendment.objects.exists()


def test_a_draft_cannot_be_amended(episode, physiotherapist):
    draft = make_assessment(episode, by=physiotherapist)

    with pytest.raises(ValidationError):
        amend_assessment(draft, by=physiotherapist, text="x", reason="y", proof="PIN", id=uuid.uuid4())


def test_a_withdrawn_draft_stays_and_another_can_be_started(episode, physiotherapist):
    draft = make_assessment(episode, by=physiotherapist)

    withdraw_assessment(draft, by=physiotherapist, reason="Wrong episode", proof="PIN")

    assert start_assessment(episode, by=physiotherapist, id=uuid.uuid4()) != draft
    assert not Assessment.objects.counting().filter(pk=draft.pk).exists()
    with pytest.raises(ValidationError):
        save(draft, physiotherapist, history="x")


def test_one_that_was_entered_in_error_is_compared_with_nothing(episode, physiotherapist):
    wrong = make_signed_assessment(episode, by=physiotherapist)
    first = make_signed_assessment(episode, by=physiotherapist)
    now = make_assessment(episode, by=physiotherapist)
    assert first_assessment_of(now) == wrong

    mark_in_error(wrong, by=physiotherapist, reason="Another patient", proof="PIN")

    assert first_assessment_of(now) == first
    assert list(tampered_assessments()) == []


def test_every_trigger_is_there(db):
    assert list(faulty_guards()) == []
