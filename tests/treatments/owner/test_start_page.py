import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from clinic.models import Backup
from patients.models import TrailEntry
from tests.clinic.builders import make_appointment
from tests.database.guards import unguarded
from tests.treatments.builders import make_signed
from treatments.models import RecordCheck, TreatmentSession
from treatments.owner.months import two_months
from treatments.owner.record_safety import record_safety
from treatments.services import record_follow_up

pytestmark = pytest.mark.both_engines


def test_a_check_of_the_record_is_kept_with_its_counts(patient, physiotherapist):
    make_signed(patient, by=physiotherapist)

    call_command("verify_records", stdout=io.StringIO())

    check = RecordCheck.objects.get()
    assert (check.signed_sessions, check.problems) == (1, 0)
    assert check.audit_entries == TrailEntry.objects.count()
    assert not record_safety().is_check_too_old


def test_a_check_that_finds_problems_is_kept_and_shown(as_admin, patient, physiotherapist):
    session = make_signed(patient, by=physiotherapist)
    with unguarded():
        TreatmentSession.objects.filter(pk=session.pk).update(pain_before=1)

    with pytest.raises(CommandError):
        call_command("verify_records", stdout=io.StringIO())

    assert RecordCheck.objects.get().problems > 0
    assert "is-late" in as_admin.get("/admin/").text.split('id="h-safe"')[1].split("</li>")[0]


def test_a_clinic_without_checks_and_backups_is_told_so(db):
    safety = record_safety()

    assert (safety.check, safety.is_check_too_old, safety.backup.newest) == (None, True, None)


def test_an_old_check_is_overdue(db):
    RecordCheck.objects.create(
        checked_at=timezone.now() - timedelta(days=9), signed_sessions=1, audit_entries=1, problems=0
    )

    assert record_safety().is_check_too_old


def test_the_page_says_when_the_last_backup_was_made(as_admin):
    assert "There is no backup" in as_admin.get("/admin/").text

    Backup.objects.create(made_at=timezone.now(), file_name="1.age", bytes=5, rows=1)

    assert "There is no backup" not in as_admin.get("/admin/").text


def test_two_months_are_counted_by_the_day_of_the_session(patient, physiotherapist):
    today = timezone.localdate()
    days_to_last_month = today.day + 3
    record_follow_up(make_signed(patient, by=physiotherapist), by=physiotherapist, contacted_at=timezone.now(), pain=2)
    make_signed(patient, by=physiotherapist, days_ago=days_to_last_month)
    make_signed(patient, by=physiotherapist, days_ago=days_to_last_month + 40)
    missed = make_appointment(patient, physiotherapist, at=timezone.now() - timedelta(hours=1))
    missed.take_place()
    missed.status = "no_show"
    missed.save()

    this, last = two_months()

    assert [(one.review.total.sessions, one.followed_up) for one in (this, last)] == [(1, 1), (1, 0)]
    assert (this.review.attendance.missed, last.review.attendance.missed) == (1, 0)


def test_staff_without_a_role_see_no_figures(client, db, django_user_model):
    client.force_login(django_user_model.objects.create_user("nobody", is_staff=True))

    page = client.get("/admin/").text

    assert not [part for part in ("fl-jobs", "fl-safe", "fl-kpis") if part in page]
