"""Whatever a signed record consists of is in its hash, or stands here with the reason why not."""

import pytest

from patients.models import Screening, ScreeningAnswer, ScreeningQuestion
from patients.services import take_screening
from tests.database.guards import unguarded
from tests.treatments.builders import make_signed
from treatments.models import AdverseEvent, Amendment, Measurement, Needling, TreatmentSession, WarningAnswer
from treatments.record import sealing
from treatments.record.verification import tampered_sessions

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
}
LEFT_OUT = {
    TreatmentSession: {
        "copied_from_id": "where the set-up came from, not what was done",
        "version": "counts saves",
        "recent_saves": "counts saves",
        "saved_at": "of the draft",
        "saved_by_id": "of the draft",
        "status": "signed, or there would be no hash",
        "screening_id": "its content is covered",
        "consent_id": "its hash is covered",
        "content_hash": "the hash itself",
        "withdrawn_at": "never of a signed session",
        "withdrawn_by_id": "never of a signed session",
        "withdrawal_reason": "never of a signed session",
    },
    Needling: {"session_id": "it is the session's own list"},
    Measurement: {"session_id": "it is the session's own list"},
    AdverseEvent: {
        "session_id": "it is the session's own list",
        "follow_up_id": "events heard of later are not covered",
        "appeared_later": "only events that did not are covered",
    },
    WarningAnswer: {"session_id": "it is the session's own list"},
    Screening: {"patient_id": "the session's own patient"},
    ScreeningAnswer: {"screening_id": "it is the screening's own list"},
    Amendment: {"content_hash": "the hash itself"},
}


@pytest.mark.parametrize("model", COVERED)
def test_every_field_is_covered_or_left_out_with_a_reason(model):
    fields = {field.attname for field in model._meta.concrete_fields}

    assert set(COVERED[model]) | LEFT_OUT[model].keys() == fields
    assert set(COVERED[model]) & LEFT_OUT[model].keys() == set()


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
    content = sealing.content_of(TreatmentSession.objects.with_rows().get(pk=session.pk))
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
