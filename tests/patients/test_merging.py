"""Every foreign key to a patient says what a merge does with its rows."""

from copy import copy

import pytest
from django.apps import apps
from django.db.models import Q

from patients.integrity.immutability import Immutable
from patients.merging import patient_keys
from patients.models import Episode, NameGram, Patient, PatientMerge
from tests import people

# They are about one record, not about the person: the pointer itself, the index of a record's names, and the two
# records of a merge.
ABOUT_ONE_RECORD = {
    Patient._meta.get_field("merged_into"),
    NameGram._meta.get_field("patient"),
    PatientMerge._meta.get_field("survivor"),
    PatientMerge._meta.get_field("duplicate"),
}


def test_every_foreign_key_to_a_patient_is_walked_by_a_merge():
    models = (model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy)
    fields = (field for model in models for field in model._meta.get_fields() if field.concrete and field.is_relation)
    to_patients = {field for field in fields if field.related_model is Patient}

    assert to_patients == set(patient_keys()) | ABOUT_ONE_RECORD


@pytest.mark.parametrize("key", patient_keys(), ids=str)
def test_rows_that_can_never_change_do_not_move(key):
    rules = [rule for rule in key.model._meta.constraints if isinstance(rule, Immutable) and not rule.fields]
    frozen = [rule for rule in rules if not rule.through and key.name not in rule.allow]

    assert [rule.name for rule in frozen if rule.when == Q() and key.moves] == []
    if frozen:
        assert key.moves is not True


def test_a_key_without_a_decision_is_an_error():
    key = copy(Episode._meta.get_field("patient"))
    key.moves = None

    assert "patients.E001" in [problem.id for problem in key.check()]


@pytest.mark.both_engines
def test_a_filter_by_patient_finds_the_rows_of_all_records_of_a_person(front_desk, physiotherapist):
    stays, gone, gone_too, other = (people.make_patient(by=front_desk, given_name=name) for name in "ABCD")
    for patient in (stays, gone, gone_too, other):
        Episode.objects.create(patient=patient, complaint=patient.given_name, region="neck", lead=physiotherapist)
    Patient.objects.filter(pk__in=[gone.pk, gone_too.pk]).update(merged_into=stays)

    def complaints(**wanted):
        return "".join(sorted(Episode.objects.filter(**wanted).values_list("complaint", flat=True)))

    assert complaints(patient=stays) == complaints(patient=gone) == complaints(patient_id=gone_too.pk) == "ABC"
    assert complaints(patient__in=[gone, other]) == "ABCD"
    assert complaints(patient__in=Patient.objects.filter(pk=gone.pk)) == "ABC"
    assert complaints(patient__record=gone) == "B"
    assert complaints(patient=other) == "D"
    assert "".join(sorted(episode.complaint for episode in gone.episodes.all())) == "ABC"
    assert "".join(Episode.objects.exclude(patient=stays).values_list("complaint", flat=True)) == "D"
