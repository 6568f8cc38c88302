"""A change in the admin that stops booked visits names these visits before it is saved."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.utils import timezone

from clinic.models import AppointmentType, Practitioner, Site, TimeOff
from patients.admin import ReadOnly, TrailEntryAdmin
from patients.audit.admin import AuditedAdmin
from patients.models import Patient
from tests.admin_pages import typed_page, url_of
from tests.clinic.builders import at, book, make_hours, make_type, monday


@pytest.fixture
def visit(patient, physiotherapist, front_desk, room):
    make_hours(physiotherapist, weekdays=[0])
    return book(patient, physiotherapist, "10:00", by=front_desk, room=room, type=make_type("Needling"))


# Each: the model, its row for a visit, and what is typed into the page.
CAUSES = {
    "leaves": (Practitioner, lambda v: v.practitioner, {"is_active": ""}),
    "hours": (Practitioner, lambda v: v.practitioner, {"working_hours-0-ends": "09:30"}),
    "last day": (
        Practitioner,
        lambda v: v.practitioner,
        {"working_hours-0-valid_until": monday() - timedelta(days=1)},
    ),
    "account": (User, lambda v: v.practitioner.user, {"is_active": ""}),
    "practitioner of the account": (User, lambda v: v.practitioner.user, {"practitioner-0-is_active": ""}),
    "certificate": (AppointmentType, lambda v: v.type, {"needs_certificate": "on"}),
    "room": (Site, lambda v: v.practitioner.site, {"rooms-0-is_active": ""}),
    "time zone": (Site, lambda v: v.practitioner.site, {"timezone": "Asia/Tokyo"}),
    "death": (Patient, lambda v: v.patient, {"died_on": timezone.localdate()}),
    "not active": (Patient, lambda v: v.patient, {"is_active": ""}),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_a_change_that_stops_a_visit_is_saved_only_once_it_was_seen(proved_admin, visit, cause):
    model, row_of, typed = CAUSES[cause]
    url = url_of(model, "change", row_of(visit).pk)
    data = typed_page(proved_admin.get(url)) | typed
    data = {name: value for name, value in data.items() if value != ""}

    asked = proved_admin.post(url, data)

    assert asked.status_code == 422
    assert asked.context["broken_visits"] == [visit]
    stored = typed_page(proved_admin.get(url))
    assert proved_admin.post(url, data | {"seen_visit": [visit.pk]}).status_code == 302
    assert typed_page(proved_admin.get(url)) != stored


def test_time_off_that_is_added_in_the_admin_names_the_visits(as_admin, visit, practitioner_time_off):
    asked = as_admin.post(url_of(TimeOff, "add"), practitioner_time_off)

    assert asked.status_code == 422
    assert asked.context["broken_visits"] == [visit]
    assert not TimeOff.objects.exists()
    as_admin.post(url_of(TimeOff, "add"), practitioner_time_off | {"seen_visit": [visit.pk]})
    assert TimeOff.objects.get().starts_at == at("00:00")


@pytest.fixture
def practitioner_time_off(visit):
    return {
        "practitioner": visit.practitioner_id,
        "starts_at_0": monday(),
        "starts_at_1": "00:00",
        "ends_at_0": monday() + timedelta(days=1),
        "ends_at_1": "00:00",
        "reason": "ill",
    }


def test_time_off_in_the_admin_is_in_the_clock_of_the_site(as_admin, visit, practitioner_time_off):
    york = Site.objects.create(name="York", timezone="America/New_York")
    closed = {"site": york.pk, "practitioner": ""}

    as_admin.post(url_of(TimeOff, "add"), practitioner_time_off | closed)

    row = TimeOff.objects.get()
    assert row.starts_at == at("00:00", zone=york.zone)
    page = as_admin.get(url_of(TimeOff, "change", row.pk))
    assert as_admin.post(url_of(TimeOff, "change", row.pk), typed_page(page)).status_code == 302
    row.refresh_from_db()
    assert row.starts_at == at("00:00", zone=york.zone)


def test_whole_days_are_typed_and_shown_without_times(as_admin, visit, practitioner_time_off):
    tuesday = monday() + timedelta(days=1)
    typed = practitioner_time_off | {"starts_at_1": "", "ends_at_0": tuesday, "ends_at_1": "", "seen_visit": [visit.pk]}

    as_admin.post(url_of(TimeOff, "add"), typed)

    row = TimeOff.objects.get()
    assert (row.starts_at, row.ends_at) == (at("00:00"), at("00:00", day=tuesday + timedelta(days=1)))
    shown = typed_page(as_admin.get(url_of(TimeOff, "change", row.pk)))
    assert (shown["ends_at_0"], shown.get("ends_at_1", "")) == (tuesday, "")
    refused = as_admin.post(url_of(TimeOff, "add"), typed | {"ends_at_0": "", "ends_at_1": "10:00"})
    assert refused.status_code == 200
    assert "ends_at" in refused.context["adminform"].form.errors


def test_every_page_of_the_admin_that_changes_something_asks(db):
    """A model that is added to the admin later cannot be forgotten."""
    ours = [model for model in admin.site._registry if model._meta.app_label in ("patients", "clinic")]

    # The trail is read-only in its own way: nobody adds, changes or deletes an entry.
    asks = AuditedAdmin | ReadOnly | TrailEntryAdmin
    unasked = [m.__name__ for m in [*ours, User] if not isinstance(admin.site._registry[m], asks)]

    assert unasked == []
