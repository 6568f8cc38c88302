"""The audit trail in the admin, and what the admin records in it."""

import pytest
from django.contrib import admin as django_admin
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType

from clinic.models import AppointmentType, CalendarFeed, Site
from clinic.roles import PHYSIOTHERAPIST
from patients.audit.chain import accesses_by_day, patient_id_of
from patients.audit.recording import add_audit_entry
from patients.models import Patient, TrailEntry
from patients.services import open_episode
from tests import people
from tests.admin_pages import typed_page, url_of
from tests.clinic.builders import book, make_hours
from tests.clinic_fixture import make_clinic_fixture
from tests.treatments.builders import make_draft, make_muscle
from treatments.models import ChartReader, Muscle
from treatments.record.unusual_access import charts_of, unusual_readers

pytestmark = pytest.mark.both_engines

Action = TrailEntry.Action


@pytest.fixture
def since(db):
    """since(): the first call remembers the newest entry; later calls return the entries added since, oldest first."""
    marks = []

    def do():
        newest = TrailEntry.objects.order_by("-pk").first()
        if not marks:
            marks.append(newest.pk if newest else 0)
            return []
        return list(TrailEntry.objects.filter(pk__gt=marks[0]).order_by("pk"))

    return do


def read(patient, user, times=1, **fields):
    for _ in range(times):
        add_audit_entry(Action.READ, by=user, record=patient, **fields)


# The list ------------------------------------------------------------------------------


def test_the_list_says_who_did_what_to_whom(as_admin, patient, front_desk):
    read(patient, front_desk)

    html = as_admin.get(url_of(TrailEntry)).content.decode()

    assert "Jo Whelan" in html
    assert "ADEYEMI, Ruth" in html


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"q": "P000001"}, 2),
        ({"q": "p000001"}, 2),
        ({"q": "Adeyemi"}, 2),
        ({"action__exact": "read"}, 1),
        ({"by": "nonsense"}, 4),
        ({"from": "2020-01-01"}, 4),
    ],
)
def test_the_list_is_searched_and_filtered(as_admin, patient, front_desk, asked, count):
    read(patient, front_desk)
    add_audit_entry(Action.FAILED_LOGIN, by=None, by_name="stranger")

    page = as_admin.get(url_of(TrailEntry), asked)

    assert page.context["cl"].result_count == count


def test_the_list_of_one_person(as_admin, admin, patient, front_desk):
    read(patient, front_desk)

    page = as_admin.get(url_of(TrailEntry), {"by": front_desk.pk})

    assert {entry.by for entry in page.context["cl"].result_list} == {front_desk}


def test_an_entry_is_shown_with_its_changes_and_its_place_in_the_chain(as_admin, patient, front_desk):
    changes = {"phone": ["", "020 <b>"], "needling 1": [None, {"depth_mm": 12}], "advice": [["heat"], []]}
    entry = add_audit_entry(Action.CHANGE, by=front_desk, record=patient, changes=changes)

    html = as_admin.get(url_of(TrailEntry, "change", entry.pk)).content.decode()

    assert "nothing → 020 &lt;b&gt;" in html
    assert "<strong>Needling</strong><br>nothing → Depth: 12" in html
    assert "heat → nothing" in html
    assert entry.hash in html


@pytest.mark.parametrize("who", ["admin", "superuser"])
def test_nobody_can_add_change_or_delete_an_entry(client, request, patient, front_desk, who):
    client.force_login(request.getfixturevalue(who))
    read(patient, front_desk)
    entry = patient.trail.latest_first().first()

    answers = [
        client.get(url_of(TrailEntry, "add")).status_code,
        client.post(url_of(TrailEntry, "add"), {"note": "x"}).status_code,
        client.post(url_of(TrailEntry, "change", entry.pk), {"note": "x"}).status_code,
        client.post(url_of(TrailEntry, "delete", entry.pk), {"post": "yes"}).status_code,
    ]
    client.post(url_of(TrailEntry), {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"})

    assert answers == [403] * 4
    assert TrailEntry.objects.get(pk=entry.pk).note == ""


# Access list --------------------------------------------------------------------------


def access_list_url(patient):
    return url_of(Patient, "who_looked", patient.pk)


def test_the_patients_page_links_to_the_access_list(as_admin, patient):
    assert access_list_url(patient) in as_admin.get(url_of(Patient, "change", patient.pk)).content.decode()


def test_accesses_are_listed_by_day_and_person(as_admin, admin, patient, front_desk, physiotherapist):
    read(patient, physiotherapist, times=3)
    add_audit_entry(Action.REFUSED, by=None, patient=patient)

    looks = as_admin.get(access_list_url(patient)).context["looks"]

    assert [(look.person, look.done) for look in looks] == [
        ("Not signed in", [("Refused", 1)]),
        ("Jo Whelan", [("Added", 1)]),
        ("Marit Solberg", [("Read", 3)]),
    ]


def test_opening_the_access_list_is_an_access_too(as_admin, admin, patient):
    as_admin.get(access_list_url(patient))

    assert "Ada Berg" in as_admin.get(access_list_url(patient)).content.decode()


def test_accesses_to_a_merged_record_belong_to_the_remaining_one(patient, front_desk, physiotherapist):
    double = people.make_patient(by=front_desk, given_name="Rut")
    Patient.objects.filter(pk=double.pk).update(merged_into=patient)
    read(double, physiotherapist)

    assert "Marit Solberg" in [look.person for look in accesses_by_day(patient)]


@pytest.mark.parametrize("count", [1, 3])
def test_the_access_list_needs_a_constant_number_of_queries(as_admin, patient, django_assert_num_queries, count):
    for number in range(count):
        read(patient, people.make_user(f"person.{number}", role=PHYSIOTHERAPIST), times=2)

    with django_assert_num_queries(6):
        as_admin.get(access_list_url(patient))


def test_the_access_list_of_an_unknown_patient_is_not_found(as_admin, patient):
    assert as_admin.get(access_list_url(Patient(pk=10**18 - 1))).status_code == 404


@pytest.mark.parametrize(("who", "status"), [("front_desk", 302), ("physiotherapist", 302), ("staff", 403)])
def test_only_an_admin_sees_the_access_list(client, request, patient, who, status):
    user = User.objects.create_user("nobody", is_staff=True) if who == "staff" else request.getfixturevalue(who)
    client.force_login(user)

    assert client.get(access_list_url(patient)).status_code == status


# Unusual access ---------------------------------------------------------------------------


@pytest.fixture
def patients(front_desk):
    return [people.make_patient(by=front_desk, given_name=f"Ruth {number}") for number in range(4)]


def test_somebody_who_reads_many_charts_without_a_reason_is_listed(settings, patients, physiotherapist, front_desk):
    settings.UNUSUAL_ACCESS_CHARTS = 3
    for patient in patients:
        read(patient, physiotherapist, times=2)

    (reader,) = unusual_readers()

    assert (reader.pk, reader.charts) == (physiotherapist.pk, 4)
    assert sorted(row["patient"] for row in charts_of(reader)) == [patient.pk for patient in patients]
    assert {row["times"] for row in charts_of(reader)} == {2}


@pytest.mark.parametrize("reason", ["visit", "booked", "session", "episode"])
def test_a_reason_takes_a_chart_off_the_list(settings, patients, physiotherapist, front_desk, reason):
    settings.UNUSUAL_ACCESS_CHARTS = 3
    make_hours(physiotherapist)
    reader = front_desk if reason == "booked" else physiotherapist
    for patient in patients:
        read(patient, reader)
    assert [found.pk for found in unusual_readers()] == [reader.pk]

    match reason:
        case "visit" | "booked":
            book(patients[0], physiotherapist, by=front_desk)
        case "session":
            make_draft(patients[0], by=physiotherapist)
        case "episode":
            open_episode(patients[0], by=physiotherapist, complaint="Knee", region="leg")

    assert list(unusual_readers()) == []


def test_old_readings_do_not_count(settings, patients, physiotherapist):
    settings.UNUSUAL_ACCESS_CHARTS, settings.UNUSUAL_ACCESS_DAYS = 3, 0
    for patient in patients:
        read(patient, physiotherapist)

    assert list(unusual_readers()) == []


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_unusual_access_needs_a_constant_number_of_queries(
    as_admin, settings, patients, django_assert_num_queries, count
):
    settings.UNUSUAL_ACCESS_CHARTS = 1
    for number in range(count):
        person = people.make_user(f"person.{number}", role=PHYSIOTHERAPIST)
        for patient in patients:
            read(patient, person)

    with django_assert_num_queries(5):
        page = as_admin.get(url_of(ChartReader))
    assert page.context["cl"].result_count == count
    ContentType.objects.clear_cache()
    with django_assert_num_queries(8):
        page = as_admin.get(url_of(ChartReader, "change", person.pk))
    assert all(
        page.wsgi_request.user.pk in TrailEntry.objects.about(one).values_list("by", flat=True) for one in patients
    )
    assert patients[0].record_number in page.content.decode()


# What the admin shows -----------------------------------------------------------------------


def test_every_page_of_the_admin_about_a_patient_is_recorded_as_read(client, db, since):
    client.force_login(make_clinic_fixture().admin)
    pages = {}
    for model in django_admin.site._registry:
        row = model._base_manager.order_by("-pk").first()
        if row and model is not TrailEntry and (patient_id := patient_id_of(row)):
            since()
            before = len(since())
            assert client.get(url_of(model, "change", row.pk)).status_code == 200
            pages[model.__name__] = [e.action for e in since()[before:] if e.patient_id == patient_id]

    assert len(pages) >= 9
    assert pages == dict.fromkeys(pages, ["read"])


# What the admin saves ------------------------------------------------------------------------


def save(client, url, **changes):
    page = client.get(url)
    answer = client.post(url, typed_page(page) | changes)
    assert answer.status_code == 302, answer.context and answer.context["errors"]


def test_a_form_records_each_changed_field(as_admin, admin, since):
    muscle = make_muscle()
    since()

    save(as_admin, url_of(Muscle, "change", muscle.pk), caution="Lung apex")

    (entry,) = since()
    assert (entry.action, entry.by, entry.record_type, entry.record_id) == ("change", admin, "muscle", str(muscle.pk))
    assert entry.changes == {"caution": ["", "Lung apex"]}


def test_a_form_without_changes_records_nothing(as_admin, since):
    muscle = make_muscle()
    since()

    save(as_admin, url_of(Muscle, "change", muscle.pk))

    assert since() == []


def test_a_row_on_the_page_of_another_record_is_recorded(client, superuser, since):
    client.force_login(superuser)
    site = people.make_site()
    since()

    page = client.get(url_of(Site, "change", site.pk))
    prefix = page.context["inline_admin_formsets"][0].formset.prefix
    row = {f"{prefix}-TOTAL_FORMS": 1, f"{prefix}-0-name": "Room 9", f"{prefix}-0-site": site.pk}
    assert client.post(url_of(Site, "change", site.pk), typed_page(page) | row).status_code == 302

    (entry,) = since()
    assert (entry.action, entry.record_type, entry.changes["name"]) == ("create", "room", [None, "Room 9"])


def test_giving_a_role_is_a_change_of_permissions(proved_admin, front_desk, since):
    group = Group.objects.get(name=PHYSIOTHERAPIST)
    since()

    save(proved_admin, url_of(User, "change", front_desk.pk), groups=[group.pk])

    about_user = [entry for entry in since() if entry.record_id == str(front_desk.pk) and entry.record_type == "user"]
    given, taken = [(entry.action, entry.changes["groups"]) for entry in about_user]
    assert given == ("permission_change", [[], ["Physiotherapist"]])
    assert taken == ("permission_change", [["Front desk"], []])


def test_closing_an_account_is_a_change_of_permissions(proved_admin, front_desk, since):
    since()

    save(proved_admin, url_of(User, "change", front_desk.pk), is_active="")

    assert [(e.action, e.changes) for e in since()] == [("permission_change", {"is_active": [True, False]})]


def test_a_new_user_is_recorded_without_the_password(proved_admin, since):
    since()

    assert proved_admin.post(url_of(User, "add"), {"username": "new"}).status_code == 200

    made, invited = since()
    assert (made.action, made.changes["username"]) == ("create", [None, "new"])
    assert (invited.action, invited.changes) == ("permission_change", {"password_link": ["", "made"]})
    assert User.objects.get(username="new").password not in str(made.changes)


def test_a_deletion_records_what_was_deleted(client, superuser, since):
    client.force_login(superuser)
    kinds = [AppointmentType.objects.create(name=name, minutes=30) for name in ("One", "Two")]
    since()

    client.post(url_of(AppointmentType, "delete", kinds[0].pk), {"post": "yes"})
    client.post(
        url_of(AppointmentType), {"action": "delete_selected", "_selected_action": [kinds[1].pk], "post": "yes"}
    )

    assert [(e.action, e.changes["name"]) for e in since()] == [("delete", ["One", None]), ("delete", ["Two", None])]


def test_what_a_service_saves_is_recorded_once(as_admin, patient, physiotherapist, since):
    since()

    save(as_admin, url_of(Patient, "change", patient.pk), city="Cork")
    as_admin.post(url_of(CalendarFeed, "add"), {"practitioner": physiotherapist.practitioner.pk})

    assert [(e.action, e.record_type) for e in since() if e.action != "read"] == [
        ("change", "patient"),
        ("create", "calendarfeed"),
    ]


def test_the_history_of_an_entry_is_the_entry(as_admin, patient):
    entry = patient.trail.get()

    assert as_admin.get(url_of(TrailEntry, "history", entry.pk)).url == url_of(TrailEntry, "change", entry.pk)
