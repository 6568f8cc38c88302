"""Whatever a signed record consists of is in its hash, or stands here with the reason why not."""

import pytest

from patients.models import Screening, ScreeningAnswer
from treatments import sealing
from treatments.models import AdverseEvent, Amendment, Measurement, Needling, TreatmentSession, WarningAnswer

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
