"""Consents: everybody treated gave one before the first needle, and one patient has withdrawn it since."""

import math
from datetime import timedelta

from django.utils import timezone

from patients.consents import current_form, needs_guardian
from patients.integrity.progress import counted
from patients.models import BodyRegion, Consent
from patients.models.consent import PAD_HEIGHT, PAD_WIDTH
from patients.services import give_consent, withdraw_consent

# How a hundred patients give consent.
WAYS = {"drawn": 84, "spoken": 11, "typed": 3, "witnessed": 2}
GUARDIANS = ("Parent", "Parent", "Grandparent", "Foster parent")
SECOND_THOUGHTS = "Did not like the bruise after the last visit. Wants exercise only from now on."


def agree_all(booked, clinic, rng):
    """Consents of the patients of {course: its appointments}, each at the first visit that needs one."""
    form = current_form()
    people = _by_patient(booked)
    treated = counted(people.items(), "patients with their consents", lambda: len(people))
    for number, (patient, courses) in enumerate(treated):
        regions = _regions(courses, clinic)
        agreed = None
        for appointment in sorted((a for course in courses for a in booked[course]), key=lambda a: a.starts_at):
            day = timezone.localdate(appointment.starts_at)
            if agreed is None or (agreed.guardian_name and not needs_guardian(patient, on=day)):
                way = rng.choices([*WAYS], WAYS.values())[0] if number else "drawn"
                agreed = _agree(patient, regions, appointment, form, way, rng)


def withdraw_one(courses):
    """The first patient to finish withdraws the consent on the day after."""
    under_treatment = {course.patient for course in courses if course.is_open}
    over = [course for course in courses if course.patient not in under_treatment]
    if not over:
        return
    course = min(over, key=lambda course: course.days[-1])
    consent = course.patient.consents.latest_first().first()
    last = max(other.days[-1] for other in over if other.patient == course.patient)
    visited_at = consent.given_at + timedelta(days=(last - timezone.localdate(consent.given_at)).days + 1)
    withdraw_consent(consent, by=consent.explained_by, proof="PIN", reason=SECOND_THOUGHTS, withdrawn_at=visited_at)


def _by_patient(booked):
    found = {}
    for course in booked:
        found.setdefault(course.patient, []).append(course)
    return found


def _regions(courses, clinic):
    """The regions of the muscles that these complaints may need, in the order of the body."""
    slugs = {slug for course in courses for slug in [*course.story.muscles, *course.slugs]}
    near = {clinic.muscles[slug].region for slug in slugs}
    return [region for region in BodyRegion.values if region in near]


def _agree(patient, regions, appointment, form, way, rng):
    by = appointment.practitioner.user
    guardian = {}
    if needs_guardian(patient, on=timezone.localdate(appointment.starts_at)):
        related = rng.choice(GUARDIANS)
        name = patient.emergency_contact_name or f"Alex {patient.family_name}"
        guardian, way = {"guardian_name": name, "guardian_relationship": related}, "drawn"
    return give_consent(
        patient,
        by=by,
        form=form,
        scope=regions,
        explained=[*Consent.NEEDED_POINTS, *(["copy"] if rng.random() < 0.7 else [])],
        training=_training(appointment.practitioner),
        given_at=appointment.starts_at,
        **guardian,
        **_signed(way, guardian.get("guardian_name", patient.full_name), rng),
    )


def _training(practitioner):
    hours, number = practitioner.needling_training_hours, practitioner.registration_number
    return f"{practitioner}, {hours} hours of training in dry needling, registration {number}"


def _signed(way, name, rng):
    if way == "spoken":
        return {"method": "verbal"}
    if way == "witnessed":
        return {"method": "written", "signing": way, "witness_name": "Joan Whelan, front desk"}
    return {"method": "written", "signing": way, "signed_name": name} | (
        {"signature": handwriting(name, rng)} if way == "drawn" else {}
    )


def handwriting(name, rng):
    """Something like a signature: a stroke of loops for each word, tall ones where the letters are tall."""
    strokes, left, unit = [], PAD_WIDTH * 0.08, PAD_WIDTH * 0.84 / max(12, len(name))
    for word in name.split():
        strokes.append(_word(word, left, unit, rng))
        left += unit * (len(word) + 1)
    if rng.random() < 0.4:
        line = round(PAD_HEIGHT * rng.uniform(0.78, 0.86))
        strokes.append([[round(PAD_WIDTH * 0.1), line], [round(min(left, PAD_WIDTH * 0.9)), line - 6]])
    return strokes


def _word(word, left, unit, rng):
    points = []
    for number, letter in enumerate(word):
        is_tall = letter.isupper() or letter in "bdfhklt"
        height = PAD_HEIGHT * (rng.uniform(0.42, 0.55) if is_tall else rng.uniform(0.14, 0.22))
        width = unit * rng.uniform(0.35, 0.6)
        for step in range(12):
            angle = math.tau * step / 12
            y = PAD_HEIGHT * 0.68 - height * (1 - math.cos(angle)) / 2
            slant = (PAD_HEIGHT * 0.68 - y) * 0.35
            x = left + unit * (number + step / 12) - width * math.sin(angle) / 2 + slant
            points.append([round(min(x, PAD_WIDTH)), round(y)])
    return points
