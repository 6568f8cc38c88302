"""Seeding the demo: into which database, on which day, and what it prints."""

import io
import sys
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from clinic.diary.obstacles import obstacles_of
from clinic.models import Appointment, Practitioner, Site
from patients.models import Consent, Patient
from tests.demo import people
from tests.terminal import Terminal
from treatments.models import Correction, Needling

Status = Appointment.Status


def test_demo_prints_the_logins(db, capsys):
    call_command("seed_demo", patients=1)

    printed = capsys.readouterr().out
    assert "m.solberg" in printed
    assert "harbour-lane-demo" in printed


@pytest.mark.parametrize("errors", [Terminal(), io.StringIO()], ids=["terminal", "log file"])
def test_demo_says_how_far_it_is_in_a_terminal_only(db, monkeypatch, errors):
    monkeypatch.setattr(sys, "stderr", errors)
    out = io.StringIO()

    call_command("seed_demo", patients=1, stdout=out)

    assert ("patients screened: " in errors.getvalue()) is errors.isatty()
    assert ("sessions sealed: " in errors.getvalue()) is errors.isatty()
    assert "sealed" not in out.getvalue()


def test_demo_refuses_a_real_clinic(patient, capsys):
    with pytest.raises(CommandError, match="that the demo did not make. Nothing was written"):
        call_command("seed_demo", patients=12)

    assert Site.objects.count() == 0
    assert Patient.objects.get() == patient


def test_demo_refuses_a_clinic_that_has_no_patients_yet(physiotherapist):
    with pytest.raises(CommandError, match="Nothing was written"):
        call_command("seed_demo", patients=12)

    assert Practitioner.objects.count() == 1


@pytest.mark.parametrize("patients", [0, 301])
def test_demo_refuses_a_number_out_of_range(db, patients):
    with pytest.raises(CommandError, match="between 1 and 300 patients"):
        call_command("seed_demo", patients=patients)

    assert Site.objects.count() == 0


@time_machine.travel(datetime(2026, 6, 10, 11, 20, tzinfo=UTC), tick=False)
def test_demo_is_the_same_every_time(db):
    seeded = []
    for _ in range(2):
        with transaction.atomic():
            call_command("seed_demo", patients=6)
            rows = Needling.objects.order_by("pk").values_list("pk", "session", "depth_mm", "session__pain_before")
            seeded.append([list(rows), list(Patient.objects.order_by("pk").values_list("family_name", "born_on"))])
            transaction.set_rollback(True)

    assert seeded[0] == seeded[1]


# A Wednesday, a Sunday, and the days when clocks go back and forward; at noon, at night and early.
@pytest.mark.parametrize("now", [(2026, 6, 10, 11), (2026, 6, 14, 22), (2026, 10, 25, 0), (2026, 3, 29, 6)])
def test_demo_day_has_work_done_and_work_to_do(db, now):
    with time_machine.travel(datetime(*now, 10, tzinfo=UTC), tick=False):
        call_command("seed_demo", patients=24)

        today = Appointment.objects.on(timezone.localdate())
        statuses = set(today.values_list("status", flat=True))
        done = today.filter(status=Status.DONE)
        obstacles = obstacles_of(today).values()

    assert {Status.DONE, Status.IN_SESSION, Status.BOOKED} <= statuses
    assert "hours" not in {obstacle.kind for found in obstacles for obstacle in found}
    assert not done.filter(treatment_sessions=None).exists()
    assert set(done.values_list("treatment_sessions__status", flat=True)) == {"signed"}


def test_demo_is_made_when_the_patients_have_no_pain_left(db, monkeypatch):
    """One session is corrected to a lower score, so it must not be one with 0."""

    def without_pain(visits, now, rng):
        for visit in sorted(visits, key=lambda visit: visit.session.started_at)[6:]:
            if visit.signed_at:
                visit.session.pain_after = 0

    monkeypatch.setattr("tests.demo.seeding.make_unusual", without_pain)

    call_command("seed_demo", patients=12)

    assert Correction.objects.count() == 1


def test_demo_children_agree_through_a_guardian(db, monkeypatch):
    """On any day: a guardian consents until the sixteenth birthday, then the patient does."""
    monkeypatch.setattr(people, "_birthday", lambda today, rng: today - timedelta(days=rng.randrange(5600, 6000)))

    call_command("seed_demo", patients=12)

    consents = Consent.objects.select_related("patient")
    children = {one.pk for one in consents if one.patient.age_on(timezone.localdate(one.given_at)) < 16}

    assert 0 < len(children) < len(consents)
    assert {one.pk for one in consents if one.guardian_name} == children
