"""A patient's build: the last known height and weight, and the body mass index (BMI) that follows from them."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from patients.alerts import Alert
from patients.models import BodyMeasure
from patients.models.patient_key import person

# The screening question about a slim patient names this figure [@seol-2014].
SLIM_QUESTION, SLIM_UNDER_BMI = "slim", 23


@dataclass(frozen=True)
class Build:
    """What is known about the build and sex of a patient on a day. Unknown values are None."""

    sex: str = ""
    height_cm: Decimal | None = None
    height_on: date | None = None
    weight_kg: Decimal | None = None
    weight_on: date | None = None

    @property
    def bmi(self):
        """Kilograms by the square of the height in metres, with one decimal; None if height or weight is unknown."""
        if not self.height_cm or not self.weight_kg:
            return None
        metres = self.height_cm / 100
        return (self.weight_kg / (metres * metres)).quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def bmi_on(self):
        """The day of the weight, which changes more than the height; None without a BMI."""
        return self.weight_on if self.bmi is not None else None

    @property
    def bmi_text(self):
        """For example "BMI 22.4 (weight of 2 Oct 2026)"; empty if it is unknown."""
        return f"BMI {self.bmi} (weight of {date_format(self.weight_on, 'j M Y')})" if self.bmi is not None else ""


def measures_by_patient(patients):
    """{patient id: [BodyMeasure, ...]} of these patients, newest first, without those entered in error. One query."""
    found = defaultdict(list)
    measures = BodyMeasure.objects.counting().filter(patient__in=[patient.pk for patient in patients])
    for measure in measures.annotate(person=person()).latest_first():
        found[measure.person].append(measure)
    return {patient.pk: found[patient.person_id] for patient in patients}


def build_of(patient, *, on, measures=None):
    """The Build of a patient on a day, from measurements of this day or earlier.

    Height and weight may be of different days: the last of each counts. Measurements entered in error do not. One
    query; none if the patient's `measures` are given.
    """
    measures = measures_by_patient([patient])[patient.pk] if measures is None else measures
    height = weight = None
    for measure in (measure for measure in measures if measure.measured_on <= on):
        height = height or (measure if measure.height_cm else None)
        weight = weight or (measure if measure.weight_kg else None)
        if height and weight:
            break
    return Build(
        sex=patient.sex,
        height_cm=height and height.height_cm,
        height_on=height and height.measured_on,
        weight_kg=weight and weight.weight_kg,
        weight_on=weight and weight.measured_on,
    )


def build_hints(patient, *, on):
    """What the Build of a patient on a day answers in the screening: a list of at most one Alert. One query."""
    build = build_of(patient, on=on)
    if build.bmi is None:
        return []
    hint = Alert(
        key="build",
        label=build.bmi_text,
        sentence="From the recorded height and weight.",
        url=reverse("body_measures", args=[patient.pk]),
        is_urgent=False,
        known_at=timezone.make_aware(datetime.combine(build.bmi_on, time.min)),
        question_key=SLIM_QUESTION,
        means_yes=build.bmi < SLIM_UNDER_BMI,
    )
    return [hint]
