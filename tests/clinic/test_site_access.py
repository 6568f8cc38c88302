"""Who may open whose record and keep whose diary in a clinic with several sites."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from clinic.accounts.backends import SingleQueryBackend
from clinic.models import OtherSiteAccess, PatientSite, Practitioner, Site
from clinic.services import add_to_waiting_list, book_appointment, open_with_reason, record_time_off
from clinic.services.site_access import add_sites
from clinic.site_access import is_of_own_site, may_open_record, of_own_sites, sites_of, sites_of_others
from patients.models import Patient, TrailEntry
from tests import people
from tests.clinic.builders import make_type
from tests.treatments.builders import make_draft

UPGRADE = [("clinic", "sites_of_people_and_patients"), ("treatments", "sites_of_earlier_sessions")]
pytestmark = pytest.mark.both_engines


@pytest.fixture
def here(physiotherapist):
    return physiotherapist.practitioner.site


@pytest.fixture
def there(here):
    return Site.objects.create(name="Mill Road", timezone="Europe/London")


@pytest.fixture
def therapist_there(there):
    user = people.make_physiotherapist("d.okonkwo", first_name="Daniel", last_name="Okonkwo")
    Practitioner.objects.filter(user=user).update(site=there)
    return get_user_model().objects.get(pk=user.pk)


@pytest.fixture
def desk_here(front_desk, here, there):
    front_desk.sites.add(here)
    return front_desk


@pytest.fixture
def patient_there(admin, there):
    patient = people.make_patient(by=admin, given_name="Tomasz", family_name="Wilk")
    add_sites(patient, [there.pk], by=admin)
    return patient


def as_in_a_request(user):
    return SingleQueryBackend().get_user(user.pk)


def test_with_one_site_nobody_is_limited_and_the_request_needs_no_query(
    physiotherapist, front_desk, admin, patient, here, django_assert_num_queries
):
    add_sites(patient, [here.pk], by=front_desk)
    for user in map(as_in_a_request, [physiotherapist, front_desk, admin]):
        with django_assert_num_queries(0):
            assert sites_of(user) is None
            assert is_of_own_site(user, patient.pk)


def test_people_work_at_their_own_site_and_at_those_they_are_given(
    physiotherapist, desk_here, therapist_there, admin, superuser, here, there
):
    therapist_there.sites.add(here)
    nowhere = people.make_user("n.ewman", role=people.FRONT_DESK)
    expected = {
        physiotherapist: {here.pk},
        desk_here: {here.pk},
        therapist_there: {here.pk, there.pk},
        admin: None,
        superuser: None,
        nowhere: None,
    }

    assert {user: sites_of(user) for user in expected} == expected
    assert {user: sites_of(as_in_a_request(user)) for user in expected} == expected


def test_a_patient_is_of_the_sites_that_registered_or_booked_them(
    desk_here, therapist_there, physiotherapist, admin, here, there
):
    known_here = people.make_patient(by=desk_here)
    of_nobody = people.make_patient(by=admin, given_name="Aiko", family_name="Mori")

    assert is_of_own_site(physiotherapist, known_here.pk) and not is_of_own_site(therapist_there, known_here.pk)
    assert is_of_own_site(physiotherapist, of_nobody.pk) and is_of_own_site(therapist_there, of_nobody.pk)

    at = timezone.now() + timedelta(days=3)
    for visitor in (known_here, of_nobody):
        book_appointment(
            by=admin, patient=visitor, practitioner=therapist_there.practitioner, type=make_type(), starts_at=at,
            allow_outside_hours=True,
        )  # fmt: skip
        at += timedelta(hours=2)

    assert is_of_own_site(physiotherapist, known_here.pk) and is_of_own_site(therapist_there, known_here.pk)
    assert not is_of_own_site(physiotherapist, of_nobody.pk) and is_of_own_site(therapist_there, of_nobody.pk)


def test_lists_leave_out_or_name_the_patients_of_other_sites_in_one_query(
    desk_here, patient_there, there, django_assert_num_queries
):
    mine = people.make_patient(by=desk_here)
    merged = people.make_patient(by=desk_here, given_name="Tom", family_name="Wilk")
    PatientSite.objects.filter(patient=merged).delete()
    Patient.objects.filter(pk=merged.pk).update(merged_into=patient_there)
    desk, everybody = as_in_a_request(desk_here), [mine, patient_there, Patient.objects.get(pk=merged.pk)]

    with django_assert_num_queries(2):
        shown = list(of_own_sites(desk, Patient.objects.order_by("pk"), "pk"))
        others = sites_of_others(desk, everybody)

    assert mine in shown and patient_there not in shown
    assert others == {patient_there.pk: "Mill Road", merged.pk: "Mill Road"}


def test_a_reason_opens_one_record_for_one_person_until_the_end_of_the_day(
    desk_here, physiotherapist, patient_there, therapist_there
):
    another = people.make_patient(by=therapist_there, given_name="Bela", family_name="Mori")

    access = open_with_reason(patient_there, by=physiotherapist, reason="urgent", explanation="Fell in the street")
    again = open_with_reason(patient_there, by=physiotherapist, reason="other", explanation="Once more")

    assert again == access
    assert may_open_record(physiotherapist, patient_there.pk)
    assert not may_open_record(desk_here, patient_there.pk)
    assert not may_open_record(physiotherapist, another.pk)
    assert access.ends_at == timezone.localtime(access.ends_at).replace(hour=0, minute=0)
    assert access.ends_at - access.opened_at <= timedelta(days=1, hours=1)
    assert not OtherSiteAccess.objects.valid(at=access.ends_at).exists()
    entry = TrailEntry.objects.get(action="open_elsewhere")
    assert (entry.patient, entry.by, entry.note) == (patient_there, physiotherapist, "Urgent care: Fell in the street")


@pytest.mark.parametrize("typed", [{"reason": "", "explanation": "Why"}, {"reason": "urgent", "explanation": ""}])
def test_a_reason_must_be_chosen_and_explained(physiotherapist, patient_there, typed):
    with pytest.raises(ValidationError):
        open_with_reason(patient_there, by=physiotherapist, **typed)

    assert not may_open_record(physiotherapist, patient_there.pk)


def test_a_reason_for_a_patient_of_the_own_site_is_not_stored(desk_here):
    assert open_with_reason(people.make_patient(by=desk_here), by=desk_here, reason="other", explanation="x") is None
    assert not OtherSiteAccess.objects.exists()


def test_a_reason_never_changes(physiotherapist, patient_there):
    access = open_with_reason(patient_there, by=physiotherapist, reason="urgent", explanation="Fell")

    for change in (lambda rows: rows.update(explanation="Nothing"), lambda rows: rows._raw_delete(rows.db)):
        with pytest.raises(IntegrityError, match="other_site_access_frozen"), transaction.atomic():
            change(OtherSiteAccess.objects.filter(pk=access.pk))


def test_the_desk_books_only_at_its_own_sites_and_for_patients_whose_record_it_may_open(
    desk_here, therapist_there, physiotherapist, patient_there, there
):
    mine = people.make_patient(by=desk_here)
    booking = {"by": desk_here, "type": make_type(), "starts_at": timezone.now() + timedelta(days=2)}
    booking["allow_outside_hours"] = True

    for patient, practitioner in [(mine, therapist_there.practitioner), (patient_there, physiotherapist.practitioner)]:
        with pytest.raises(PermissionDenied):
            book_appointment(patient=patient, practitioner=practitioner, **booking)
    with pytest.raises(PermissionDenied):
        add_to_waiting_list(patient_there, by=desk_here, type=make_type())
    with pytest.raises(PermissionDenied):
        record_time_off(by=desk_here, site=there, starts_at=timezone.now(), ends_at=timezone.now() + timedelta(hours=1))
    assert not is_of_own_site(physiotherapist, patient_there.pk)

    open_with_reason(patient_there, by=desk_here, reason="treating", explanation="Moved house")
    book_appointment(patient=patient_there, practitioner=physiotherapist.practitioner, **booking)

    assert is_of_own_site(physiotherapist, patient_there.pk) and is_of_own_site(therapist_there, patient_there.pk)


def test_the_rule_finds_a_patients_sites_by_an_index(patient_there):
    """SQLite says which index it uses; on PostgreSQL a small table would be read as a whole anyway."""
    if connection.vendor == "sqlite":
        assert "USING INDEX" in PatientSite.objects.filter(patient=patient_there.pk).explain().replace("COVERING ", "")


def test_an_upgrade_gives_everybody_the_sites_of_their_visits_and_sessions(
    admin, patient, physiotherapist, therapist_there, front_desk, here, there
):
    of_a_visit, of_a_session = patient, people.make_patient(by=admin, given_name="Aiko")
    unknown = people.make_patient(by=admin, given_name="Bela")
    at = timezone.now() + timedelta(days=3)
    booking = {"by": admin, "type": make_type(), "starts_at": at, "allow_outside_hours": True}
    book_appointment(patient=of_a_visit, practitioner=therapist_there.practitioner, **booking)
    make_draft(of_a_session, by=physiotherapist)
    Practitioner.objects.filter(user=therapist_there).update(site=here)  # moved after the visit
    PatientSite.objects.all().delete()
    loader = MigrationLoader(connection)
    for app, name in UPGRADE:
        migration = next(m for key, m in loader.disk_migrations.items() if key[0] == app and key[1].endswith(name))
        for operation in migration.operations:
            with connection.cursor() as cursor:
                cursor.execute(operation.sql)

    pairs = set(PatientSite.objects.values_list("patient", "site", "added_by"))
    assert pairs == {(of_a_visit.pk, there.pk, None), (of_a_session.pk, here.pk, None)}
    assert sites_of(therapist_there) == {here.pk, there.pk}
    assert sites_of(physiotherapist) == {here.pk}
    assert sites_of(front_desk) is None
    assert is_of_own_site(physiotherapist, unknown.pk)
