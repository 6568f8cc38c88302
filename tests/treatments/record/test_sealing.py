"""Whatever a signed record consists of is in its hash, or stands here with the reason why not."""

import pytest

from patients.models import Screening, ScreeningAnswer, ScreeningQuestion
from patients.services import take_screening
from tests.database.guards import unguarded
from tests.treatments.builders import make_signed
from treatments.models import (
    AdverseEvent,
    Amendment,
    Assessment,
    Measurement,
    Needling,
    TreatmentSession,
    WarningAnswer,
    with_rows,
)
from treatments.record import fields, sealing
from treatments.record.verification import tampered_sessions

from .sample_record import sample_amendment, sample_session

pytestmark = pytest.mark.both_engines

COVERED = {
    TreatmentSession: sealing.SESSION_FIELDS,
    Needling: sealing.NEEDLING_FIELDS,
    Measurement: sealing.MEASUREMENT_FIELDS,
    AdverseEvent: sealing.EVENT_FIELDS,
    WarningAnswer: sealing.WARNING_FIELDS,
    Screening: sealing.SCREENING_FIELDS,
    ScreeningAnswer: sealing.ANSWER_FIELDS,
    Amendment: sealing.AMENDMENT_FIELDS,
    Assessment: sealing.ASSESSMENT_FIELDS,
}


def left_out(model, declared):
    """{attribute: reason} of what the declaration leaves out of the seal."""
    return {model._meta.get_field(field.name).attname: field.not_sealed for field in declared if field.not_sealed}


LEFT_OUT = {
    TreatmentSession: left_out(TreatmentSession, fields.SESSION),
    Needling: left_out(Needling, fields.NEEDLING),
    Measurement: left_out(Measurement, fields.MEASUREMENT),
    AdverseEvent: left_out(AdverseEvent, fields.EVENT),
    WarningAnswer: {"session_id": "it is the session's own list"},
    Screening: {"patient_id": "the session's own patient", "error_mark_id": "set later; the mark has its own hash"},
    ScreeningAnswer: {"screening_id": "it is the screening's own list"},
    Amendment: {"content_hash": "the hash itself", "seal_version": "sealed apart, from version 2 on"},
    Assessment: dict.fromkeys(["version", "recent_saves", "saved_at", "saved_by_id"], "about saves of the draft")
    | dict.fromkeys(["withdrawn_at", "withdrawn_by_id", "withdrawal_reason"], "only of a draft")
    | {"status": "it is signed", "error_mark_id": "set later; the mark has its own hash"}
    | {"content_hash": "the hash itself", "seal_version": "sealed apart"},
}


@pytest.mark.parametrize("model", COVERED)
def test_every_field_is_covered_or_left_out_with_a_reason(model):
    attributes = {field.attname for field in model._meta.concrete_fields}

    assert set(COVERED[model]) | LEFT_OUT[model].keys() == attributes
    assert set(COVERED[model]) & LEFT_OUT[model].keys() == set()


# What signed records were sealed with. Never take a name away: their hashes would no longer be true.
SEALED_SINCE_THE_START = {
    TreatmentSession: "id patient_id episode_id complaint practitioner_id handed_over_from_id appointment_id started_at"
    " position pain_before pain_after needles_inserted needles_removed no_reaction consent_confirmed co_treatments"
    " advice plan note signed_at signed_by_id signed_name signed_meaning",
    Needling: "id sort_order muscle_id side trigger_point_id location point_state taut_band needle_id depth_mm"
    " technique frequency_hz insertions twitch twitch_count retention_seconds retention_started_at"
    " referred_pain_reproduced response",
    Measurement: "id sort_order kind muscle_id movement side before after unit",
    AdverseEvent: "id type grade needling_id onset_at action outcome resolved_on reported_to recorded_at"
    " recorded_by_id",
}


@pytest.mark.parametrize("model", SEALED_SINCE_THE_START)
def test_what_was_once_sealed_stays_sealed(model):
    assert set(SEALED_SINCE_THE_START[model].split()) <= set(COVERED[model])


@pytest.mark.parametrize("model", SEALED_SINCE_THE_START)
def test_a_field_that_is_added_to_the_seal_is_empty_in_records_that_were_signed_before(model):
    added = set(COVERED[model]) - set(SEALED_SINCE_THE_START[model].split())
    defaults = {f.attname: f.get_default() for f in model._meta.concrete_fields if f.attname in added}
    left_out = sealing.UNSEALED_VALUES if model is TreatmentSession else {}
    sealed = {name: default for name, default in defaults.items() if left_out.get(name) != default}

    assert [name for name, default in sealed.items() if not sealing._is_empty(default)] == []


def test_hashes_of_the_released_version_stay_true():
    """Computed by the version of 28 November 2026, which clinics have signed records with."""
    session, amendment = sample_session(), sample_amendment()

    assert sealing.content_hash(session) == "7284c0b9143c3c2946b375355447f5c836f0eee6814a756cddc7526517b2b2de"
    assert sealing.amendment_hash(amendment) == "7aaad6bc710a72b69951cc50322c6de185f58a2dbd6455697ed922b0d6ed2b4c"


@pytest.fixture
def signed(patient, physiotherapist):
    """Signed on a screening of one yes, one no and one that is not known."""
    fields = {"text": "?", "alert": "?", "category": "relative"}
    said = {"bleeding": True, "fainting": False, "lung": None}
    answers = {
        ScreeningQuestion.objects.create(key=key, **fields): (is_yes, "", "", []) for key, is_yes in said.items()
    }
    take_screening(patient, by=physiotherapist, answers=answers)
    return make_signed(patient, by=physiotherapist)


def answers_of(session):
    content = sealing.sealed_content(with_rows(TreatmentSession.objects).get(pk=session.pk))
    keys = dict(ScreeningQuestion.objects.values_list("pk", "key"))
    return {keys[answer["question_id"]]: answer for answer in content["screening"]["answers"]}


def test_what_is_not_known_is_sealed_in_words_and_a_no_as_it_always_was(signed):
    found = answers_of(signed)

    assert {key: answer.get("is_yes", "left out") for key, answer in found.items()} == {
        "bleeding": True,
        "fainting": "left out",
        "lung": "not known",
    }
    assert found["fainting"].keys() == {"id", "question_id", "question_text"}
    assert list(tampered_sessions()) == []


@pytest.mark.parametrize(("before", "after"), [(None, False), (None, True), (False, None), (True, None)])
def test_not_known_made_into_another_answer_is_found(signed, before, after):
    with unguarded():
        ScreeningAnswer.objects.filter(is_yes=before).update(is_yes=after)

    assert len(list(tampered_sessions())) == 1
