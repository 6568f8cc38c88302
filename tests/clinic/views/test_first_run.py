"""A new clinic is led from an empty database to its first booking."""

import re

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic import services
from clinic.diary.obstacles import impossible_visits
from clinic.first_run import open_steps, steps
from clinic.forms.first_run import OFFERED_KINDS
from clinic.models import Appointment, AppointmentType, Practitioner, Room, Site, WorkingHours
from clinic.services import become_practitioner
from patients.models import TrailEntry
from tests import people
from tests.admin_pages import typed_page, url_of
from tests.clinic.builders import book, make_appointment, make_hours


@pytest.fixture
def owner(client, db):
    owner = people.make_superuser()
    client.force_login(owner)
    people.prove_again(client)
    return owner


def done():
    return [step.url_name for step in steps() if step.is_done]


def add_person(client, **changed):
    typed = {"first_name": "Priya", "last_name": "Nair", "email": "", "role": "physio", "colour": "teal"}
    typed |= {"site": Site.objects.get().pk, "certificate_expires_on": "1 Mar 2030"}
    return client.post("/setup/people/", typed | changed)


def send_kinds(client, **changed):
    page = client.get("/setup/kinds/").context["form"]
    sent = {f"form-{name}": value for name, value in page.management_form.initial.items()}
    for form in page:
        row = {name: form[name].value() for name in form.fields}
        ticks = {name: "on" for name in ("use", "needs_certificate") if row.pop(name)}
        sent |= {f"{form.prefix}-{name}": value or "" for name, value in (row | ticks).items()}
    return client.post("/setup/kinds/", sent | changed)


@pytest.mark.parametrize("page", ["/diary/", "/diary/print/", "/diary/book/", "/diary/waiting/"])
def test_a_page_of_the_diary_without_a_site_leads_to_the_set_up(client, owner, page):
    response = client.get(page)

    assert response.status_code == 200
    assert 'href="/setup/"' in response.content.decode()


def test_the_front_desk_without_a_site_is_told_whom_to_ask(client, front_desk):
    client.force_login(front_desk)

    response = client.get("/diary/")

    assert response.status_code == 200
    assert "/setup/" not in response.content.decode()


def test_the_start_page_of_an_empty_clinic_leads_to_the_first_step(client, owner):
    response = client.get("/", follow=True)

    assert [url for url, _ in response.redirect_chain] == ["/setup/", "/setup/site/"]


def test_a_user_without_a_role_starts_at_the_account(client, db):
    client.force_login(User.objects.create_user("nobody"))

    assert client.get("/", follow=True).status_code == 200


def test_every_step_leads_to_the_next_until_the_first_visit_is_booked(client, owner, patient, settings):
    settings.EMAIL_URL = "consolemail://"
    site = {"name": "Harbour Lane", "address": "", "phone": "", "timezone": "Europe/London"}
    assert client.post("/setup/site/", site).url == "/setup/rooms/"
    assert client.post("/setup/rooms/", {"names": "Room 1\n Room 2 \n\nroom 1"}).url == "/setup/kinds/"
    assert send_kinds(client).url == "/setup/people/"
    assert add_person(client).status_code == 200
    week = {"from_0": "08:00", "to_0": "12:00", "from2_0": "13:00", "to2_0": "17:00"}
    person = Practitioner.objects.get()
    assert client.post("/setup/hours/", week | {"person": person.pk}).url == "/setup/email/"
    make_appointment(patient, person.user, at=timezone.now())

    assert [step.url_name for step in open_steps()] == ["setup_email"]
    assert sorted(Room.objects.values_list("name", flat=True)) == ["Room 1", "Room 2"]
    assert AppointmentType.objects.filter(name__in=[name for name, *_ in OFFERED_KINDS]).count() == 5


def test_a_wrong_site_keeps_what_was_typed(client, owner):
    response = client.post("/setup/site/", {"name": "", "address": "Harbour Lane 3", "timezone": "Mars"})

    assert response.status_code == 422
    assert {"name", "timezone"} <= set(response.context["form"].errors)
    assert "Harbour Lane 3" in response.content.decode()


def test_the_site_is_changed_and_not_doubled_when_its_step_is_saved_again(client, owner):
    people.make_site()

    client.post("/setup/site/", {"name": "Quay", "timezone": "Europe/Dublin", "address": "", "phone": ""})

    assert [(site.name, site.timezone) for site in Site.objects.all()] == [("Quay", "Europe/Dublin")]


def test_an_unticked_kind_is_left_out_and_a_wrong_one_is_marked(client, owner):
    refused = send_kinds(client, **{"form-0-minutes": "2"})
    assert refused.status_code == 422
    assert [bool(form.errors) for form in refused.context["form"]][:2] == [True, False]

    sent = {"form-1-use": "", "form-1-minutes": "no number"}
    assert send_kinds(client, **sent).status_code == 302
    assert "Needling" not in AppointmentType.objects.values_list("name", flat=True)


@pytest.mark.parametrize(
    ("role", "groups", "is_staff", "treats"),
    [
        ("desk", ["Front desk"], False, False),
        ("physio", ["Physiotherapist"], False, True),
        ("admin", ["Admin"], True, False),
        ("both", ["Admin", "Physiotherapist"], True, True),
    ],
)
def test_one_choice_of_role_gives_group_staff_and_practitioner(client, owner, role, groups, is_staff, treats):
    people.make_site()

    add_person(client, role=role)

    user = User.objects.get(username="priya.nair")
    assert sorted(user.groups.values_list("name", flat=True)) == groups
    assert (user.is_staff, hasattr(user, "practitioner"), user.has_usable_password()) == (is_staff, treats, False)


def test_the_invitation_shown_lets_the_person_choose_a_password(client, owner):
    people.make_site()
    page = add_person(client).content.decode()
    link = re.search(r"/account/password/choose/[^<\s]+", page)[0]

    client.logout()

    opened = client.get(link, follow=True)
    assert opened.status_code == 200
    assert "priya.nair" in opened.content.decode()


def test_two_people_with_one_name_get_two_user_names(client, owner):
    people.make_site()
    add_person(client)
    add_person(client)
    add_person(client, first_name="محمود", last_name="أحمد")

    names = set(User.objects.exclude(pk=owner.pk).values_list("username", flat=True))
    assert {"priya.nair", "priya.nair2"} < names
    assert len(names) == 3


def test_the_owner_who_is_a_superuser_can_become_a_practitioner_but_an_admin_cannot(client, owner):
    site = people.make_site()
    client.post("/setup/people/", {"treat_myself": "on", "me-site": site.pk, "me-colour": "teal"})
    assert Practitioner.objects.get().user == owner

    admin = people.make_admin()
    client.force_login(admin)
    people.prove_again(client)
    client.post("/setup/people/", {"treat_myself": "on", "me-site": site.pk, "me-colour": "teal"})
    assert not Practitioner.objects.filter(user=admin).exists()
    with pytest.raises(Exception, match="another admin"):
        become_practitioner(by=admin, site=site, proof="PIN")


def test_a_person_is_added_only_after_the_admin_proved_who_they_are(client, superuser):
    """The page is sent again by itself after the proof, and the next person needs no other proof."""
    people.make_site()
    client.force_login(superuser)
    asked = add_person(client)
    assert (asked.status_code, User.objects.count()) == (302, 1)

    added = client.post(asked.url, {"password": people.PASSWORD}, follow=True)

    person = User.objects.exclude(pk=superuser.pk).get()
    assert added.context["invited"]["user"] == person
    entry = TrailEntry.objects.filter(action="permission_change", record_id=str(person.pk), changes__has_key="groups")
    assert entry.get().note == "Proved by password"
    assert add_person(client, first_name="Ben").context["invited"]["user"].first_name == "Ben"


def test_the_owner_becomes_a_practitioner_only_after_a_proof(client, superuser):
    site = people.make_site()
    client.force_login(superuser)

    asked = client.post("/setup/people/", {"treat_myself": "on", "me-site": site.pk, "me-colour": "teal"})

    assert not Practitioner.objects.exists()
    client.post(asked.url, {"password": people.PASSWORD})
    assert Practitioner.objects.get().user == superuser
    with pytest.raises(ValidationError, match="Prove"):
        add_person_as(people.make_admin(), proof="")


def add_person_as(admin, **fields):
    return services.add_person(by=admin, first_name="Ivo", last_name="Berg", roles=[], **fields)


def test_monday_is_copied_to_all_weekdays_and_saved(client, owner, physiotherapist):
    room = Room.objects.create(site=physiotherapist.practitioner.site, name="Room 1")
    week = {"person": physiotherapist.practitioner.pk, "room_0": room.pk}
    week |= {"from_0": "08:00", "to_0": "12:00", "from2_0": "13:00", "to2_0": "17:00"}

    copied = client.post("/setup/hours/", week | {"copy": "monday"})
    assert WorkingHours.objects.count() == 0
    form = copied.context["form"]
    client.post("/setup/hours/", week | {name: form[name].value() or "" for name in form.fields})

    hours = WorkingHours.objects.values_list("weekday", "starts__hour", "ends__hour", "room")
    assert sorted(hours) == [(d, s, e, room.pk) for d in range(5) for s, e in ((8, 12), (13, 17))]


def test_hours_can_be_typed_without_minutes(client, owner, physiotherapist):
    typed = {"from_0": "8", "to_0": "12", "from2_0": "13.00", "to2_0": "1730"}

    client.post("/setup/hours/", {"person": physiotherapist.practitioner.pk} | typed)

    rows = WorkingHours.objects.order_by("starts")
    assert [f"{row.starts:%H:%M} {row.ends:%H:%M}" for row in rows] == ["08:00 12:00", "13:00 17:30"]


def test_a_week_without_hours_is_not_saved(client, owner, physiotherapist):
    response = client.post("/setup/hours/", {"person": physiotherapist.practitioner.pk})

    assert response.status_code == 422
    assert response.context["form"].has_error("__all__")


def test_hours_saved_again_replace_the_week_and_keep_what_has_dates(client, owner, physiotherapist):
    person = physiotherapist.practitioner
    usual = {"practitioner": person, "starts": "08:00", "ends": "12:00"}
    dated = WorkingHours.objects.create(weekday=5, valid_from="2026-01-01", **usual)
    WorkingHours.objects.create(weekday=0, **usual)

    client.post("/setup/hours/", {"person": person.pk, "from_1": "09:00", "to_1": "00:00"})

    rows = WorkingHours.objects.order_by("weekday")
    assert [(row.weekday, row.pk == dated.pk) for row in rows] == [(1, False), (5, True)]


@pytest.mark.parametrize("step", ["hours", "site"])
def test_a_change_that_stops_a_visit_is_saved_only_once_it_was_seen(client, owner, patient, physiotherapist, step):
    make_hours(physiotherapist, weekdays=[0])
    visit = book(patient, physiotherapist, "10:00", by=owner)
    site = physiotherapist.practitioner.site
    typed = {
        "hours": {"person": physiotherapist.practitioner.pk, "from_1": "09:00", "to_1": "17:00"},
        "site": {"name": site.name, "timezone": "Asia/Tokyo"},
    }[step]

    asked = client.post(f"/setup/{step}/", typed)

    assert (asked.status_code, asked.context["form"].broken_visits) == (422, [visit])
    assert f'name="seen_visit" value="{visit.pk}"' in asked.content.decode()
    assert impossible_visits() == []
    assert client.post(f"/setup/{step}/", typed | {"seen_visit": visit.pk}).status_code == 302
    assert impossible_visits() == [visit]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"from_0": "08:00"}, "to_0"),
        ({"from_0": "12:00", "to_0": "08:00"}, "to_0"),
        ({"from_0": "08:00", "to_0": "12:00", "from2_0": "11:00", "to2_0": "13:00"}, "from2_0"),
        ({"from_0": "soon", "to_0": "12:00"}, "from_0"),
    ],
)
def test_wrong_hours_are_refused_beside_the_field(client, owner, physiotherapist, typed, field):
    response = client.post("/setup/hours/", typed | {"person": physiotherapist.practitioner.pk})

    assert (response.status_code, field in response.context["form"].errors) == (422, True)
    assert WorkingHours.objects.count() == 0


def test_the_email_step_is_done_when_the_test_arrived(client, owner, settings):
    settings.EMAIL_URL = "consolemail://"
    people.make_site()
    client.post("/setup/email/", {"address": "owner@example.org"})
    assert [message.to for message in mail.outbox] == [["owner@example.org"]]
    assert "setup_email" not in done()

    client.post("/setup/email/", {"arrived": "on"})

    assert "setup_email" in done()


def test_email_that_is_off_on_the_server_does_not_keep_the_list_open(client, owner, settings):
    settings.EMAIL_URL = ""
    people.make_site()

    assert client.get("/setup/email/").status_code == 200
    assert client.post("/setup/email/", {"address": "owner@example.org"}).status_code == 422
    assert "setup_email" not in [step.url_name for step in open_steps()]


def test_a_mail_server_that_fails_is_named_on_the_page(client, owner, settings):
    settings.EMAIL_URL, settings.EMAIL_BACKEND = "smtp://x", "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "localhost", 1
    people.make_site()

    assert client.post("/setup/email/", {"address": "owner@example.org"}).status_code == 422


def test_the_admin_shows_the_open_steps_until_all_are_done(client, owner, patient, physiotherapist, settings):
    settings.EMAIL_URL = ""
    Room.objects.create(site=physiotherapist.practitioner.site, name="Room 1")
    WorkingHours.objects.create(practitioner=physiotherapist.practitioner, weekday=0, starts="08:00", ends="12:00")
    assert "/setup/" in client.get("/admin/").content.decode()

    make_appointment(patient, physiotherapist, at=timezone.now())

    assert Appointment.objects.exists()
    assert "/setup/" not in client.get("/admin/").content.decode()
    assert client.get("/setup/").status_code == 200


def test_booking_without_kinds_of_visits_says_what_is_missing(client, physiotherapist, front_desk, patient):
    client.force_login(front_desk)

    response = client.get("/diary/book/", {"patient": patient.pk})

    assert response.status_code == 200
    assert "form" not in response.context


def test_a_role_given_or_taken_in_the_admin_opens_or_closes_the_admin(client, owner, front_desk):
    page = url_of(User, "change", front_desk.pk)

    for role, is_staff in (("Admin", True), ("Front desk", False)):
        client.post(page, typed_page(client.get(page)) | {"groups": Group.objects.get(name=role).pk})
        assert User.objects.get(pk=front_desk.pk).is_staff is is_staff
