import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, Permission, User

from tests import people

pytestmark = pytest.mark.both_engines


def asked_of_django(user):
    return ModelBackend().get_all_permissions(User.objects.get(pk=user.pk))


def test_permissions_are_those_of_django_in_one_query(db, front_desk, physiotherapist, django_assert_num_queries):
    front_desk.user_permissions.add(Permission.objects.get(codename="view_screening"))

    for person in (front_desk, physiotherapist, people.make_admin(), people.make_superuser()):
        person = User.objects.get(pk=person.pk)
        with django_assert_num_queries(1):
            found = person.get_all_permissions()

        assert found == asked_of_django(person)
    assert front_desk.has_perm("patients.view_screening")
    assert not front_desk.has_perm("treatments.view_treatmentsession")


def test_a_disabled_user_and_an_anonymous_user_have_no_permissions(db, physiotherapist):
    physiotherapist.is_active = False
    physiotherapist.save()

    assert User.objects.get(pk=physiotherapist.pk).get_all_permissions() == set()
    assert AnonymousUser().get_all_permissions() == set()
    assert not AnonymousUser().has_perm("patients.view_patient")
