"""Many signed sessions at once, with rows as they come: figures are held against them."""

import random
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from clinic.models import Practitioner, Site
from patients.models import Patient
from patients.services import open_episode
from tests import people
from tests.treatments.builders import make_muscle, make_needle
from treatments.models import AdverseEvent, FollowUp, Needling, TreatmentSession, TriggerPoint
from treatments.services import rebuild_summaries

CODES = ["M54.2", "M54.5", ""]


def make_history(*, by, patients=6, sessions=60, seed=7):
    """Signed sessions of three practitioners of two time zones over some months, written in bulk, not yet counted."""
    rng = random.Random(seed)
    far = Site.objects.create(name="Far", timezone="America/New_York")
    staff = [people.make_physiotherapist(username=f"physio-{n}") for n in range(3)]
    Practitioner.objects.filter(user=staff[2]).update(site=far)
    courses = [_course(n, by=staff[0], desk=by, rng=rng) for n in range(patients)]
    made = [_session(rng, courses, staff) for _ in range(sessions)]
    for number, session in enumerate(made):
        session.co_treatments = [["exercise", "heat"], ["heat"], []][number % 3]
    TreatmentSession.objects.bulk_create(made)
    points = _points()
    Needling.objects.bulk_create(_row(session, rng, points) for session in made for _ in range(rng.randrange(1, 5)))
    AdverseEvent.objects.bulk_create(event for session in made for event in _events(session, rng))
    _sign(made, staff[0])
    return made


def make_courses(*scores, by, desk, days_ago=200, every=7, rows=(), **episode):
    """An Episode for each list of pain scores before sessions, each of a new patient. Signed and counted.

    The first session is `days_ago` days ago, and there are `every` days to the next one. `rows` has the values of the
    needling of each session; `episode` are values of the episode.
    """
    made, episodes = [], []
    for number, before in enumerate(scores):
        patient = people.make_patient(
            by=desk, given_name=f"Person {Patient.objects.count()}", family_name="Of a course"
        )
        values = {"complaint": "Pain", "region": "neck"} | episode
        episodes.append(open_episode(patient, by=by, **values))
        for at, pain in enumerate(before):
            made.append(
                TreatmentSession(
                    patient=patient,
                    episode=episodes[number],
                    practitioner=by.practitioner,
                    started_at=timezone.now() - timedelta(days=days_ago - every * at),
                    pain_before=pain,
                    pain_after=pain,
                    needles_inserted=2,
                    needles_removed=2,
                    saved_by=by,
                )
            )
    TreatmentSession.objects.bulk_create(made)
    muscle = make_muscle()
    for at, session in enumerate(made):
        values = {"muscle": muscle, "side": "left", "technique": "static"} | (rows[at] if at < len(rows) else {})
        Needling.objects.create(session=session, insertions=1, **values)
    _sign(made, by)
    rebuild_summaries()
    return episodes


def _sign(made, by):
    TreatmentSession.objects.filter(pk__in=[session.pk for session in made]).update(
        status="signed",
        signed_at=F("started_at"),
        signed_by=by,
        signed_name="P. Solberg",
        signed_meaning=TreatmentSession.Meaning.AUTHORED,
        content_hash="0" * 64,
        proved_by_means="password",
    )


def add_follow_ups(sessions):
    """What patients say some hours after two of three of these sessions; some of it too early or too late to count."""
    hours = [10, 24, 49, 70, 90, 30, 55]
    FollowUp.objects.bulk_create(
        FollowUp(
            session=session,
            contacted_at=session.started_at + timedelta(hours=hours[number % len(hours)]),
            contacted_by=session.saved_by,
            pain=number % 11,
            soreness=number % 6,
        )
        for number, session in enumerate(sessions)
        if number % 3
    )


def _course(number, *, by, desk, rng):
    patient = people.make_patient(by=desk, given_name=f"Person {number}", family_name="Of history")
    if number == 0:
        return patient, None
    code = rng.choice(CODES)
    return patient, open_episode(patient, by=by, complaint="Pain", region="neck", diagnosis_code=code)


def _points():
    muscles = [
        make_muscle(),
        make_muscle("infraspinatus", "Infraspinatus", region="shoulder"),
        make_muscle("gluteus-medius", "Gluteus medius", region="hip_buttock"),
    ]
    return [(muscle, TriggerPoint.objects.create(muscle=muscle, label=f"TrP{n}")) for muscle in muscles for n in (1, 2)]


def _session(rng, courses, staff):
    patient, episode = rng.choice(courses)
    practitioner = rng.choice(staff).practitioner
    return TreatmentSession(
        patient=patient,
        episode=episode,
        practitioner=practitioner,
        started_at=timezone.now() - timedelta(hours=rng.randrange(1, 24 * 150)),
        pain_before=rng.randrange(0, 11),
        pain_after=rng.randrange(0, 11),
        needles_inserted=2,
        needles_removed=2,
        saved_by=practitioner.user,
    )


def _row(session, rng, points):
    muscle, point = rng.choice(points)
    return Needling(
        session=session,
        muscle=muscle,
        side=rng.choice(["left", "right"]),
        trigger_point=rng.choice([point, None]),
        needle=rng.choice([make_needle(), None]),
        depth_mm=rng.choice([None, 8, 12, 19, 20, 35]),
        technique=rng.choice(["", "pistoning", "static"]),
        insertions=rng.choice([None, 1, 3]),
        twitch=rng.choice(["", "not_sought", "no", "yes"]),
    )


def _events(session, rng):
    for type_ in rng.sample(["bruise", "bleed", "fainting"], rng.choice([0, 0, 1, 2])):
        grade = rng.choice(["", "mild", "significant"])
        now = timezone.now()
        yield AdverseEvent(session=session, type=type_, grade=grade, recorded_at=now, recorded_by=session.saved_by)
