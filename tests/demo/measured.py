"""Heights and weights of patients, and the details of a dose that some practitioners write down."""

import random
from decimal import Decimal

from django.utils import timezone

from patients.services import record_body_measure
from treatments.models import Needling

Technique = Needling.Technique
HEIGHT_CM = {"female": (163, 6.5), "male": (176, 7)}  # mean and standard deviation, invented


def measure_bodies(courses, booked):
    """Record height and weight of Ruth, who is first, and three other adults in four, on the day of the first visit."""
    first = {}
    for course in courses:
        starts_at = booked[course][0].starts_at
        known_at, _ = first.get(course.patient, (starts_at, None))
        first[course.patient] = min(known_at, starts_at), course.lead.user
    for number, (patient, (starts_at, by)) in enumerate(first.items()):
        rng = random.Random(patient.record_number)
        day = timezone.localdate(starts_at)
        if (number == 0 or rng.random() < 0.75) and day.year - patient.born_on.year > 18:
            height = round(rng.gauss(*HEIGHT_CM.get(patient.sex, (169, 9))))
            bmi = min(max(rng.gauss(26.5, 4), 18), 38)
            weight = Decimal(round(bmi * (height / 100) ** 2))
            record_body_measure(patient, by=by, measured_on=day, height_cm=Decimal(height), weight_kg=weight)


def dose_of(row, rng):
    """The fields of the dose of an unsaved Needling; {} for the half of the rows that go without."""
    if rng.random() < 0.5:
        return {}
    directions = ["tangential"] if row.muscle.pneumothorax_risk else ["perpendicular", "medial", "caudal", "cranial"]
    dose = {"direction": rng.choice(directions), "found_by": "palpation", "guide_tube": rng.random() < 0.8}
    dose |= {"imaging": "none", "response_sought": "twitch" if row.technique == Technique.PISTONING else "relaxation"}
    if dose["direction"] == "perpendicular":
        dose["angle_degrees"] = 90
    if row.technique == Technique.PISTONING:
        dose |= {"strokes": rng.randint(4, 20), "needling_seconds": 5 * rng.randint(3, 12), "tissue_reached": "muscle"}
    if row.technique == Technique.ELECTRICAL:
        minutes = row.retention_seconds // 60
        current = Decimal(rng.randint(10, 30)) / 10
        dose |= {"current_ma": current, "waveform": "continuous", "stimulation_minutes": minutes}
        dose |= {"pulse_width_us": 200, "electrodes": "needles"}
    return dose
