"""Saving and signing is one transaction; what cannot be signed yet is saved all the same."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from patients.models import TrailEntry
from tests.treatments.builders import make_draft, make_muscle, make_needling
from treatments.models import TreatmentSession
from treatments.record.needle_count import count_token
from treatments.services import save_and_sign, save_draft
from treatments.services.drafts import StaleSession
from treatments.services.refusals import database_refusals
from treatments.services.sessions import NotSigned

pytestmark = pytest.mark.both_engines


@pytest.fixture
def draft(patient, physiotherapist):
    return make_draft(patient, by=physiotherapist)


@pytest.fixture
def send(draft, physiotherapist):
    def send(service=save_and_sign, **changed):
        page = {"version": draft.version, "token": uuid.uuid4(), "values": {"plan": "Again in a week."}}
        rows = {"needlings": [make_needling(make_muscle())], "measurements": [], "events": []}
        answers = {"answers": list(draft.warning_answers.all())}
        count = {"recounted": count_token(rows["needlings"])}
        proof = {"proof": "PIN"} if service is save_and_sign else {}
        return service(draft, by=physiotherapist, **page | rows | answers | count | proof | changed)

    return send


def actions():
    entries = TrailEntry.objects.filter(record_type="treatmentsession").order_by("pk")
    return list(entries.values_list("action", flat=True))


def test_what_is_signed_is_what_was_sent(send, draft):
    before = len(actions())

    signed = send()

    stored = TreatmentSession.objects.get(pk=draft.pk)
    assert (stored.plan, stored.is_signed, stored.content_hash) == ("Again in a week.", True, signed.content_hash)
    assert actions()[before:] == ["change", "sign"]


def test_a_draft_that_is_not_complete_is_saved_and_not_signed(send, draft):
    with pytest.raises(NotSigned) as refused:
        send(values={"plan": "Again in a week.", "pain_after": None})

    stored = TreatmentSession.objects.get(pk=draft.pk)
    assert refused.value.messages == ["Still missing: pain after."]
    assert (stored.plan, stored.is_draft, stored.version) == ("Again in a week.", True, draft.version + 1)


def test_a_page_that_is_out_of_date_neither_saves_nor_signs(send, draft):
    with pytest.raises(StaleSession):
        send(version=draft.version - 1)

    stored = TreatmentSession.objects.get(pk=draft.pk)
    assert (stored.plan, stored.is_draft, stored.version) == ("", True, draft.version)


def test_a_page_sent_again_after_it_was_signed_is_refused_as_closed(send):
    token = uuid.uuid4()
    send(token=token)

    with pytest.raises(ValidationError) as refused:
        send(token=token)

    assert refused.value.code == "closed"


# What the database refuses -----------------------------------------------------------


@pytest.mark.parametrize("service", [save_draft, save_and_sign])
def test_a_constraint_that_refuses_a_save_says_why(send, draft, service):
    with pytest.raises(ValidationError) as refused:
        send(service, values={"plan": "Again in a week.", "pain_before": 11})

    assert refused.value.messages == ["Pain must be a whole number from 0 to 10."]
    assert TreatmentSession.objects.get(pk=draft.pk).plan == ""


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("UNIQUE constraint failed: treatments_needling.id", "saved the same row at the same time"),
        ("FOREIGN KEY constraint failed", "no longer exists"),
    ],
)
def test_refusals_of_the_database_are_told_apart(error, sentence):
    with pytest.raises(ValidationError, match=sentence), database_refusals():
        raise IntegrityError(error)


def test_a_fault_of_the_program_is_not_told_as_the_page_s():
    with pytest.raises(IntegrityError, match="NOT NULL"), database_refusals():
        raise IntegrityError("NOT NULL constraint failed: treatments_needling.muscle_id")
