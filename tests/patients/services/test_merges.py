"""A merge of two records: asked for by one role, confirmed by another, and undone."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from patients.audit.chain import broken_links
from patients.merging import differences
from patients.models import Episode, Patient, PatientMerge, TrailEntry
from patients.services import (
    ask_for_merge,
    confirm_merge,
    decline_merge,
    link_family,
    open_episode,
    undo_merge,
    update_patient,
)
from tests import people

pytestmark = pytest.mark.both_engines


@pytest.fixture
def duplicate(front_desk):
    return people.make_patient(by=front_desk, given_name="Rut", phone="+447700900123", city="Westport")


@pytest.fixture
def merge(patient, duplicate, front_desk):
    return ask_for_merge(patient, duplicate, by=front_desk, reason="Registered twice")


def confirm(merge, by, **chosen):
    differing, _ = differences(*(Patient.objects.get(pk=pk) for pk in (merge.survivor_id, merge.duplicate_id)))
    details = {each.name: getattr(each, chosen.get(each.name, each.suggested)) for each in differing}
    return confirm_merge(merge, by=by, proof="PIN", details=details)


def undo(merge, by):
    return undo_merge(merge, by=by, reason="They are twins", proof="PIN")


def rows():
    return list(Patient.objects.order_by("pk").values()), list(Episode.objects.order_by("pk").values())


def test_nothing_changes_until_a_merge_is_confirmed(merge, duplicate):
    assert Patient.objects.get(pk=duplicate.pk).merged_into is None
    assert merge.is_waiting


def test_a_confirmed_merge_leads_to_the_record_that_stays(merge, patient, duplicate, physiotherapist):
    episode = open_episode(duplicate, by=physiotherapist, complaint="Neck", region="neck")

    confirm(merge, physiotherapist)

    assert Patient.objects.get(pk=duplicate.pk).merged_into == patient
    assert list(patient.episodes.all()) == [episode]
    assert Episode.objects.get().patient == patient


def test_the_survivor_gets_the_details_that_were_chosen(merge, patient, physiotherapist):
    confirm(merge, physiotherapist, given_name="duplicate")

    survivor = Patient.objects.get(pk=patient.pk)
    assert (survivor.given_name, survivor.city, survivor.phone) == ("Rut", "Westport", "+44 7700 900123")


def test_the_person_who_asked_and_those_with_the_same_role_cannot_confirm(merge, patient, front_desk, admin):
    colleague = people.make_user("s.reid", role="Front desk")
    for person in (front_desk, colleague):
        with pytest.raises(PermissionDenied):
            confirm(merge, person)
    asked_by_admin = PatientMerge(asked_by=admin, survivor=patient, duplicate=merge.duplicate)
    other_admin = people.make_user("b.ek", role="Admin")
    PatientMerge.objects.filter(pk=merge.pk).update(asked_by=asked_by_admin.asked_by)
    for person in (admin, other_admin):
        with pytest.raises(PermissionDenied):
            confirm(merge, person)


def test_a_merge_needs_a_proof(merge, physiotherapist):
    with pytest.raises(ValidationError, match="Prove"):
        confirm_merge(merge, by=physiotherapist, proof="", details={})


def test_details_that_somebody_changed_meanwhile_are_refused(merge, patient, duplicate, physiotherapist, front_desk):
    differing, _ = differences(patient, duplicate)
    update_patient(duplicate, by=front_desk, city="Galway")

    with pytest.raises(ValidationError) as refused:
        details = {each.name: each.duplicate for each in differing}
        confirm_merge(merge, by=physiotherapist, proof="PIN", details=details)

    assert refused.value.code == "stale"


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_request_needs_a_reason(patient, duplicate, front_desk, reason):
    with pytest.raises(ValidationError):
        ask_for_merge(patient, duplicate, by=front_desk, reason=reason)


def test_a_record_is_not_merged_with_itself_nor_twice(merge, patient, duplicate, front_desk, physiotherapist):
    other = people.make_patient(by=front_desk, given_name="Ruthie")
    for pair in [(patient, patient), (other, duplicate), (duplicate, other)]:
        with pytest.raises(ValidationError):
            ask_for_merge(*pair, by=front_desk, reason="Registered twice")
    confirm(merge, physiotherapist)
    for pair in [(other, duplicate), (duplicate, other)]:
        with pytest.raises(ValidationError):
            ask_for_merge(*pair, by=front_desk, reason="Registered twice")


def test_a_request_that_is_sent_twice_asks_once(patient, duplicate, front_desk, merge):
    again = ask_for_merge(patient, duplicate, by=front_desk, reason="Registered twice", id=merge.pk)

    assert again == merge
    assert PatientMerge.objects.count() == 1


def test_a_declined_merge_leaves_the_records_apart(merge, physiotherapist, patient, duplicate, front_desk):
    before = rows()

    decline_merge(merge, by=physiotherapist, reason="They are twins")

    assert rows() == before
    assert not PatientMerge.objects.get().is_confirmed
    ask_for_merge(patient, duplicate, by=front_desk, reason="The twin does not exist")


def test_a_decision_cannot_be_changed_in_the_database(merge, physiotherapist):
    confirm(merge, physiotherapist)
    with pytest.raises(IntegrityError), transaction.atomic():
        PatientMerge.objects.update(reason="Another")
    undo(merge, physiotherapist)
    with pytest.raises(IntegrityError), transaction.atomic():
        PatientMerge.objects.update(undo_reason="Another")


def test_an_undone_merge_leaves_everything_as_before(merge, duplicate, physiotherapist, front_desk):
    open_episode(duplicate, by=physiotherapist, complaint="Neck", region="neck")
    link_family(duplicate, people.make_patient(by=front_desk, given_name="Ola"), by=front_desk)
    before = rows()

    confirm(merge, physiotherapist, given_name="duplicate")
    assert rows() != before
    undo(merge, physiotherapist)

    assert rows() == before


def test_families_of_both_become_one(merge, patient, duplicate, physiotherapist, front_desk):
    ola, per = (people.make_patient(by=front_desk, given_name=name) for name in ("Ola", "Per"))
    link_family(patient, ola, by=front_desk)
    link_family(duplicate, per, by=front_desk)
    before = rows()

    confirm(merge, physiotherapist)
    assert {one.given_name for one in Patient.objects.get(pk=patient.pk).relatives} == {"Ola", "Per"}
    undo(merge, physiotherapist)

    assert rows() == before


def test_a_detail_that_was_changed_since_keeps_its_new_value(merge, patient, physiotherapist, front_desk):
    confirm(merge, physiotherapist)
    update_patient(Patient.objects.get(pk=patient.pk), by=front_desk, city="Galway")

    undo(merge, physiotherapist)

    survivor = Patient.objects.get(pk=patient.pk)
    assert (survivor.city, survivor.phone) == ("Galway", "")


def test_merges_of_merged_records_lead_to_the_last_one(merge, patient, duplicate, physiotherapist, front_desk):
    last = people.make_patient(by=front_desk, given_name="Ruthann")
    confirm(merge, physiotherapist)
    before = rows()
    second = ask_for_merge(last, Patient.objects.get(pk=patient.pk), by=front_desk, reason="Registered three times")

    confirm(second, physiotherapist)

    assert {one.merged_into_id for one in Patient.objects.exclude(pk=last.pk)} == {last.pk}
    with pytest.raises(ValidationError, match="later"):
        undo(merge, physiotherapist)
    undo(second, physiotherapist)
    assert rows() == before
    undo(merge, physiotherapist)
    assert Patient.objects.exclude(merged_into=None).count() == 0


def test_each_step_is_in_the_trail_of_both_records(merge, patient, duplicate, physiotherapist):
    confirm(merge, physiotherapist)
    undo(merge, physiotherapist)

    for one in (patient, duplicate):
        entries = TrailEntry.objects.filter(patient__record=one, record_type="patientmerge").order_by("pk")
        changed = [set(entry.changes) for entry in entries]
        assert len(changed) == 3
        assert "is_confirmed" in changed[1]
        assert "undo_reason" in changed[2]
    assert list(broken_links()) == []


def test_the_trail_of_the_person_has_the_entries_of_both_records(merge, patient, duplicate, physiotherapist):
    confirm(merge, physiotherapist)

    numbers = {entry.patient_id for entry in TrailEntry.objects.about(patient)}
    assert numbers == {patient.pk, duplicate.pk}


def test_an_admin_may_confirm_what_a_physiotherapist_asked(patient, duplicate, physiotherapist, admin):
    merge = ask_for_merge(patient, duplicate, by=physiotherapist, reason="Registered twice")

    assert confirm(merge, admin).is_in_effect
    assert Patient.objects.get(pk=duplicate.pk).merged_at <= timezone.now() + timedelta(seconds=1)
