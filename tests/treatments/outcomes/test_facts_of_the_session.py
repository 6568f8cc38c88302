"""Past figures stay what they were when people move, clocks change and birth dates are corrected."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from importlib import import_module

import pytest
import time_machine
from django.apps import apps
from django.db import connection

from clinic.models import Appointment, Practitioner, Site
from clinic.services import book_appointment, mark_no_show
from patients.services import update_patient
from tests.clinic.builders import make_type
from tests.database.guards import unguarded
from tests.treatments.builders import make_signed
from treatments.models import SessionContext, SessionFact, TreatmentSession, with_rows
from treatments.outcomes.attendance import attendance_of
from treatments.outcomes.export import export_csv
from treatments.outcomes.filters import Filters
from treatments.outcomes.review import Review
from treatments.record.sealing import content_hash
from treatments.record.verification import tampered_sessions
from treatments.services import rebuild_summaries

pytestmark = pytest.mark.both_engines

LATE = datetime(2026, 10, 31, 22, 30, tzinfo=UTC)
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


@pytest.fixture
def near(physiotherapist):
    return physiotherapist.practitioner.site


@pytest.fixture
def far(db):
    return Site.objects.create(name="Far", timezone="Pacific/Auckland")


@pytest.fixture
def treated(patient, physiotherapist, front_desk, near):
    """Signed and missed late on the last day of October, where it was still October."""
    with time_machine.travel(LATE - timedelta(hours=2)):
        book(patient, physiotherapist, by=front_desk)
    with time_machine.travel(LATE + timedelta(hours=2)):
        mark_no_show(Appointment.objects.get(), by=front_desk)
        return make_signed(patient, by=physiotherapist, started_at=LATE)


def book(patient, user, *, by):
    book_appointment(
        by=by,
        patient=patient,
        practitioner=user.practitioner,
        type=make_type(),
        starts_at=LATE,
        allow_outside_hours=True,
    )


def figures(site, month):
    """Sessions on the page, sessions in the export, months and ages in the export, courses, missed visits."""
    filters = Filters(site=site.pk, since=month, until=month)
    review = Review(filters, None)
    rows = list(csv.DictReader(io.StringIO("".join(export_csv(filters.sessions(), identified=True))[1:])))
    said = {(row["site_name"], row["started_at"], row["month"], row["age_band"]) for row in rows}
    courses = review.courses.everything.courses
    return review.total.sessions, len(rows), said, courses, attendance_of(filters).missed


def test_nothing_that_changes_elsewhere_changes_past_figures(treated, patient, physiotherapist, front_desk, near, far):
    before = figures(near, OCTOBER)
    assert before[0] == before[1] == before[3] == before[4] == 1
    assert before[2] == {(near.name, "2026-10-31 22:30", "2026-10", "45 to 49")}

    Practitioner.objects.update(site=far)
    Site.objects.filter(pk=near.pk).update(timezone="Australia/Sydney")
    update_patient(patient, by=front_desk, born_on=date(1949, 3, 14))
    for _ in range(2):
        assert figures(near, OCTOBER) == before
        assert figures(far, OCTOBER)[0] == figures(far, NOVEMBER)[0] == figures(near, NOVEMBER)[0] == 0
        assert figures(far, NOVEMBER)[4] == 0
        rebuild_summaries()


def test_a_later_session_counts_where_the_practitioner_works_then(treated, patient, physiotherapist, near, far):
    Practitioner.objects.update(site=far)
    physiotherapist.practitioner.refresh_from_db()
    with time_machine.travel(LATE + timedelta(days=3)):
        make_signed(patient, by=physiotherapist, started_at=LATE + timedelta(days=2))

    assert figures(near, OCTOBER)[:2] == (1, 1)
    assert figures(far, NOVEMBER)[:2] == (1, 1)
    assert Review(Filters(), None).total.sessions == 2


def test_the_facts_of_a_session_are_sealed_with_it(treated):
    assert list(tampered_sessions()) == []

    with unguarded():
        SessionContext.objects.update(took_place_on=LATE.date() + timedelta(days=1))

    assert len(list(tampered_sessions())) == 1


def test_what_is_derived_later_is_marked_and_not_sealed(treated):
    with unguarded():
        SessionContext.objects.all().delete()
    rebuild_summaries()

    derived = SessionContext.objects.get()
    assert derived.is_derived
    assert (derived.took_place_on, derived.patient_age) == (date(2026, 10, 31), 47)


def test_a_visit_that_is_over_keeps_its_site_and_a_coming_one_follows(patient, physiotherapist, front_desk, near, far):
    with time_machine.travel(LATE - timedelta(hours=2)):
        book(patient, physiotherapist, by=front_desk)
        assert Appointment.objects.get().site == near
    Practitioner.objects.update(site=far)

    with time_machine.travel(LATE + timedelta(days=2)):
        mark_no_show(Appointment.objects.get(), by=front_desk)

    assert attendance_of(Filters(site=near.pk, since=OCTOBER, until=OCTOBER)).missed == 1
    assert attendance_of(Filters(site=far.pk)).missed == 0


# Records of earlier releases ---------------------------------------------------------


def test_records_of_earlier_releases_keep_their_month_and_their_seal(patient, physiotherapist):
    at = datetime(2026, 10, 31, 22, 30, tzinfo=UTC)
    with time_machine.travel(at + timedelta(hours=2)):
        make_signed(patient, by=physiotherapist, started_at=at)
    with unguarded():
        SessionContext.objects.update(is_derived=True)
        signed = with_rows(TreatmentSession.objects).get()
        TreatmentSession.objects.update(content_hash=content_hash(signed))
        SessionContext.objects.all().delete()
    # The clock of the site has changed since the session was counted.
    Site.objects.update(timezone="Australia/Sydney")

    migration = import_module("treatments.migrations.0039_facts_of_the_session")
    migration.derive_contexts(apps, connection.schema_editor())
    rebuild_summaries()

    context = SessionContext.objects.get()
    assert (context.took_place_on, context.patient_age, context.is_derived) == (date(2026, 10, 31), 47, True)
    assert SessionFact.objects.get().month == OCTOBER and SessionFact.objects.get().site == context.site
    assert list(tampered_sessions()) == []
