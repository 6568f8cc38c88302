"""The retention report: until when each record is kept, and why it may not be destroyed yet."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic.models import Appointment, PatientSite, RetentionSetting, Site
from clinic.services import add_to_waiting_list
from patients.models import LegalHold, Patient, PatientMerge, TrailEntry
from patients.models.birth import BirthDate, BirthPrecision
from patients.services import lift_legal_hold, place_legal_hold
from tests import people
from tests.admin_pages import url_of
from tests.clinic.builders import make_appointment, make_type
from tests.treatments.builders import make_draft
from treatments.models import RetentionCase
from treatments.retention.due import (
    ENTRIES,
    NO_ENTRIES,
    in_words,
    records_past,
    retention_of,
    shortest_period_began_on,
)
from treatments.whole_record.kinds import kinds

pytestmark = pytest.mark.django_db


def days_ago(days):
    return timezone.now() - timedelta(days=days)


def registered(by, *, years_ago=20, **fields):
    people.make_site()
    patient = people.make_patient(by=by, **fields)
    Patient.objects.filter(pk=patient.pk).update(created_at=days_ago(366 * years_ago))
    patient.refresh_from_db()
    return patient


def retention(patient, today=None):
    return retention_of([patient], today=today or timezone.localdate())[patient.pk]


def test_every_kind_of_record_is_an_entry_or_not_one():
    """Every part of a record counts as an entry, except what is not about care."""
    not_care = {"AppointmentChange", "CallAttempt", "Message", "VisitReply", "WaitingListEntry", "PatientSite"}
    dated = {kept.model for kept in ENTRIES} | NO_ENTRIES

    missing = {kind.model.__name__ for kind in kinds() if kind.model not in dated and not kind.owners}
    assert missing - not_care == {"TrailEntry"}


def test_a_record_may_be_destroyed_when_the_period_after_the_last_entry_is_over(front_desk, physiotherapist):
    patient = registered(front_desk)
    visit = make_appointment(patient, physiotherapist, at=days_ago(366 * 9))
    last = timezone.localdate(visit.starts_at)

    found = retention(patient)
    on_last_day = retention(patient, today=found.keep_until)

    assert (found.last_entry_on, found.keep_until) == (last, last.replace(year=last.year + 8))
    assert (found.rule.key, found.may_be_destroyed) == ("gb-england", True)
    assert on_last_day.obstacles == [f"It must be kept until {in_words(found.keep_until)}."]


def test_a_child_is_kept_until_grown_and_a_death_counts_as_an_entry(front_desk):
    child = registered(front_desk, years_ago=9, born_on=timezone.localdate() - timedelta(days=366 * 15))
    dead = registered(front_desk, given_name="Ivo", died_on=timezone.localdate() - timedelta(days=366))

    assert "It must be kept until" in retention(child).obstacles[0]
    assert retention(dead).last_entry_on == dead.died_on


def test_without_a_birth_date_or_a_rule_nothing_is_due(front_desk):
    patient = registered(front_desk)
    patient.born_on = None
    without_date = retention(patient)
    Site.objects.update(timezone="America/New_York")
    without_rule = retention(Patient.objects.get(pk=patient.pk))

    assert (without_date.keep_until, without_rule.keep_until) == (None, None)
    assert without_date.obstacles == ["The birth date is missing, so it is not known whether the patient was a child."]
    assert without_rule.obstacles == ["No rule is set for sites in US."]


def test_the_longest_rule_of_the_countries_of_a_patient_holds(front_desk):
    patient = registered(front_desk)
    for name, zone in (("Bray", "Europe/Dublin"), ("Auckland", "Pacific/Auckland")):
        site = Site.objects.create(name=name, timezone=zone)
        PatientSite.objects.create(patient=patient, site=site)
    RetentionSetting.objects.create(country="IE", rule="ie", years=12, source="Our insurer")

    assert retention(patient).rule.years == 12


def test_a_hold_a_visit_and_a_waiting_merge_stand_against_it(front_desk, physiotherapist):
    admin = people.make_admin()
    patient, other = registered(front_desk), registered(front_desk, given_name="Ivo")
    hold = place_legal_hold(patient, by=admin, reason="Claim of 3 March")
    make_appointment(patient, physiotherapist, at=timezone.now() + timedelta(days=3))
    PatientMerge.objects.create(
        survivor=other, duplicate=patient, reason="Twice", asked_at=timezone.now(), asked_by=front_desk
    )
    words = " ".join(retention(patient).obstacles)
    lift_legal_hold(hold, by=admin, reason="Settled")

    assert all(part in words for part in ("Claim of 3 March", "a visit in the future", "A merge is waiting"))
    assert retention(other).obstacles == ["A merge is waiting."]
    assert "Claim" not in " ".join(retention(patient).obstacles)


def test_entries_of_a_merged_record_count_for_the_person(front_desk, physiotherapist):
    stays, gone = registered(front_desk), registered(front_desk, given_name="Ivo")
    make_appointment(gone, physiotherapist, at=days_ago(10))
    place_legal_hold(gone, by=people.make_admin(), reason="Claim")
    Patient.objects.filter(pk=gone.pk).update(merged_into=stays)

    assert retention(stays).last_entry_on == timezone.localdate(days_ago(10))
    assert "Claim" in " ".join(retention(stays).obstacles)
    assert set(records_past(timezone.localdate(days_ago(30)))) == set()


def test_the_list_of_holds_has_those_of_merged_records(client, front_desk):
    stays, gone = registered(front_desk, given_name="Una"), registered(front_desk, given_name="Ivo")
    admin = people.make_admin()
    place_legal_hold(gone, by=admin, reason="Claim")
    Patient.objects.filter(pk=gone.pk).update(merged_into=stays)
    client.force_login(admin)

    page = client.get(url_of(RetentionCase), {"which": "hold"}).content.decode()

    assert stays.record_number in page


def test_the_report_lists_what_is_past_the_shortest_period(front_desk, physiotherapist):
    old, recent = registered(front_desk), registered(front_desk, given_name="Ivo")
    new = people.make_patient(by=front_desk, given_name="Una")
    make_appointment(recent, physiotherapist, at=days_ago(100))
    cancelled = make_appointment(old, physiotherapist, at=days_ago(3))
    Appointment.objects.filter(pk=cancelled.pk).update(status=Appointment.Status.CANCELLED)

    past = records_past(shortest_period_began_on(timezone.localdate()))

    assert [case.pk for case in past] == [old.pk]
    assert new.pk not in {case.pk for case in past}


def test_a_hold_needs_a_reason_and_is_in_the_trail(client, front_desk):
    patient = registered(front_desk)
    client.force_login(people.make_admin())
    url = url_of(RetentionCase, "change", patient.pk)

    empty = client.post(url, {"place": "yes", "id": "7a215c6a-0f1c-4b3b-9a57-6a7a5a1d2f11", "reason": " "})
    placed = client.post(url, {"place": "yes", "id": "7a215c6a-0f1c-4b3b-9a57-6a7a5a1d2f11", "reason": "Claim"})
    hold = LegalHold.objects.get()
    lifted = client.post(url, {"lift": "yes", "hold": hold.pk, "lift_reason": "Settled"})
    again = client.post(url, {"lift": "yes", "hold": hold.pk, "lift_reason": "Settled"})

    assert [empty.status_code, placed.status_code, lifted.status_code, again.status_code] == [422, 302, 302, 403]
    assert "This field is required." in empty.content.decode()
    hold.refresh_from_db()
    assert (hold.reason, hold.lift_reason) == ("Claim", "Settled")
    written = TrailEntry.objects.filter(record_type="legalhold", patient=patient).order_by("pk")
    assert [entry.action for entry in written] == ["create", "change"]


def test_the_report_has_the_same_number_of_queries_for_one_and_three_records(client, front_desk):
    client.force_login(people.make_admin())
    url, counts = url_of(RetentionCase), []
    for names in ("A", "BC"):
        for name in names:
            patient = registered(front_desk, given_name=name)
            place_legal_hold(patient, by=people.User.objects.get(username="a.berg"), reason="Claim")
        with CaptureQueriesContext(connection) as queries:
            page = client.get(url).content.decode()
        counts.append(len(queries))

    assert page.count("Legal hold since") == 3
    assert counts[0] == counts[1]


def test_the_page_of_a_record_names_the_rule_and_its_source(client, front_desk):
    patient = registered(front_desk)
    client.force_login(people.make_admin())

    page = client.get(url_of(RetentionCase, "change", patient.pk)).content.decode()

    assert "This record may be destroyed" in page
    assert "8 years after the last entry" in page
    assert "CSP Frontline: records" in page


def test_a_draft_and_a_place_on_the_waiting_list_stand_against_it(front_desk, physiotherapist):
    patient = registered(front_desk)
    make_draft(patient, by=physiotherapist)
    add_to_waiting_list(patient, by=front_desk, type=make_type(), weekdays=[0])

    found = retention(patient).obstacles

    assert found[-2:] == ["The patient is on the waiting list.", "A session is still a draft."]


def test_an_estimated_birth_date_counts_as_the_day_that_keeps_the_record_longest(front_desk):
    """About 2000, give or take five years: perhaps 13 at the last entry, so until the age of 25."""
    patient = registered(front_desk)
    Patient.objects.filter(pk=patient.pk).update(created_at=datetime(2019, 6, 1, 12, tzinfo=UTC))
    patient.refresh_from_db()
    patient.birth = BirthDate(date(2000, 1, 1), BirthPrecision.ABOUT)

    assert retention(patient).keep_until == date(2030, 12, 31)
