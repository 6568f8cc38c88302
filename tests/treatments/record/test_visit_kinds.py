"""Each kind of visit needs what makes sense for it, can be signed then, and keeps what was typed."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from patients.services import withdraw_consent
from tests.treatments.builders import make_draft, make_muscle, make_needling, make_ready
from treatments.models import AdverseEvent, Needling, TreatmentSession, with_rows
from treatments.record.completeness import missing
from treatments.record.sealing import content_hash, sealed_content
from treatments.record.verification import tampered_sessions
from treatments.services import save_draft, sign_session, start_session

pytestmark = pytest.mark.both_engines

Kind = TreatmentSession.VisitKind
NOTHING = {"id_screening", "id_consent", "id_needles_inserted", "needling"}
# Where the list of what is missing leads for an empty draft of each kind, without screening and consent.
MISSING_IN_AN_EMPTY_DRAFT = {
    Kind.NEEDLING: NOTHING | {"id_pain_before", "id_pain_after", "id_no_reaction"},
    Kind.STOPPED: NOTHING | {"id_pain_before", "id_no_reaction", "id_visit_reason", "id_stopped_at", "id_departure"},
    Kind.ASSESSMENT: {"id_pain_before", "id_visit_reason"},
    Kind.EXERCISE: {"id_pain_before", "id_co_treatments"},
    Kind.UNWELL: {"id_visit_reason"},
    Kind.REFUSED: {"id_visit_reason"},
}
# Just enough to sign each kind without needling.
ENOUGH = {
    Kind.ASSESSMENT: {"visit_reason": "Rotation 40 degrees to the left", "pain_before": 5},
    Kind.EXERCISE: {"co_treatments": ["exercise"], "pain_before": 5},
    Kind.UNWELL: {"visit_reason": "Fever since the morning"},
    Kind.REFUSED: {"visit_reason": "Wants a day without needles"},
}


def save(session, *, by, needlings=(), events=(), **values):
    return save_draft(
        session,
        by=by,
        version=session.version,
        token=uuid.uuid4(),
        values=values,
        needlings=list(needlings),
        measurements=[],
        events=list(events),
    )


def start(patient, physiotherapist):
    return start_session(patient, by=physiotherapist, session_id=uuid.uuid4(), reason="Another one")


def stored(session):
    return with_rows(TreatmentSession.objects).get(pk=session.pk)


def signature(by):
    """What the database asks of a signature, for a write that passes by the services."""
    named = {"signed_by": by, "signed_name": "P", "signed_meaning": "authored", "content_hash": "0" * 64}
    return {"status": "signed", "signed_at": timezone.now(), "proved_by_means": "PIN"} | named


def stopped(patient, physiotherapist, **fields):
    """A draft of a needling that was stopped early, with what signing needs, unless `fields` say otherwise."""
    usual = {
        "visit_kind": Kind.STOPPED,
        "stopped_at": timezone.now() - timedelta(minutes=20),
        "departure": "accompanied",
        "pain_after": None,
        "needlings": [make_needling(make_muscle(), depth_mm=None, technique="", twitch="", twitch_count=None)],
        "events": [AdverseEvent(type="fainting", grade="significant")],
    }
    return make_draft(patient, by=physiotherapist, **(usual | fields))


@pytest.mark.parametrize("kind", Kind.values)
def test_an_empty_draft_lacks_what_its_kind_needs(patient, physiotherapist, kind):
    draft = save(start(patient, physiotherapist), by=physiotherapist, visit_kind=kind)

    assert {item.target for item in missing(stored(draft))} == MISSING_IN_AN_EMPTY_DRAFT[kind]


@pytest.mark.parametrize("kind", ENOUGH)
def test_a_visit_without_needling_is_signed_without_screening_and_consent(patient, physiotherapist, kind):
    draft = save(start(patient, physiotherapist), by=physiotherapist, visit_kind=kind, **ENOUGH[kind])

    signed = sign_session(draft, by=physiotherapist, proof="PIN")

    assert (signed.status, signed.visit_kind, signed.screening, signed.consent) == ("signed", kind, None, None)
    assert signed.signed_meaning == TreatmentSession.Meaning.ATTENDED
    assert list(tampered_sessions()) == []


@pytest.mark.parametrize("kind", ENOUGH)
def test_a_visit_without_needling_does_not_rest_on_a_screening_or_consent_in_force(patient, physiotherapist, kind):
    make_ready(patient, by=physiotherapist)
    draft = save(start(patient, physiotherapist), by=physiotherapist, visit_kind=kind, **ENOUGH[kind])

    signed = sign_session(draft, by=physiotherapist, proof="PIN")

    assert (signed.screening, signed.consent) == (None, None)


@pytest.mark.parametrize(("kind", "lacks"), [(kind, name) for kind in ENOUGH for name in ENOUGH[kind]])
def test_each_thing_that_a_kind_needs_is_needed(patient, physiotherapist, kind, lacks):
    values = {name: value for name, value in ENOUGH[kind].items() if name != lacks}
    draft = save(start(patient, physiotherapist), by=physiotherapist, visit_kind=kind, **values)

    with pytest.raises(ValidationError):
        sign_session(draft, by=physiotherapist, proof="PIN")


def test_a_withdrawn_consent_does_not_stand_against_recording_a_refusal(patient, physiotherapist):
    make_ready(patient, by=physiotherapist)
    withdraw_consent(patient.consents.get(), by=physiotherapist, proof="PIN", reason="No more needles")
    draft = save(start(patient, physiotherapist), by=physiotherapist, visit_kind="refused", visit_reason="No more")

    assert sign_session(draft, by=physiotherapist, proof="PIN").is_signed


# Needling that is still there ------------------------------------------------------------


@pytest.mark.parametrize("kind", ENOUGH)
def test_a_visit_without_needling_is_not_signed_with_needling_rows_and_loses_nothing(patient, physiotherapist, kind):
    draft = make_draft(patient, by=physiotherapist, visit_kind=kind, **ENOUGH[kind])

    assert {item.target for item in missing(stored(draft))} == {"id_clear_needling"}
    with pytest.raises(ValidationError):
        sign_session(draft, by=physiotherapist, proof="PIN")
    kept = stored(draft)
    assert (kept.needlings.count(), kept.needles_inserted, kept.status) == (1, 2, "draft")


def test_a_needle_count_without_rows_stands_against_a_visit_without_needling(patient, physiotherapist):
    draft = save(
        start(patient, physiotherapist), by=physiotherapist, visit_kind="unwell", visit_reason="Ill", needles_inserted=1
    )

    with pytest.raises(ValidationError):
        sign_session(draft, by=physiotherapist, proof="PIN")


def test_changing_the_kind_back_shows_what_was_typed(patient, physiotherapist):
    draft = make_draft(patient, by=physiotherapist)
    rows = list(draft.needlings.all())
    save(draft, by=physiotherapist, needlings=rows, visit_kind="unwell", visit_reason="Dizzy")
    save(stored(draft), by=physiotherapist, needlings=rows, visit_kind="needling")

    kept = stored(draft)
    assert missing(kept) == []
    assert (kept.visit_reason, kept.needles_inserted, kept.needlings.count()) == ("Dizzy", 2, 1)


def test_what_the_page_hides_is_not_signed(patient, physiotherapist):
    fields = {"visit_reason": "Dizzy", "stopped_at": timezone.now() - timedelta(minutes=5), "departure": "referred"}
    signed = sign_session(make_draft(patient, by=physiotherapist, **fields), by=physiotherapist, proof="PIN")

    assert (signed.visit_reason, signed.stopped_at, signed.departure) == ("", None, "")


def test_the_database_refuses_needling_rows_in_a_signed_visit_without_needling(patient, physiotherapist):
    draft = make_draft(patient, by=physiotherapist)
    rows = TreatmentSession.objects.filter(pk=draft.pk)
    unwell = {"visit_kind": "unwell", "visit_reason": "Ill", "needles_inserted": None, "needles_removed": None}

    with pytest.raises(IntegrityError, match="session_without_needling_has_no_rows"), transaction.atomic():
        rows.update(**signature(physiotherapist), **unwell)
    Needling.objects.filter(session=draft).delete()
    assert rows.update(**signature(physiotherapist), **unwell) == 1


@pytest.mark.parametrize(
    "values",
    [
        {"visit_kind": "unwell", "visit_reason": ""},
        {"visit_kind": "refused", "visit_reason": "No", "needles_inserted": 1},
        {"visit_kind": "needling", "pain_after": None},
        {"visit_kind": "stopped", "stopped_at": None, "departure": "referred"},
        {"visit_kind": "stopped", "stopped_at": timezone.now(), "departure": ""},
        {"visit_kind": "tea"},
    ],
)
def test_the_database_refuses_a_signed_visit_without_what_its_kind_needs(patient, physiotherapist, values):
    draft = make_draft(patient, by=physiotherapist)
    Needling.objects.filter(session=draft).delete()

    with pytest.raises(IntegrityError), transaction.atomic():
        TreatmentSession.objects.filter(pk=draft.pk).update(**signature(physiotherapist), **values)


# Stopped early -----------------------------------------------------------------------------


def test_a_needling_that_was_stopped_is_signed_without_depth_twitch_and_pain_after(patient, physiotherapist):
    signed = sign_session(stopped(patient, physiotherapist), by=physiotherapist, proof="PIN")

    assert signed.is_signed and signed.pain_after is None
    assert None not in (signed.screening, signed.consent)


@pytest.mark.parametrize(
    ("change", "target"),
    [
        ({"events": [], "no_reaction": True}, "id_visit_reason"),
        ({"stopped_at": None}, "id_stopped_at"),
        ({"departure": ""}, "id_departure"),
        ({"needles_removed": 1}, "id_needles_removed"),
        ({"needles_inserted": None}, "id_needles_inserted"),
        ({"pain_before": None}, "id_pain_before"),
        ({"consent_confirmed": False}, "id_consent_confirmed"),
    ],
)
def test_a_needling_that_was_stopped_needs_the_rest(patient, physiotherapist, change, target):
    draft = stopped(patient, physiotherapist, **change)

    assert [item.target for item in missing(stored(draft))] == [target]
    with pytest.raises(ValidationError):
        sign_session(draft, by=physiotherapist, proof="PIN")


@pytest.mark.parametrize("field", ["needle", "insertions"])
def test_a_row_that_was_begun_names_its_needle_and_its_insertions(patient, physiotherapist, field):
    row = make_needling(make_muscle())
    setattr(row, field, None)
    draft = stopped(patient, physiotherapist, needlings=[row])

    assert [item.target.rpartition("-")[2] for item in missing(stored(draft))] == [field]


def test_a_reason_does_instead_of_an_event(patient, physiotherapist):
    draft = stopped(patient, physiotherapist, events=[], no_reaction=True, visit_reason="Fire alarm")

    assert sign_session(draft, by=physiotherapist, proof="PIN").is_signed


@pytest.mark.parametrize("minutes", [-300, 60])
def test_needling_was_not_stopped_before_it_began_or_in_the_future(patient, physiotherapist, minutes):
    with pytest.raises(ValidationError) as refused:
        stopped(patient, physiotherapist, stopped_at=timezone.now() + timedelta(minutes=minutes))

    assert refused.value.message_dict.keys() == {"stopped_at"}


# The seal ----------------------------------------------------------------------------------


def test_the_kind_is_sealed(patient, physiotherapist):
    signed = stored(sign_session(stopped(patient, physiotherapist), by=physiotherapist, proof="PIN"))
    signed.visit_kind = "needling"
    assert content_hash(signed) != signed.content_hash

    signed = stored(signed)
    signed.departure = "recovered"
    assert content_hash(signed) != signed.content_hash


def test_a_full_needling_is_sealed_as_before_there_were_kinds(patient, physiotherapist):
    signed = stored(sign_session(make_draft(patient, by=physiotherapist), by=physiotherapist, proof="PIN"))

    assert not {"visit_kind", "visit_reason", "stopped_at", "departure"} & sealed_content(signed)["session"].keys()
