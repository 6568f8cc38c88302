from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

pytestmark = pytest.mark.django_db


def test_expired_sessions_are_deleted_and_others_stay():
    now = timezone.now()
    Session.objects.create(session_key="over", expire_date=now - timedelta(minutes=1))
    Session.objects.create(session_key="lasts", expire_date=now + timedelta(hours=1))

    call_command("housekeeping", verbosity=0)

    assert [session.pk for session in Session.objects.all()] == ["lasts"]
