"""Builders for a small clinic with appointments in the future, in the local time of the site."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from clinic.models import Appointment, AppointmentType, Room, WorkingHours
from clinic.services import book_appointment
from tests import people

ZONE = ZoneInfo("Europe/London")


def monday():
    """The Monday after next, which is always in the future."""
    today = timezone.localdate()
    return today + timedelta(days=14 - today.weekday())


def at(clock, *, day=None, zone=ZONE):
    """A local time such as "10:30" on `day`, by default on the Monday after next."""
    return datetime.combine(day or monday(), time.fromisoformat(clock), zone)


def make_type(name="Follow-up", minutes=30, **fields):
    return AppointmentType.objects.get_or_create(name=name, defaults={"minutes": minutes, **fields})[0]


def make_room(name="Room 1", site=None):
    return Room.objects.get_or_create(site=site or people.make_site(), name=name)[0]


def make_hours(user, starts="09:00", ends="17:00", *, weekdays=range(7), **fields):
    return [
        WorkingHours.objects.create(
            practitioner=user.practitioner,
            weekday=weekday,
            starts=time.fromisoformat(starts),
            ends=time.fromisoformat(ends),
            **fields,
        )
        for weekday in weekdays
    ]


def make_patients(number, *, by):
    names = [
        "Ada",
        "Ben",
        "Cleo",
        "Dan",
        "Eve",
        "Finn",
        "Gus",
        "Hal",
        "Ida",
        "Jon",
        "Kit",
        "Lea",
        "Max",
        "Nia",
        "Oz",
        "Pia",
    ]
    return [people.make_patient(by=by, given_name=name, family_name="Rowe") for name in names[:number]]


def make_appointment(patient, user, *, at, minutes=30):
    """A visit at any moment, also at one that the booking service would refuse."""
    ends_at = at + timedelta(minutes=minutes)
    return Appointment.objects.create(
        patient=patient, practitioner=user.practitioner, type=make_type(), starts_at=at, ends_at=ends_at
    )


def book(patient, user, clock="10:00", *, by, day=None, type=None, **fields):
    return book_appointment(
        by=by,
        patient=patient,
        practitioner=user.practitioner,
        type=type or make_type(),
        starts_at=at(clock, day=day),
        **fields,
    )
