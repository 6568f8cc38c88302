"""Drafts of assessments and letters are handed over like those of sessions (see test_signing)."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from patients.models import TrailEntry
from patients.services import open_episode
from tests.treatments.builders import make_assessment, make_letter
from treatments.record.verification import tampered_assessments, tampered_letters
from treatments.services import hand_over_draft, sign_assessment, sign_letter

pytestmark = pytest.mark.both_engines

KINDS = {"assessment": (make_assessment, sign_assessment), "letter": (make_letter, sign_letter)}


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


@pytest.fixture
def episode(patient, physiotherapist):
    return open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")


def test_a_colleague_completes_what_was_handed_over(kind, episode, physiotherapist, other_physiotherapist):
    make, sign = kind
    draft = make(episode, by=physiotherapist)

    given = hand_over_draft(draft, by=physiotherapist, to=other_physiotherapist.practitioner, proof="PIN")
    with pytest.raises(PermissionDenied):
        sign(given, by=physiotherapist, version=given.version, proof="PIN")
    signed = sign(given, by=other_physiotherapist, version=given.version, proof="PIN")

    assert (signed.handed_over_from, signed.signed_meaning) == (physiotherapist.practitioner, "completed")
    entry = TrailEntry.objects.get(action="hand_over")
    assert (entry.patient_id, entry.record_id) == (episode.patient_id, str(draft.pk))
    assert [*tampered_assessments(), *tampered_letters()] == []


def test_an_admin_hands_over_the_draft_of_somebody_who_left(
    kind, episode, physiotherapist, other_physiotherapist, admin
):
    draft = kind[0](episode, by=physiotherapist)
    physiotherapist.is_active = False
    physiotherapist.save()

    given = hand_over_draft(draft, by=admin, to=other_physiotherapist.practitioner, proof="PIN")

    assert given.practitioner == other_physiotherapist.practitioner


def test_nobody_gets_a_second_draft_of_the_same_kind(kind, episode, physiotherapist, other_physiotherapist):
    make, _ = kind
    draft = make(episode, by=physiotherapist)
    make(episode, by=other_physiotherapist)

    with pytest.raises(ValidationError, match="already has such a draft") as refusal:
        hand_over_draft(draft, by=physiotherapist, to=other_physiotherapist.practitioner, proof="PIN")

    assert "to" in refusal.value.message_dict
