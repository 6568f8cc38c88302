"""A signed record keeps the names of the muscles as they were when it was signed."""

import pytest

from tests.database.guards import unguarded
from tests.treatments.builders import make_needling, make_signed
from treatments.models import Muscle, TreatmentSession
from treatments.record.sealing import content_hash
from treatments.record.verification import tampered_sessions

pytestmark = [pytest.mark.django_db, pytest.mark.both_engines]
UPPER = "trapezius-upper"


def shown_name(session):
    return TreatmentSession.objects.get(pk=session.pk).needlings.get().target_name


@pytest.fixture
def signed(physiotherapist, patient, catalogue):
    return make_signed(patient, by=physiotherapist, needlings=[make_needling(Muscle.objects.get(slug=UPPER))])


def test_a_new_name_does_not_change_a_signed_record(signed):
    Muscle.objects.filter(slug=UPPER).update(display_name="Top of the trapezius")

    assert shown_name(signed) == "Upper trapezius"
    assert list(tampered_sessions()) == []


def test_a_record_from_before_there_were_displayed_names_keeps_its_name(signed):
    old = TreatmentSession.objects.get(pk=signed.pk)
    old.muscle_names = []
    with unguarded():
        TreatmentSession.objects.filter(pk=signed.pk).update(muscle_names=[], content_hash=content_hash(old))

    assert shown_name(signed) == "Trapezius, descending part"
    assert list(tampered_sessions()) == []


def test_another_name_in_a_signed_record_is_found(signed):
    with unguarded():
        TreatmentSession.objects.filter(pk=signed.pk).update(muscle_names=[[UPPER, "Trapezius, middle"]])

    assert len(list(tampered_sessions())) == 1
