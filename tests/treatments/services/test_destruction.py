"""The destruction of a record: two admins, a certificate, and what stays without the person."""

import io
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from clinic.services import book_appointment, cancel_appointment
from patients.audit.chain import broken_links
from patients.destroying import keys_of_parts, parts_of_records
from patients.integrity.paths import paths_of_record
from patients.models import (
    Destruction,
    DestructionCertificate,
    LegalHold,
    Patient,
    PatientMerge,
    TrailEntry,
)
from patients.services import place_legal_hold
from tests import people
from tests.treatments.builders import make_draft, make_signed
from treatments.models import (
    AdverseEvent,
    Course,
    EventSpread,
    EventSummary,
    Needling,
    SessionSummary,
    SpreadSummary,
    TreatmentSession,
)
from treatments.retention.due import retention_of
from treatments.services import (
    accept_destruction,
    ask_for_destruction,
    carry_out_destruction,
    rebuild_summaries,
    refuse_destruction,
)
from treatments.services.summaries import names_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_engines]
REASON = "The period is over"


@pytest.fixture
def admins(db):
    return people.make_admin(), people.make_user("b.lind", role=people.ADMIN, is_staff=True)


@pytest.fixture
def later():
    """Twenty years later: the period of every rule is over."""
    with time_machine.travel(timezone.now() + timedelta(days=366 * 20)):
        yield


@pytest.fixture
def treated(front_desk, physiotherapist):
    people.make_site()
    patient = people.make_patient(by=front_desk)
    make_signed(patient, by=physiotherapist)
    return patient


def agreed(patient, admins):
    first, second = admins
    asked = ask_for_destruction(patient, by=first, reason=REASON, proof="PIN")
    return accept_destruction(asked, by=second, proof="password")


def destroyed(patient, admins):
    return carry_out_destruction(agreed(patient, admins))


def sums():
    """{summary: its rows without keys and slots}, added up."""
    found = {}
    for model in (SessionSummary, EventSummary, SpreadSummary, EventSpread):
        cell = [name for name in model.CELL if name != "slot"]
        for row in model.objects.values_list(*cell, *names_of(model)[len(model.CELL) :]):
            key, numbers = (model.__name__, *row[: len(cell)]), row[len(cell) :]
            known = found.get(key, [0] * len(numbers))
            found[key] = [one + other for one, other in zip(known, numbers, strict=True)]
    return {key: numbers for key, numbers in found.items() if any(numbers)}


def verified():
    call_command("verify_records", recount=True, stdout=(out := io.StringIO()))
    return out.getvalue()


def refused(call, *args, **kwargs):
    with pytest.raises(ValidationError) as raised:
        call(*args, **kwargs)
    return " ".join(raised.value.messages)


# What is destroyed -------------------------------------------------------------


def test_every_row_that_leads_to_a_patient_is_a_part_of_the_record():
    """A new foreign key to a patient, or to a part of a record, fails here until the destruction covers it."""
    found, waiting = {Patient}, [Patient]
    while waiting:
        for relation in waiting.pop()._meta.get_fields(include_hidden=True):
            if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one):
                model = relation.field.model._meta.concrete_model
                if model not in found:
                    found.add(model)
                    waiting.append(model)
    contents = {apps.get_model("treatments.AttachmentContent")}

    assert set(parts_of_records()) == (found | contents) - {Patient, TrailEntry}


def test_no_link_of_many_to_many_is_part_of_a_record():
    """They would have to be deleted as well."""
    linked = [model for model in [Patient, *parts_of_records()] if model._meta.many_to_many]

    assert linked == []


def test_parts_are_deleted_before_those_that_lead_to_the_patient():
    order = parts_of_records()
    through = [
        (model, model._meta.get_field(path[0]).related_model)
        for model in order
        for path in paths_of_record(model)
        if len(path) > 1
    ]

    assert [pair for pair in through if order.index(pair[0]) > order.index(pair[1])] == []


@pytest.mark.django_db(transaction=True)
def test_a_whole_record_is_destroyed_and_everything_else_stays_right(clinic_fixture, later):
    """A record with rows of every kind that pages make."""
    patient, stranger = clinic_fixture.patient, clinic_fixture.stranger
    _clear_obstacles(patient)
    admins = clinic_fixture.admin, people.make_user("b.lind", role=people.ADMIN, is_staff=True)
    of_stranger = {model: len(keys) for model, keys in keys_of_parts([stranger.pk]).items()}
    before, number, name = sums(), patient.record_number, patient.family_name
    entries = list(TrailEntry.objects.order_by("pk").values_list("pk", "chain", "number", "hash", "at", "by"))

    agreed(patient, admins)
    out = io.StringIO()
    call_command("destroy_record", number, confirm=number, stdout=out)

    certificate = DestructionCertificate.objects.get()
    assert "Certificate 1 " in out.getvalue()
    assert certificate.counts["treatments.Needling"] > 0
    assert not any(keys_of_parts([patient.pk]).values())
    assert not Patient.objects.filter(pk=patient.pk).exists()
    stayed = TrailEntry.objects.filter(pk__lte=entries[-1][0]).order_by("pk")
    assert list(stayed.values_list("pk", "chain", "number", "hash", "at", "by")) == entries
    assert not TrailEntry.objects.filter(chain=f"patient-{patient.pk}").exclude(changes={}, patient=None).exists()
    assert {model: len(keys) for model, keys in keys_of_parts([stranger.pk]).items()} == of_stranger
    assert name not in _everything()
    assert sums() == before
    assert "Every signed record is unchanged." in verified()
    rebuild_summaries()
    assert sums() == before


def _clear_obstacles(patient):
    """What people would do on pages over the years: nothing about the patient is open any more."""
    mine = {"patient": patient}
    with connection.cursor() as cursor:
        assert cursor
    PatientMerge.objects.filter(survivor=patient).update(
        decided_at=timezone.now(), decided_by=people.User.objects.first(), is_confirmed=False, decline_reason="No"
    )


def _everything():
    """All text of all tables, to look for a name."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.proxy:
            found += map(str, model._base_manager.values_list())
    return "\n".join(found)
