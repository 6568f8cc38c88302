"""Explicit consent and the offer of a chaperone, before the pelvic floor is needled."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from tests.treatments.builders import make_draft, make_muscle, make_needling, make_signed
from treatments.models import TreatmentSession
from treatments.record.completeness import missing
from treatments.record.sealing import content_hash
from treatments.services import sign_session

pytestmark = pytest.mark.both_engines
AGREED = {"pelvic_consent": True, "chaperone": "declined"}


@pytest.fixture
def levator(db):
    return make_muscle("levator-ani", "Levator ani", region="pelvis_perineum", restricted="pelvic_consent")


@pytest.mark.parametrize(
    ("values", "targets"),
    [
        ({}, ["id_pelvic_consent", "id_chaperone"]),
        ({"pelvic_consent": True}, ["id_chaperone"]),
        ({"chaperone": "declined"}, ["id_pelvic_consent"]),
        ({"pelvic_consent": True, "chaperone": "accepted"}, ["id_chaperone_name"]),
        ({"pelvic_consent": True, "chaperone": "accepted", "chaperone_name": "  "}, ["id_chaperone_name"]),
        ({"pelvic_consent": True, "chaperone": "accepted", "chaperone_name": "A. Berg"}, []),
        (AGREED, []),
    ],
)
def test_a_pelvic_row_is_signed_only_with_consent_and_the_answer_about_a_chaperone(
    patient, physiotherapist, levator, values, targets
):
    draft = make_draft(patient, by=physiotherapist, needlings=[make_needling(levator)], **values)

    assert [item.target for item in missing(draft)] == targets
    if targets:
        with pytest.raises(ValidationError):
            sign_session(draft, by=physiotherapist, proof="PIN")
    else:
        assert sign_session(draft, by=physiotherapist, proof="PIN").is_signed


def test_another_row_needs_neither(patient, physiotherapist):
    assert make_signed(patient, by=physiotherapist).is_signed


def test_what_was_recorded_is_sealed_and_shown(client, patient, physiotherapist, levator):
    rows = [make_needling(levator)]
    values = {"pelvic_consent": True, "chaperone": "accepted", "chaperone_name": "Ada Berg"}
    session = make_signed(patient, by=physiotherapist, needlings=rows, **values)
    client.force_login(physiotherapist)

    for name, other in [("pelvic_consent", False), ("chaperone", "declined"), ("chaperone_name", "Somebody else")]:
        changed = TreatmentSession.objects.get(pk=session.pk)
        setattr(changed, name, other)
        assert content_hash(changed) != session.content_hash
    for page in ("", "print/"):
        assert "Ada Berg" in client.get(f"/patients/{patient.pk}/sessions/{session.pk}/{page}").content.decode()


def test_a_name_belongs_to_an_accepted_chaperone_only(patient, physiotherapist):
    draft = make_draft(patient, by=physiotherapist)

    with pytest.raises(IntegrityError), transaction.atomic():
        TreatmentSession.objects.filter(pk=draft.pk).update(chaperone="declined", chaperone_name="Ada Berg")


def test_the_next_session_asks_again(patient, physiotherapist, levator):
    make_signed(patient, by=physiotherapist, days_ago=7, needlings=[make_needling(levator)], **AGREED)
    again = make_draft(patient, by=physiotherapist, needlings=[make_needling(levator)])

    assert (again.pelvic_consent, again.chaperone) == (False, "")
