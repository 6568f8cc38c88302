"""A draft is its author's, and its dates and counts are possible, whichever way they come in."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.database.guards import unguarded
from tests.treatments.builders import make_draft, make_signed
from treatments.models import TreatmentSession
from treatments.services import copy_setup, hand_over_draft, save_draft, sign_session, withdraw_draft

pytestmark = pytest.mark.both_engines

VERBS = {
    "save": lambda draft, by: save(draft, by=by),
    "sign": lambda draft, by: sign_session(draft, by=by, proof="PIN"),
    "withdraw": lambda draft, by: withdraw_draft(draft, by=by, proof="PIN", reason="Not mine"),
    "copy the set-up into": lambda draft, by: copy_setup(draft, by=by),
}


def save(draft, *, by, **values):
    rows = {"needlings": list(draft.needlings.all()), "measurements": [], "events": []}
    return save_draft(draft, by=by, version=draft.version, token=uuid.uuid4(), values=values, **rows)


@pytest.fixture
def draft(patient, physiotherapist):
    return make_draft(patient, by=physiotherapist)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("who", ["front_desk", "other_physiotherapist", "admin", "superuser"])
def test_nobody_else_can_write_or_sign_a_draft(request, draft, who, verb):
    stored = TreatmentSession.objects.filter(pk=draft.pk).values().get()

    with pytest.raises(PermissionDenied):
        VERBS[verb](draft, request.getfixturevalue(who))

    assert TreatmentSession.objects.filter(pk=draft.pk).values().get() == stored


@pytest.mark.parametrize("who", ["front_desk", "other_physiotherapist"])
def test_nobody_gives_away_the_draft_of_somebody_else(request, draft, other_physiotherapist, who):
    with pytest.raises(PermissionDenied):
        hand_over_draft(draft, by=request.getfixturevalue(who), proof="PIN", to=other_physiotherapist.practitioner)


def test_after_a_hand_over_only_the_new_author_writes(draft, physiotherapist, other_physiotherapist):
    hand_over_draft(draft, by=physiotherapist, proof="PIN", to=other_physiotherapist.practitioner)

    with pytest.raises(PermissionDenied):
        save(draft, by=physiotherapist)  # who still has the page open

    assert sign_session(draft, by=other_physiotherapist, proof="PIN").signed_by == other_physiotherapist


def test_somebody_who_has_left_the_clinic_signs_nothing(draft, physiotherapist):
    physiotherapist.is_active = False

    with pytest.raises(PermissionDenied):
        sign_session(draft, by=physiotherapist, proof="PIN")


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"started_at": timezone.now() + timedelta(days=30)}, "started_at", "A session cannot start in the future."),
        (
            {"started_at": timezone.now().replace(year=1900)},
            "started_at",
            "This is before the patient's date of birth.",
        ),
        ({"needles_inserted": 900}, "needles_inserted", "The number of needles must be between 0 and 200."),
        ({"needles_removed": -1}, "needles_removed", "The number of needles must be between 0 and 200."),
        ({"pain_before": 11}, "pain_before", "Pain must be a whole number from 0 to 10."),
    ],
)
def test_what_cannot_be_is_not_saved(draft, physiotherapist, values, field, sentence):
    with pytest.raises(ValidationError) as refusal:
        save(draft, by=physiotherapist, **values)

    assert refusal.value.message_dict == {field: [sentence]}


def test_a_draft_dated_ahead_is_not_signed_however_it_came_in(draft, physiotherapist):
    TreatmentSession.objects.filter(pk=draft.pk).update(started_at=timezone.now() + timedelta(days=20))

    with pytest.raises(ValidationError) as refusal:
        sign_session(draft, by=physiotherapist, proof="PIN")

    assert "A session cannot start in the future." in refusal.value.messages


def test_the_database_refuses_a_signature_before_the_session(patient, physiotherapist):
    signed = make_signed(patient, by=physiotherapist)
    stored = TreatmentSession.objects.filter(pk=signed.pk)

    with unguarded():
        stored.update(started_at=signed.signed_at + timedelta(minutes=4))  # clocks differ
        with pytest.raises(IntegrityError, match="session_signed_after_it_began"), transaction.atomic():
            stored.update(started_at=signed.signed_at + timedelta(minutes=6))


@pytest.mark.parametrize("field", ["needles_inserted", "needles_removed"])
def test_the_database_refuses_more_needles_than_a_session_has(draft, field):
    with pytest.raises(IntegrityError, match=f"session_{field}_0_to_200"), transaction.atomic():
        TreatmentSession.objects.filter(pk=draft.pk).update(**{field: 201})
