"""Fill an empty database: people first, then every visit in time order."""

from datetime import timedelta

from django.conf import settings
from django.core.management.color import no_style
from django.db import connection

from patients import search
from patients.models import Episode, NameGram, Patient, RecordNumberCounter
from treatments.models import (
    AdverseEvent,
    Course,
    CourseKey,
    EventReport,
    EventSummary,
    Muscle,
    Needling,
    SessionFact,
    SessionSummary,
    TreatmentSession,
)
from treatments.services import load_catalogue, rebuild_summaries

from .courses import courses
from .invented import COMPLAINTS, Scale, birthday, employ, generator, iso, names, stock, working_days
from .patterns import Patterns
from .unguarded import unguarded
from .visits import Visits
from .writing import NULL, Rows

WRITTEN = [Patient, NameGram, Episode, TreatmentSession, Needling, AdverseEvent, EventReport]
LEFT_BEHIND = timedelta(days=60)  # an episode without a visit for so long is closed


def fill(scale: Scale, *, seed, until):
    """Write everything in one transaction: all of it or nothing. The years end the day before `until`."""
    days = working_days(until)
    with unguarded(WRITTEN):
        load_catalogue()
        people = names(generator(seed, "names"))
        staff = employ(scale.practitioners, people)
        _add_patients(scale, people, seed, until)
        found, visits = courses(scale, len(days), seed)
        _add_episodes(found, days, staff, seed, until)
        # Only muscles with points and a usual needle length: rows are made from both.
        muscles = list(Muscle.objects.exclude(trigger_points=None).prefetch_related("trigger_points"))
        patterns = Patterns(muscles, stock(until), scale, seed)
        Visits(found, days, staff, patterns, seed, until).write(visits)
    _count_on()


def summarise():
    """Make the summaries of the sessions that `fill` wrote."""
    with unguarded([CourseKey, Course, EventSummary, SessionFact, SessionSummary]):
        rebuild_summaries()


def _add_patients(scale, people, seed, until):
    rng = generator(seed, "patients")
    varying = "id record_number given_name family_name born_on sex phone phone_key phone_start created_at".split()
    rows, grams = Rows(Patient, varying), Rows(NameGram, ["gram", "patient_id"])
    opened = f"{iso(until - timedelta(days=2000))} 08:00:00"
    for number, (given, family) in zip(range(1, scale.patients + 1), people, strict=False):
        phone = f"07700 9{rng.randrange(10**5):05d}"
        record = f"{settings.RECORD_NUMBER_PREFIX}{number:06d}"
        sex = rng.choices(["female", "male", "other"], [56, 43, 1])[0]
        key, born_on = str(number), iso(birthday(until, rng))
        rows.add(
            key, record, given, family, born_on, sex, phone, search.phone_key(phone), phone[1:].replace(" ", ""), opened
        )
        for gram in sorted(search.grams_of(Patient(given_name=given, family_name=family))):
            grams.add(gram, key)
    rows.write()
    grams.write()
    RecordNumberCounter.objects.update_or_create(pk=1, defaults={"last": scale.patients})


def _add_episodes(found, days, staff, seed, until):
    rng = generator(seed, "episodes")
    codes = {region: codes.split() for region, (_, _, codes) in COMPLAINTS.items()}
    varying = "id patient_id complaint region diagnosis_code lead_id opened_on closed_on closing_summary".split()
    rows = Rows(Episode, varying)
    for number, course in enumerate(found, 1):
        is_closed = days[course.last_day] < until - LEFT_BEHIND
        rows.add(
            str(number),
            str(course.patient + 1),
            COMPLAINTS[course.region][1],
            course.region,
            rng.choice(codes[course.region]),
            str(staff[course.staff].user_id),
            iso(days[course.first_day]),
            iso(days[course.last_day]) if is_closed else NULL,
            "Discharged with exercises." if is_closed else "",
        )
    rows.write()


def _count_on():
    """Move sequences past the new keys, and update the planner's statistics."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [Patient, Episode]):
            cursor.execute(sql)
        cursor.execute("ANALYZE")
