"""The destruction of a record: two admins, a certificate, and what stays without the person."""

import io
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
import time_machine
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from patients.audit.chain import broken_links
from patients.destroying import parts_of_records
from patients.integrity.paths import paths_of_record
from patients.models import Destruction, DestructionCertificate, Patient, PatientMerge, TrailEntry
from patients.services import ask_for_merge, confirm_merge, lift_legal_hold, place_legal_hold
from tests import people
from tests.admin_pages import url_of
from tests.database.guards import unguarded
from tests.treatments.builders import make_signed
from tests.treatments.destroying import REASON, agreed, destroyed, sums, verified
from treatments.models import Muscle, Needling, Outcome, TreatmentSession
from treatments.retention.certificates import tampered_certificates
from treatments.services import (
    accept_destruction,
    ask_for_destruction,
    carry_out_destruction,
    refuse_destruction,
    start_session,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_engines]


@pytest.fixture
def admins(db):
    return people.make_admin(), people.make_user("b.lind", role=people.ADMIN, is_staff=True)


@pytest.fixture
def later_on():
    """A function that moves the clock on, by default twenty years: then the period of every rule is over."""
    with ExitStack() as clocks:
        yield lambda days=366 * 20: clocks.enter_context(time_machine.travel(timezone.now() + timedelta(days=days)))


@pytest.fixture
def treated(front_desk, physiotherapist):
    people.make_site()
    patient = people.make_patient(by=front_desk)
    make_signed(patient, by=physiotherapist)
    return patient


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


def test_records_that_were_merged_are_destroyed_together(front_desk, physiotherapist, treated, admins, later_on):
    double = people.make_patient(by=front_desk, given_name="Ruthe")
    make_signed(double, by=physiotherapist)
    merge = ask_for_merge(treated, double, by=front_desk, reason="Registered twice")
    confirm_merge(merge, by=physiotherapist, proof="PIN", details={"given_name": "Ruth"})
    later_on()

    certificate = destroyed(treated, admins)

    assert certificate.record_numbers == [treated.record_number, double.record_number]
    assert not Patient.objects.exists() and not PatientMerge.objects.exists()
    assert list(broken_links()) == []
    assert "Every signed record is unchanged." in verified()


@pytest.mark.parametrize("everybody", [True, False])
def test_the_outcome_review_opens_with_every_filter_afterwards(
    client, front_desk, physiotherapist, treated, admins, later_on, everybody
):
    month = timezone.localdate().strftime("%Y-%m")
    if not everybody:
        make_signed(people.make_patient(by=front_desk, given_name="Ivo"), by=physiotherapist)
    before = sums()
    later_on()
    destroyed(treated, admins)
    client.force_login(admins[0])
    muscle = str(Muscle.objects.get(slug="trapezius-upper").pk)
    chosen = {"muscle": muscle, "technique": "pistoning", "region": "neck", "visit": "first", "since": month}
    filters = [{}, chosen, *({name: value} for name, value in chosen.items())]

    pages = [client.get(url_of(Outcome), each) for each in filters]

    assert {page.status_code for page in pages} == {200}
    assert sums() == before


# Who may, and when -------------------------------------------------------------


def test_one_person_alone_destroys_nothing(treated, admins, physiotherapist, later_on):
    later_on()
    first, second = admins
    asked = ask_for_destruction(treated, by=first, reason=REASON, proof="PIN")

    assert "another admin must accept" in refused(accept_destruction, asked, by=first, proof="PIN")
    assert "A second admin must accept" in refused(carry_out_destruction, asked)
    for call in (ask_for_destruction, accept_destruction):
        with pytest.raises(PermissionDenied):
            call(asked, by=physiotherapist, proof="PIN", **({"reason": REASON} if call is ask_for_destruction else {}))
    with pytest.raises(IntegrityError, match="destruction_by_two_people"), transaction.atomic():
        decided = {"decided_at": timezone.now(), "decided_by": first, "decision_proved_by_means": "PIN"}
        Destruction.objects.update(is_accepted=True, **decided)
    with pytest.raises(IntegrityError, match="destruction_only_if_accepted"), transaction.atomic():
        Destruction.objects.update(certificate=uuid4())
    with pytest.raises(IntegrityError, match="destruction_begins_undecided"), transaction.atomic():
        made = Destruction.objects.get()
        made.pk, made.patient_key, made.certificate_id = uuid4(), 99, uuid4()
        made.save(force_insert=True)
    with pytest.raises(IntegrityError, match="destruction_asked_frozen"), transaction.atomic():
        Destruction.objects.update(asked_by=second)
    assert TreatmentSession.objects.exists()


def test_a_record_that_must_be_kept_is_kept_at_every_step(treated, admins, physiotherapist, later_on):
    first, second = admins
    ask = partial(ask_for_destruction, treated, by=first, reason=REASON, proof="PIN")
    assert "It must be kept until" in refused(ask)
    later_on()
    asked = ask()
    hold = place_legal_hold(treated, by=first, reason="Claim")
    assert "Legal hold" in refused(accept_destruction, asked, by=second, proof="PIN")
    lift_legal_hold(hold, by=first, reason="Settled")
    accepted = accept_destruction(asked, by=second, proof="PIN")
    hold = place_legal_hold(treated, by=first, reason="Another claim")
    assert "Another claim" in refused(carry_out_destruction, accepted)
    lift_legal_hold(hold, by=first, reason="Settled")
    draft = start_session(treated, by=physiotherapist, session_id=uuid4())
    words = refused(carry_out_destruction, accepted)
    assert "A session is still a draft." in words and "It must be kept until" in words
    assert TreatmentSession.objects.filter(pk=draft.pk).exists()
    assert not DestructionCertificate.objects.exists()


def test_an_acceptance_expires_and_a_request_is_made_once(treated, admins, later_on):
    later_on()
    first, second = admins
    asked = ask_for_destruction(treated, by=first, reason=REASON, proof="PIN")
    again = ask_for_destruction(treated, by=first, reason=REASON, proof="PIN", id=asked.pk)
    assert again == asked
    assert "already been asked for" in refused(ask_for_destruction, treated, by=second, reason="Old", proof="PIN")
    accepted = accept_destruction(asked, by=second, proof="PIN")
    assert "already been decided" in refused(refuse_destruction, asked, by=second, note="No")
    later_on(days=31)

    assert "at most 30 days before" in refused(carry_out_destruction, accepted)
    anew = ask_for_destruction(treated, by=second, reason=REASON, proof="PIN")
    refuse_destruction(anew, by=second, note="Not needed yet")
    assert "already been decided" in refused(accept_destruction, anew, by=first, proof="PIN")


def test_a_record_that_was_merged_since_is_not_destroyed_and_the_request_can_be_refused(
    treated, front_desk, physiotherapist, admins, later_on
):
    later_on()
    asked = ask_for_destruction(treated, by=admins[0], reason=REASON, proof="PIN")
    merge = ask_for_merge(people.make_patient(by=front_desk), treated, by=front_desk, reason="Registered twice")
    confirm_merge(merge, by=physiotherapist, proof="PIN", details={})

    assert "merged into another one" in refused(accept_destruction, asked, by=admins[1], proof="PIN")
    assert refuse_destruction(asked, by=admins[1], note="It was merged").is_accepted is False


def test_texts_that_stay_do_not_name_the_patient(treated, admins, later_on):
    later_on()
    first, second = admins
    named = "Mrs Adeyemi, who died"
    assert "Do not name the patient" in refused(ask_for_destruction, treated, by=first, reason=named, proof="PIN")
    asked = ask_for_destruction(treated, by=first, reason=REASON, proof="PIN")

    assert "Do not name the patient" in refused(accept_destruction, asked, by=second, proof="PIN", note="ruth!")
    assert "Say why the record is kept." in refused(refuse_destruction, asked, by=second, note=" ")


def test_the_command_asks_for_the_number_and_for_two_admins(treated, admins, later_on, monkeypatch):
    later_on()
    number = treated.record_number
    with pytest.raises(CommandError, match="No second admin has accepted"):
        call_command("destroy_record", number, confirm=number)
    agreed(treated, admins)
    monkeypatch.setattr("builtins.input", lambda question: "another")
    with pytest.raises(CommandError, match="Nothing was destroyed"):
        call_command("destroy_record", number, stdout=io.StringIO())

    assert Patient.objects.filter(record_number=number).exists()


# The database ------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_database_still_refuses_to_delete_signed_rows(treated, admins, later_on):
    later_on()
    agreed(treated, admins)
    table = TreatmentSession._meta.db_table

    for model in (Needling, TreatmentSession, TrailEntry):
        with pytest.raises(IntegrityError, match="frozen|only_grows"), transaction.atomic():
            model._base_manager.all()._raw_delete(model._base_manager.db)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")


@pytest.mark.django_db(transaction=True)
def test_a_destruction_without_a_certificate_cannot_be_committed(treated, admins, later_on):
    later_on()
    accepted = agreed(treated, admins)

    with pytest.raises(IntegrityError), transaction.atomic():
        Destruction.objects.filter(pk=accepted.pk).update(certificate=uuid4())
        assert Needling._base_manager.all()._raw_delete("default") > 0

    assert Needling.objects.exists()
    assert Destruction.objects.get().certificate_id is None


def test_while_one_record_is_destroyed_the_others_are_still_protected(
    treated, front_desk, physiotherapist, admins, later_on
):
    other = people.make_patient(by=front_desk, given_name="Ivo")
    signed = make_signed(other, by=physiotherapist)
    later_on()
    accepted = agreed(treated, admins)

    with transaction.atomic():
        Destruction.objects.filter(pk=accepted.pk).update(certificate=uuid4())
        for rows in (TrailEntry.objects.filter(patient=other), Needling.objects.filter(session=signed)):
            with pytest.raises(IntegrityError), transaction.atomic():
                rows._raw_delete("default")
        with pytest.raises(IntegrityError), transaction.atomic():
            TrailEntry.objects.filter(patient=treated).update(note="Changed")
        transaction.set_rollback(True)


def test_a_certificate_and_a_destruction_never_change(treated, admins, later_on):
    later_on()
    destroyed(treated, admins)

    for rows in (DestructionCertificate.objects.all(), Destruction.objects.all()):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(record_number="F-1")
        with pytest.raises(IntegrityError), transaction.atomic():
            rows._raw_delete("default")
    with pytest.raises(IntegrityError), transaction.atomic():
        Destruction.objects.update(certificate=None)


# Tampering ---------------------------------------------------------------------


def test_content_that_was_removed_without_the_certificate_is_found(treated, front_desk, admins, later_on):
    people.make_patient(by=front_desk, given_name="Ivo")
    later_on()
    certificate = destroyed(treated, admins)
    removed = TrailEntry.objects.filter(certificate=certificate).order_by("pk").first()
    other = TrailEntry.objects.filter(certificate=None, chain__startswith="patient-").first()
    assert list(broken_links()) == []

    with unguarded():
        TrailEntry.objects.filter(pk=other.pk).update(patient=None, changes={}, note="")
        plain = [(link.pk, link.reason) for link in broken_links()]
        TrailEntry.objects.filter(pk=other.pk).update(certificate=certificate, seal=removed.seal)
        forged = [(link.pk, link.reason) for link in broken_links()]
        found = list(tampered_certificates())

    assert plain == [(other.pk, "its content was changed")]
    assert forged == [(other.pk, "its content was removed, and not with the certificate it names")]
    assert "that lost their content are not those of that day" in found[0]


def test_a_changed_or_invented_certificate_is_found(treated, admins, later_on):
    later_on()
    destroyed(treated, admins)
    assert list(tampered_certificates()) == []

    with unguarded():
        DestructionCertificate.objects.update(counts={})
        assert "has changed, or was not made by Filiform" in next(tampered_certificates())
