"""The invented people, places and stock of the large clinic; the same for the same seed."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from faker import Faker

from clinic.models import Practitioner, Site
from clinic.roles import ADMIN, FRONT_DESK, PHYSIOTHERAPIST
from tests.demo.clinic import STOCK
from tests.demo.people import LOCALES
from treatments.models import Needle

PASSWORD = "a-clinic-for-measuring"  # noqa: S105 - printed by make_volume
YEARS = 5
SITES = [
    ("Harbour", "Europe/London"),
    ("Station", "Europe/Dublin"),
    ("Mill", "Europe/London"),
    ("Market", "Europe/Lisbon"),
]
# Of each region: how many of a hundred complaints, the words, the ICD-10 codes. Shares are invented.
COMPLAINTS = {
    "head_face": (6, "Headache", "G44.209 G44.86 R51.9 M26.62"),
    "neck": (20, "Neck pain", "M54.2 M54.12 M79.12 M53.1"),
    "shoulder": (18, "Shoulder pain", "M25.511 M25.512 M75.40 M75.100 M75.00"),
    "upper_back": (7, "Pain between the shoulder blades", "M54.6 M79.18"),
    "chest": (1, "Pain in the chest wall", "R07.89 M94.0"),
    "arm": (2, "Arm pain", "M75.20 M79.621"),
    "forearm": (6, "Elbow pain", "M77.10 M77.00 M79.631"),
    "hand": (1, "Hand pain", "M65.4 M79.641"),
    "low_back": (20, "Low back pain", "M54.50 M54.59 M54.40 M62.830"),
    "abdomen": (1, "Pain in the abdominal wall", "R10.30"),
    "hip_buttock": (8, "Hip pain", "M25.551 M70.60 G57.00"),
    "thigh": (4, "Thigh pain", "M79.651 S76.311"),
    "leg": (4, "Calf pain", "M62.831 M76.60 S86.111"),
    "foot": (2, "Heel pain", "M72.2 M77.40 M79.671"),
}
OLDEST, YOUNGEST = 90, 14


@dataclass(frozen=True)
class Scale:
    """The size of the clinic, derived from the number of sessions."""

    sessions: int

    @property
    def patients(self):
        return max(2, self.sessions // 20)

    @property
    def practitioners(self):
        return max(len(SITES), self.sessions // 25_000)


@dataclass(frozen=True)
class Staff:
    """The practitioner's data that every session stores: three keys and a printed name."""

    practitioner_id: int
    user_id: int
    name: str


def names(rng):
    """Endless (given, family) names, most of them English."""
    fakers = {locale: Faker(locale) for locale in LOCALES}
    pool = []
    for locale, share in LOCALES.items():
        fakers[locale].seed_instance(rng.random())
        given = [fakers[locale].first_name() for _ in range(4 * share)]
        family = [fakers[locale].last_name() for _ in range(20 * share)]
        pool.append((given, family))
    while True:
        given, family = rng.choices(pool, LOCALES.values())[0]
        yield rng.choice(given), rng.choice(family)


def employ(count, people):
    """Sites, `count` practitioners over them, one of the front desk and one admin. Returns a list of Staff."""
    sites = [Site.objects.create(name=name, timezone=zone) for name, zone in SITES]
    # One hash for all: making it takes a while on purpose.
    password = make_password(PASSWORD)
    logins = [("admin", ADMIN), ("desk", FRONT_DESK), *((f"p{n}", PHYSIOTHERAPIST) for n in range(1, count + 1))]
    staff = []
    for (username, role), (given, family) in zip(logins, people, strict=False):
        user = User.objects.create(
            username=username, first_name=given, last_name=family, password=password, is_staff=role == ADMIN
        )
        user.groups.add(Group.objects.get(name=role))
        if role == PHYSIOTHERAPIST:
            practitioner = Practitioner.objects.create(user=user, site=sites[len(staff) % len(sites)])
            staff.append(Staff(practitioner.pk, user.pk, user.get_full_name()))
    return staff


def stock(until):
    """The needles of each half-year, a list of lists: one lot of every size, the last ones not yet expired."""
    sizes = sorted({(maker, diameter, length) for maker, diameter, length, *_ in STOCK})
    halves = [until - timedelta(days=round(365.25 / 2 * back)) for back in range(2 * YEARS, 0, -1)]
    return [
        Needle.objects.bulk_create(
            Needle(
                maker=maker,
                diameter_mm=diameter,
                length_mm=length,
                lot=f"{begins:%y%m}-{number:02d}",
                expires_on=begins + timedelta(days=400),
                is_active=begins == halves[-1],
                in_record_since=datetime.combine(begins, time(12), UTC),
            )
            for number, (maker, diameter, length) in enumerate(sizes, 1)
        )
        for begins in halves
    ]


def working_days(until):
    """Mondays to Fridays of the years up to and without `until`."""
    days = (until - timedelta(days=back) for back in range(round(365.25 * YEARS), 0, -1))
    return [day for day in days if day.weekday() < 5]


def birthday(until, rng):
    return until - timedelta(days=rng.randrange(YOUNGEST * 366 + YEARS * 366, OLDEST * 365))


def generator(seed, *what):
    """A separate random generator for each `what`, so that the parts do not depend on each other's order."""
    return random.Random(f"{seed} {what}")


def iso(day: date):
    return day.isoformat()
