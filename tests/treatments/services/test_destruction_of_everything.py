"""The destruction of a record with rows of every kind, in a clinic with other records."""

import io
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from clinic.services import close_waiting_entry
from patients.destroying import keys_of_parts
from patients.models import DestructionCertificate, Patient, PatientMerge, TrailEntry
from patients.services import decline_merge
from tests import people
from tests.treatments.destroying import agreed, sums, verified
from treatments.models import AdverseEvent, TreatmentSession
from treatments.services import rebuild_summaries, report_event, withdraw_assessment, withdraw_draft, withdraw_letter

pytestmark = [pytest.mark.django_db, pytest.mark.both_engines]
KEPT_OF_AN_ENTRY = "pk chain number hash previous_hash at by action record_type".split()


def test_a_whole_record_is_destroyed_and_everything_else_stays_right(clinic_fixture):
    """A record with rows of every kind that pages make."""
    patient, stranger = clinic_fixture.patient, clinic_fixture.stranger
    _close_everything(clinic_fixture)
    admins = clinic_fixture.admin, people.make_user("b.lind", role=people.ADMIN, is_staff=True)
    of_stranger = _how_many(stranger.pk)
    before, number = sums(), patient.record_number
    with time_machine.travel(timezone.now() + timedelta(days=366 * 20)):
        agreed(patient, admins)
        entries = list(TrailEntry.objects.order_by("pk").values_list(*KEPT_OF_AN_ENTRY))
        call_command("destroy_record", number, confirm=number, stdout=(out := io.StringIO()))

        certificate = DestructionCertificate.objects.get()
        assert "Certificate 1 " in out.getvalue()
        assert len(certificate.counts) > 30
        assert not any(keys_of_parts([patient.pk]).values())
        assert not Patient.objects.filter(pk=patient.pk).exists()
        assert _how_many(stranger.pk) == of_stranger
        assert list(TrailEntry.objects.order_by("pk").values_list(*KEPT_OF_AN_ENTRY))[:-1] == entries
        assert [word for word in (patient.family_name, patient.occupation) if word in _everything()] == []
        assert sums() == before
        assert "Every signed record is unchanged." in verified()
        rebuild_summaries()
        assert sums() == before
        connection.check_constraints()


def _how_many(patient_key):
    return {model.__name__: len(keys) for model, keys in keys_of_parts([patient_key]).items()}


def _close_everything(clinic_fixture):
    """Finish or withdraw all that is open about the patient, as people do on pages."""
    patient, by = clinic_fixture.patient, clinic_fixture.physiotherapist
    why = {"by": by, "proof": "PIN", "reason": "The patient did not come back"}
    withdraw_draft(TreatmentSession.objects.drafts().get(patient=patient), **why)
    withdraw_assessment(clinic_fixture.assessments[1], **why)
    withdraw_letter(clinic_fixture.letters[1], **why)
    for event in AdverseEvent.objects.open().filter(session__patient=patient):
        done = {"grade": event.grade, "outcome": "recovered", "action": "Lay down.", "is_closed": True}
        report_event(event, by=by, number=1, **done)
    close_waiting_entry(patient.waiting_list_entries.get(), by=clinic_fixture.front_desk)
    merge = PatientMerge.objects.get(survivor=patient)
    decline_merge(merge, by=clinic_fixture.front_desk, reason="They are two people")
    LogEntry.objects.log_actions(by.pk, [patient], CHANGE)


def _everything():
    """All text of all tables, to look for a name."""
    models = (model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy)
    return "\n".join(str(row) for model in models for row in model._base_manager.values_list().iterator())
