from django.contrib.auth.models import Group, User

from clinic.models import Practitioner, Site
from clinic.roles import ADMIN
from tests import people
from tests.admin_pages import typed_page, url_of


def test_an_admin_cannot_create_a_superuser(proved_admin, admin):
    url = url_of(User, "change", admin.pk)

    page = proved_admin.get(url)
    proved_admin.post(url, typed_page(page) | {"is_superuser": "on", "user_permissions": ["1"], "last_name": "Bergen"})

    admin.refresh_from_db()
    assert "is_superuser" not in page.context["adminform"].form.fields
    assert "user_permissions" not in page.context["adminform"].form.fields
    assert (admin.last_name, admin.is_superuser, admin.user_permissions.count()) == ("Bergen", False, 0)


def test_no_admin_gives_themselves_a_role_or_becomes_a_practitioner(proved_admin, admin):
    site, url = people.make_site(), url_of(User, "change", admin.pk)
    wanted = {"groups": [group.pk for group in Group.objects.all()]} | {
        "practitioner-TOTAL_FORMS": "1",
        "practitioner-INITIAL_FORMS": "0",
        "practitioner-0-user": admin.pk,
        "practitioner-0-site": site.pk,
        "practitioner-0-colour": "blue",
        "practitioner-0-is_active": "on",
    }

    answer = proved_admin.post(url, typed_page(proved_admin.get(url)) | wanted)

    assert answer.status_code == 302
    assert [group.name for group in admin.groups.all()] == [ADMIN]
    assert not Practitioner.objects.exists()


def test_an_admin_cannot_change_a_superuser(proved_admin, superuser):
    url = url_of(User, "change", superuser.pk)

    assert proved_admin.post(url, {"username": "mine"}).status_code == 403


def test_an_admin_adds_a_practitioner_to_a_user(proved_admin, front_desk):
    site = people.make_site()
    url = url_of(User, "change", front_desk.pk)
    data = typed_page(proved_admin.get(url)) | {
        "practitioner-TOTAL_FORMS": "1",
        "practitioner-0-user": front_desk.pk,
        "practitioner-0-site": site.pk,
        "practitioner-0-colour": "blue",
        "practitioner-0-is_active": "on",
    }

    proved_admin.post(url, data)

    assert Practitioner.objects.get().user == front_desk


def test_a_superuser_can_create_superusers(client, superuser, admin):
    client.force_login(superuser)
    people.prove_again(client)
    url = url_of(User, "change", admin.pk)

    client.post(url, typed_page(client.get(url)) | {"is_superuser": "on"})

    admin.refresh_from_db()
    assert admin.is_superuser


def test_a_new_site_starts_with_the_time_zone_of_the_settings(as_admin, settings):
    settings.TIME_ZONE = "Europe/Dublin"

    page = as_admin.get(url_of(Site, "add"))

    assert page.context["adminform"].form["timezone"].value() == "Europe/Dublin"


def test_what_was_typed_at_a_failed_sign_in_cannot_be_searched_for(as_admin):
    assert as_admin.get("/admin/axes/accessattempt/?post_data__contains=needles").status_code == 400
    assert as_admin.get("/admin/axes/accessattempt/?username=m.solberg").status_code == 200
