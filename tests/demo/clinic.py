"""The place, its staff and its stock of needles."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from django.contrib.auth.models import Group, User
from django.utils import timezone

from clinic.models import AppointmentType, Practitioner, Room, Site, TimeOff, WorkingHours
from clinic.roles import ADMIN, FRONT_DESK, PHYSIOTHERAPIST
from clinic.services import set_pin
from treatments.models import Muscle, Needle
from treatments.services import recall_lot

from .diary import at, on_weekday

STRETCHES = [(time(8), time(13)), (time(13, 30), time(18))]
SITE_NAME = "Harbour Lane Physiotherapy"
PASSWORD = "harbour-lane-demo"  # noqa: S105 - printed by seed_demo
PIN = "482951"  # the PIN of every demo user, for signing

# User name, given name, family name, role; the first two treat Ruth Adeyemi.
LOGINS = [
    ("m.solberg", "Marit", "Solberg", PHYSIOTHERAPIST),
    ("d.okonkwo", "Daniel", "Okonkwo", PHYSIOTHERAPIST),
    ("p.nair", "Priya", "Nair", PHYSIOTHERAPIST),
    ("t.walsh", "Tom", "Walsh", PHYSIOTHERAPIST),
    ("j.whelan", "Joan", "Whelan", FRONT_DESK),
    ("k.lis", "Kamil", "Lis", FRONT_DESK),
    ("s.moreau", "Simone", "Moreau", ADMIN),
    ("a.berg", "Ada", "Berg", ADMIN),
]
# Registration, training hours, days until the certificate runs out, colour: in the order of LOGINS.
PRACTICE = [
    ("PH104382", 81, 640, "teal"),
    ("PH098117", 64, 410, "blue"),
    ("PH121950", 40, 24, "violet"),
    ("PH087764", 120, 300, "amber"),
]
# Maker, diameter, length, lot, days until expiry: one lot has expired, one soon will.
STOCK = [
    ("Tsubame", "0.25", 13, "TB2411", 700),
    ("Tsubame", "0.25", 25, "TB2417", 620),
    ("Tsubame", "0.25", 30, "TB2309", 19),
    ("Tsubame", "0.30", 30, "TB2422", 540),
    ("Norvia", "0.30", 40, "NV7731", 810),
    ("Norvia", "0.30", 40, "NV7102", -41),
    ("Norvia", "0.30", 50, "NV7740", 760),
    ("Norvia", "0.30", 50, "NV7688", 430),
    ("Norvia", "0.30", 60, "NV7752", 690),
    ("Norvia", "0.30", 75, "NV7760", 480),
    ("Acuna", "0.35", 100, "AC0519", 350),
]
# Used until it was recalled: lot, days since, why.
RECALLED = ("NV7688", 5, "Maker's notice: seal of the blister may be open")


@dataclass
class Clinic:
    """The data of the clinic that the rest of the seeding needs."""

    today: date
    rooms: list
    practitioners: list
    desk: User
    types: dict
    needles: list
    muscles: dict  # by slug, with their trigger points loaded


def open_clinic(today):
    """Create site, rooms, staff, appointment types and stock."""
    site = Site.objects.create(
        setting=Site.Setting.CLINIC,
        emergency_phone="999",
        name=SITE_NAME,
        address="3 Harbour Lane, Penmouth",
        phone="01632 960 471",
        timezone="Europe/London",
        is_demo=True,
    )
    users = [_employ(*login) for login in LOGINS]
    needles = [_recalled(_stock(today, *row), today, by=users[-1]) for row in STOCK]
    return Clinic(
        today=today,
        rooms=[Room.objects.create(site=site, name=f"Room {number}") for number in (1, 2, 3)],
        practitioners=[_practise(user, site, today, *row) for user, row in zip(users, PRACTICE, strict=False)],
        desk=users[len(PRACTICE)],
        types={minutes_name[0]: _visit_type(*minutes_name) for minutes_name in VISIT_TYPES},
        needles=needles,
        muscles={muscle.slug: muscle for muscle in Muscle.objects.prefetch_related("trigger_points")},
    )


def keep_hours(clinic, *, opens_at):
    """Working hours with a break at one o'clock, also for today if it is a weekend; one day off next week.

    Today they begin at `opens_at` if that is earlier than seven, because the demo may be started at night.
    """
    weekly = [(weekday, *stretch) for weekday in range(5) for stretch in STRETCHES]
    for number, practitioner in enumerate(clinic.practitioners):
        room = clinic.rooms[number % len(clinic.rooms)]
        for weekday, starts, ends in weekly:
            WorkingHours.objects.create(practitioner=practitioner, room=room, weekday=weekday, starts=starts, ends=ends)
        WorkingHours.objects.create(
            practitioner=practitioner,
            room=room,
            weekday=clinic.today.weekday(),
            starts=min(time(7), timezone.localtime(opens_at).time()),
            ends=time(21, 30),
            valid_from=clinic.today,
            valid_until=clinic.today,
        )
    day_off = at(on_weekday(clinic.today + timedelta(days=9)), time(0))
    TimeOff.objects.create(
        practitioner=clinic.practitioners[-1], starts_at=day_off, ends_at=day_off + timedelta(days=1), reason="Course"
    )


VISIT_TYPES = [("First visit", 45, "violet"), ("Follow-up", 30, "teal"), ("Needling", 30, "blue")]


def _employ(username, first_name, last_name, role):
    user = User.objects.create_user(
        username,
        email=f"{username}@example.org",
        password=PASSWORD,
        first_name=first_name,
        last_name=last_name,
        is_staff=role == ADMIN,
        # Only an admin who has signed in before can accept what the other one asks for.
        last_login=timezone.now() if role == ADMIN else None,
    )
    user.groups.add(Group.objects.get(name=role))
    set_pin(user, by=user, pin=PIN, proof="password")
    return user


def _practise(user, site, today, registration_number, hours, days, colour):
    return Practitioner.objects.create(
        user=user,
        site=site,
        registration_number=registration_number,
        needling_training_hours=hours,
        qualified_in=today.year - 14,
        needling_since=today.year - 9,
        certificate_expires_on=today + timedelta(days=days),
        colour=colour,
    )


def _visit_type(name, minutes, colour):
    return AppointmentType.objects.create(name=name, minutes=minutes, colour=colour)


def _stock(today, maker, diameter_mm, length_mm, lot, days):
    needle = Needle(maker=maker, diameter_mm=diameter_mm, length_mm=length_mm, lot=lot)
    needle.expires_on = today + timedelta(days=days)
    needle.full_clean()
    needle.save()
    return needle


def _recalled(needle, today, *, by):
    lot, days, reason = RECALLED
    if needle.lot != lot:
        return needle
    return recall_lot(needle, by=by, recalled_on=today - timedelta(days=days), reason=reason)
