"""What was shown when a session was signed is kept with it: every warning, answered or not."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from tests.database.guards import unguarded
from tests.treatments.builders import make_draft, make_muscle, make_needling, make_signed
from treatments.models import TreatmentSession, WarningAnswer, with_rows
from treatments.record.sealing import amendment_hash, content_hash
from treatments.record.verification import tampered_amendments, tampered_sessions
from treatments.services import amend_session, sign_session

pytestmark = pytest.mark.both_engines


@pytest.fixture
def near_the_lung(db):
    return make_muscle("rhomboid-major", "Rhomboid major", region="thorax", pneumothorax_risk=True)


@pytest.fixture
def signed(patient, physiotherapist, near_the_lung):
    return make_signed(patient, by=physiotherapist, needlings=[make_needling(near_the_lung)])


def test_advice_is_kept_as_it_was_shown(signed):
    (kept,) = signed.warning_answers.all()

    assert (kept.level, kept.title, kept.needling_id) == ("advice", "Near the lung", signed.needlings.get().pk)
    assert kept.sentence.startswith("Point the needle away from the lung")
    assert "[@za-bn-121]" in kept.source
    assert (kept.reason, kept.acknowledged_by, kept.acknowledged_at) == ("", None, None)


def test_advice_that_was_changed_or_taken_away_is_found(signed):
    assert list(tampered_sessions()) == []

    with unguarded():
        WarningAnswer.objects.update(sentence="Needle deep.")
    assert len(list(tampered_sessions())) == 1

    with unguarded():
        WarningAnswer.objects.all().delete()
    assert len(list(tampered_sessions())) == 1


def test_a_draft_keeps_no_advice_and_a_refused_signature_leaves_none(patient, physiotherapist, near_the_lung):
    draft = make_draft(patient, by=physiotherapist, needlings=[make_needling(near_the_lung)], pain_after=None)

    with pytest.raises(ValidationError):
        sign_session(draft, by=physiotherapist, proof="PIN")

    assert not WarningAnswer.objects.exists()


def test_the_record_and_its_print_show_the_advice(client, signed, physiotherapist):
    client.force_login(physiotherapist)

    for page in ("", "print/"):
        response = client.get(f"/patients/{signed.patient_id}/sessions/{signed.pk}/{page}")
        assert [status.warning.level for status in response.context["warning_statuses"]] == ["advice"]
        assert response.context["is_advice_kept"]
        assert "Near the lung" in response.content.decode()


def test_a_record_of_the_released_version_says_that_its_advice_was_not_kept(client, signed, physiotherapist):
    as_released(signed)
    client.force_login(physiotherapist)

    response = client.get(f"/patients/{signed.patient_id}/sessions/{signed.pk}/")

    assert not response.context["is_advice_kept"]
    assert "before advice was kept" in response.content.decode()


# The version of a seal ---------------------------------------------------------


def as_released(session):
    """Make a signed record what the released version would have stored."""
    with unguarded():
        WarningAnswer.objects.filter(session=session, level="advice").delete()
        TreatmentSession.objects.filter(pk=session.pk).update(seal_version=1)
        stored = with_rows(TreatmentSession.objects).get(pk=session.pk)
        TreatmentSession.objects.filter(pk=session.pk).update(content_hash=content_hash(stored))


def test_new_seals_have_version_2_and_released_ones_verify_as_version_1(signed, physiotherapist):
    amend_session(signed, by=physiotherapist, proof="PIN", text="15 mm", reason="Misread", id=uuid.uuid4())
    assert (signed.seal_version, signed.amendments.get().seal_version) == (2, 2)

    assert list(tampered_sessions()) == list(tampered_amendments()) == []


def test_a_record_of_version_1_verifies(signed):
    as_released(signed)

    assert list(tampered_sessions()) == []


@pytest.mark.parametrize("other", [1, 3])
def test_another_version_on_a_stored_record_is_found(signed, other):
    with unguarded():
        TreatmentSession.objects.update(seal_version=other)

    assert len(list(tampered_sessions())) == 1


def test_a_record_of_version_1_that_is_called_a_new_one_is_found(signed):
    as_released(signed)

    with unguarded():
        TreatmentSession.objects.update(seal_version=2)

    assert len(list(tampered_sessions())) == 1


def test_another_version_on_a_stored_amendment_is_found(signed, physiotherapist):
    amendment = amend_session(signed, by=physiotherapist, proof="PIN", text="15 mm", reason="Misread", id=uuid.uuid4())

    amendment.seal_version = 1

    assert amendment_hash(amendment) != amendment.content_hash


# The database ------------------------------------------------------------------


def test_nobody_answers_advice_and_a_person_answers_everything_else(patient, physiotherapist):
    draft = make_draft(patient, by=physiotherapist)
    words = {"key": "thorax", "title": "t", "sentence": "s", "source": "z"}

    for wrong in (
        {"level": "advice", "reason": "r"},
        {"level": "advice", "acknowledged_by": physiotherapist},
        {"level": "caution", "reason": "r"},
        {"level": "advice", "alone_reason": "r"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            WarningAnswer.objects.create(session=draft, **words, **wrong)
