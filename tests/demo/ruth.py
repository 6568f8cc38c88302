"""One patient written in full: Ruth Adeyemi, who takes apixaban, fainted once, and has her fifth visit today."""

import random
from datetime import date, timedelta

from clinic.models import Appointment
from patients.services import register_patient
from treatments.models import Needling, TreatmentSession
from treatments.record.needle_count import counted

from .courses import Course
from .measured import dose_of
from .stories import STORIES
from .visits import Type, Visit, new_id, reaction

ANSWERS = {"anticoag_deep": "Apixaban", "fainting": "Lie down"}
DAYS_AGO = (42, 35, 28, 14)
PAINS = [(8, 6), (7, 4), (6, 4), (6, 3), (5, None)]
COMPLAINT = "Neck and shoulder pain, right; tension-type headache"

# Muscle, side, point, needle lot, depth, technique, insertions, twitches (None: not sought), minutes kept.
TRAPEZIUS = ("trapezius-upper", "right", "TrP1", "NV7731", 15, "pistoning")
LEVATOR = ("levator-scapulae", "right", "TrP1", "NV7731", 12, "static")
INFRASPINATUS = ("infraspinatus", "right", "Upper medial", "NV7731", 15, "pistoning")
RHOMBOID = ("rhomboid-major", "left", "Upper", "TB2417", 10, "superficial")
ROWS = [
    [(*TRAPEZIUS, 2, 2, None)],
    [(*TRAPEZIUS, 3, 3, None), (*LEVATOR, 1, None, 10)],
    [(*TRAPEZIUS, 2, 2, None), (*LEVATOR, 1, None, 10), (*INFRASPINATUS, 2, 1, None)],
    [(*TRAPEZIUS, 3, 3, None), (*LEVATOR, 1, None, 10), (*INFRASPINATUS, 2, 0, None)],
    [(*TRAPEZIUS, 3, 4, None), (*LEVATOR, None, "", None), (*RHOMBOID, 2, None, None)],
]
NOTES = [
    "Eight weeks of right neck and shoulder pain with band-like headache. Apixaban: short, light, long pressure.",
    "Two headache-free days. Treated lying, no faintness.",
    "Sleeps on the right side again.",
    "Back to full days at work. Bruise of last time gone.",
    "",
]


def register_ruth(clinic):
    """Her record, and the course of her one episode."""
    patient = register_patient(
        by=clinic.desk,
        given_name="Ruth",
        family_name="Adeyemi",
        born_on=date(1979, 3, 14),
        sex="female",
        phone="07700 900417",
        email="ruth.adeyemi@example.org",
        street="18 Quay Street",
        city="Penmouth",
        postcode="PM1 4AJ",
        country="United Kingdom",
        emergency_contact_name="Femi Adeyemi",
        emergency_contact_phone="07700 900418",
        general_practitioner="Dr Imogen Hale",
        occupation="Music teacher",
        reminder_channel="sms",
    )
    story = STORIES[0]._replace(complaint=COMPLAINT, goal="Teach a full day without headache; sleep on the right side.")
    days = [clinic.today - timedelta(days=ago) for ago in DAYS_AGO]
    slugs = sorted({row[0] for rows in ROWS for row in rows})
    return Course(patient, story, "right", clinic.practitioners[0], days, is_open=True, pains=PAINS, slugs=slugs)


def book_ruth(diary, course, today):
    """Four visits that are over, the third with a colleague, and one in progress. Returns them in order."""
    people = [course.lead, course.lead, diary.clinic.practitioners[1], course.lead]
    over = [
        diary.book_on(day, course.patient, who, kind)
        for day, who, kind in zip(course.days, people, ["First visit", *["Needling"] * 3], strict=True)
    ]
    arrived_at = today.current - timedelta(minutes=6)
    now = diary.book(
        course.patient,
        course.lead,
        today.current,
        "Needling",
        status=Appointment.Status.IN_SESSION,
        arrived_at=arrived_at,
    )
    return [*over, now]


def visits_of_ruth(course, appointments, clinic, rng):
    """Her five sessions: four signed, today's an open draft with a mild bleed."""
    visits = []
    for number, appointment in enumerate(appointments):
        is_over = number < len(DAYS_AGO)
        visit = Visit(_session(course, number, appointment, visits, rng))
        visit.needlings = [_needling(visit.session, row, clinic, rng) for row in ROWS[number]]
        for order, row in enumerate(visit.needlings):
            row.sort_order = order
        if number in (2, 4):
            type_ = Type.BRUISE if number == 2 else Type.BLEED
            visit.events = [reaction(visit.session, type_, rng, minutes=12, needling=visit.needlings[0])]
        if is_over:
            visit.signed_at = appointment.ends_at
            visit.session.no_reaction = not visit.events
            visit.session.needles_inserted = visit.session.needles_removed = len(visit.needlings)
            visit.session.counted_rows = counted(visit.needlings)
        visits.append(visit)
    return visits


def _session(course, number, appointment, visits, rng):
    before, after = PAINS[number]
    return TreatmentSession(
        id=new_id(rng),
        patient=course.patient,
        episode=course.episode,
        practitioner=appointment.practitioner,
        appointment=appointment,
        started_at=appointment.starts_at + timedelta(minutes=2),
        position="prone",
        consent_confirmed=number < len(DAYS_AGO),
        pain_before=before,
        pain_after=after,
        needles_inserted=len(ROWS[number]),
        co_treatments=["exercise"] if number < len(DAYS_AGO) else [],
        advice=["soreness", "keep_moving", "chest_signs"] if number < len(DAYS_AGO) else [],
        plan="Weekly, then every two weeks; six in all." if number in (0, 3) else "",
        note=NOTES[number],
        copied_from=visits[-1].session if visits else None,
        saved_by=appointment.practitioner.user,
    )


def _needling(session, row, clinic, rng):
    slug, side, label, lot, depth_mm, technique, insertions, twitches, minutes = row
    muscle = clinic.muscles[slug]
    needling = Needling(
        id=new_id(rng),
        session=session,
        muscle=muscle,
        side=side,
        trigger_point=next(point for point in muscle.trigger_points.all() if point.label == label),
        needle=next(needle for needle in clinic.needles if needle.lot == lot),
        depth_mm=depth_mm,
        technique=technique,
        insertions=insertions,
        twitch={None: "not_sought", "": "", 0: "no"}.get(twitches, "yes"),
        twitch_count=twitches or None,
        retention_seconds=minutes * 60 if minutes else None,
        point_state="active",
    )
    for name, value in dose_of(needling, random.Random(needling.id.int)).items():
        setattr(needling, name, value)
    return needling
