"""Patients who are linked as family, and the note for the front desk."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from patients.models import Patient, TrailEntry
from patients.services import leave_family, link_family, register_patient
from tests import people
from tests.clinic.builders import at, book, make_hours, make_type

HTMX = {"HX-Request": "true"}

pytestmark = pytest.mark.both_engines


@pytest.fixture
def relatives(front_desk):
    names = ("Ada", "Ben", "Cleo", "Dan")
    return [
        people.make_patient(by=front_desk, given_name=name, phone=f"07700 90012{n}") for n, name in enumerate(names)
    ]


def family(patient):
    return {relative.given_name for relative in Patient.objects.get(pk=patient.pk).relatives}


def test_two_families_that_are_linked_become_one(relatives, front_desk):
    ada, ben, cleo, dan = relatives
    link_family(ada, ben, by=front_desk)
    link_family(cleo, dan, by=front_desk)

    link_family(ben, dan, by=front_desk)

    assert [family(one) for one in (ada, dan)] == [{"Ben", "Cleo", "Dan"}, {"Ada", "Ben", "Cleo"}]
    entries = TrailEntry.objects.filter(by=front_desk, action="change")
    assert {entry.patient_id for entry in entries} == {one.pk for one in relatives}
    before = TrailEntry.objects.count()
    link_family(ada, dan, by=front_desk)
    assert TrailEntry.objects.count() == before


def test_who_leaves_is_alone_and_so_is_a_last_one(relatives, front_desk):
    ada, ben, cleo, _ = relatives
    link_family(ada, ben, by=front_desk)
    ada = link_family(ada, cleo, by=front_desk)

    leave_family(ada, by=front_desk)

    assert (family(ada), family(ben)) == (set(), {"Cleo"})
    leave_family(Patient.objects.get(pk=ben.pk), by=front_desk)
    assert not Patient.objects.exclude(family=None).exists()
    assert leave_family(ada, by=front_desk).family is None


def test_a_stale_page_does_not_unlink_somebody_elses_family(relatives, front_desk):
    ada, ben, cleo, _ = relatives
    stale = link_family(ada, ben, by=front_desk)
    leave_family(stale, by=front_desk)
    link_family(ada, cleo, by=front_desk)

    leave_family(stale, by=front_desk)

    assert family(cleo) == {"Ada"}


def test_nobody_is_linked_with_themselves_or_a_merged_record(relatives, front_desk):
    ada, ben, cleo, _ = relatives
    ben.merged_into = cleo
    ben.save()

    for one, other in ((ada, ada), (ada, ben), (ben, ada)):
        with pytest.raises(ValidationError):
            link_family(one, other, by=front_desk)


def test_the_page_finds_links_and_unlinks_and_takes_over_the_phone(client, relatives, front_desk):
    ada, ben, *_ = relatives
    client.force_login(front_desk)
    url = reverse("patient_family", args=[ada.pk])

    found = client.get(url, {"q": "Ben"})
    client.post(url, {"relative": ben.pk, "action": "link"})
    linked = client.get(url, {"q": "Ben"})
    client.post(url, {"relative": ben.pk, "action": "phone"})

    assert [hit.pk for hit in found.context["hits"]] == [ben.pk]
    assert ([one.pk for one in linked.context["relatives"]], linked.context["hits"]) == ([ben.pk], [])
    assert Patient.objects.get(pk=ada.pk).phone == ben.phone
    client.post(url, {"relative": ben.pk, "action": "unlink"})
    assert family(ada) == set()
    for action in ("link", "unlink", "phone"):
        assert client.post(url, {"relative": ada.pk, "action": action}).status_code == 422
    assert client.post(url, {"relative": "x", "action": "link"}).status_code == 404


def test_relatives_and_their_next_visit_are_seen_while_booking(client, relatives, physiotherapist, front_desk):
    ada, ben, *_ = relatives
    make_hours(physiotherapist)
    visit = book(ben, physiotherapist, by=front_desk)
    link_family(ada, ben, by=front_desk)
    client.force_login(front_desk)

    page = client.get(reverse("appointment_create"), {"patient": ada.pk, "type": make_type().pk})

    assert [(one, one.visits.next) for one in page.context["relatives"]] == [(ben, visit)]
    assert visit.starts_at == at("10:00")


def test_the_note_is_edited_where_it_is_read_and_never_overwritten(client, relatives, front_desk):
    ada, *_ = relatives
    client.force_login(front_desk)
    url = reverse("desk_note", args=[ada.pk])

    saved = client.post(url, {"desk_note": "Wheelchair, room 1", "seen_desk_note": ""}, headers=HTMX)
    stale = client.post(url, {"desk_note": "Deaf", "seen_desk_note": ""}, headers=HTMX)

    assert (saved.status_code, saved.context["patient"].desk_note) == (200, "Wheelchair, room 1")
    assert (stale.status_code, stale.context["form"]["desk_note"].value()) == (422, "Deaf")
    assert Patient.objects.get(pk=ada.pk).desk_note == "Wheelchair, room 1"
    there = client.post(f"{url}?next=/diary/", {"desk_note": "", "seen_desk_note": "Wheelchair, room 1"})
    assert (there.url, Patient.objects.get(pk=ada.pk).desk_note) == ("/diary/", "")
    assert client.post(url, {"desk_note": "x" * 201, "seen_desk_note": ""}, headers=HTMX).status_code == 422


def test_a_relative_can_still_be_registered(relatives, front_desk):
    ada, *_ = relatives

    eve = register_patient(by=front_desk, given_name="Eve", family_name="Rowe", born_on=ada.born_on, relative=ada)

    assert family(ada) == {eve.given_name}
