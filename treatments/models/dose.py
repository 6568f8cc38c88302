"""The dose of one needling in the detail that reports need: where, how, and with which stimulation [@stricta-2010].

Everything is optional and empty in records from before it could be noted.
"""

from django.db import models
from django.db.models import Q

# Bounds that catch typing errors. They are our judgement, without a source.
MAX_CURRENT_MA = 100
MAX_STROKES = 500
MAX_STIMULATION_MINUTES = 60
MAX_PULSE_MICROSECONDS = 1000
MAX_NEEDLING_SECONDS = 3600
MAX_IMAGED_DEPTH_MM = 200
ANGLE_SENTENCE = "The angle between needle and skin must be between 1 and 90 degrees."
CURRENT_SENTENCE = f"The current must be above 0 and at most {MAX_CURRENT_MA} mA."
STROKES_SENTENCE = f"Strokes must be between 1 and {MAX_STROKES}."
STIMULATION_SENTENCE = f"Stimulation must last between 1 and {MAX_STIMULATION_MINUTES} minutes."
NEEDLING_TIME_SENTENCE = "The needling time must be between 1 second and 60 minutes."
IMAGED_DEPTH_SENTENCE = f"The depth on the image must be between 1 and {MAX_IMAGED_DEPTH_MM} mm."
PULSE_SENTENCE = f"The pulse width must be between 1 and {MAX_PULSE_MICROSECONDS} µs."
ELECTRICAL_SENTENCE = "Only the electrical technique can have a current and its details."
# The fields that only the electrical technique has, beside the frequency.
OF_CURRENT = ("current_ma", "waveform", "stimulation_minutes", "pulse_width_us", "electrodes")
IMAGING_SENTENCE = "A depth on an image needs imaging before or during needling."

SPINE = [("C", range(8)), ("T", range(1, 13)), ("L", range(1, 6)), ("S", range(1, 5))]
LEVELS = [("upper_third", "Upper third"), ("middle_third", "Middle third"), ("lower_third", "Lower third")]
LEVELS += [(f"{part}{number}", f"{part}{number}") for part, numbers in SPINE for number in numbers]


class Dose(models.Model):
    """The abstract base of Needling that holds the details of the dose."""

    class Direction(models.TextChoices):
        PERPENDICULAR = "perpendicular", "Perpendicular"
        CRANIAL = "cranial", "Cranial"
        CAUDAL = "caudal", "Caudal"
        MEDIAL = "medial", "Medial"
        LATERAL = "lateral", "Lateral"
        TANGENTIAL = "tangential", "Tangential"

    class FoundBy(models.TextChoices):
        PALPATION = "palpation", "Palpation"
        LANDMARK = "landmark", "Landmark"
        ULTRASOUND = "ultrasound", "Ultrasound"
        EMG = "emg", "EMG"

    class TissueReached(models.TextChoices):
        SKIN = "skin", "Skin"
        SUBCUTANEOUS = "subcutaneous", "Under the skin"
        FASCIA = "fascia", "Fascia"
        MUSCLE = "muscle", "Muscle"
        TENDON = "tendon", "Tendon"
        PERIOSTEUM = "periosteum", "Periosteum"

    class ResponseSought(models.TextChoices):
        TWITCH = "twitch", "Local twitch"
        REFERRED_PAIN = "referred_pain", "Referred pain"
        RELAXATION = "relaxation", "Relaxation"
        NONE = "none", "None"

    class Imaging(models.TextChoices):
        NONE = "none", "None"
        BEFORE = "before", "Ultrasound before needling"
        DURING = "during", "Ultrasound during needling"

    class ImagedStructure(models.TextChoices):
        RIB = "rib", "Rib"
        PLEURA = "pleura", "Pleura"
        NERVE = "nerve", "Nerve"
        VESSEL = "vessel", "Vessel"
        ORGAN = "organ", "Organ"

    class Waveform(models.TextChoices):
        CONTINUOUS = "continuous", "Continuous"
        BURST = "burst", "Burst"
        DENSE_DISPERSE = "dense_disperse", "Dense-disperse"

    class Electrodes(models.TextChoices):
        NEEDLES = "needles", "Between needles"
        PAD = "pad", "Needle and pad"

    class SkinPreparation(models.TextChoices):
        NONE = "none", "Visibly clean, none"
        ALCOHOL = "alcohol", "Alcohol"
        CHLORHEXIDINE = "chlorhexidine", "Chlorhexidine"
        OTHER = "other", "Other"

    level = models.CharField(max_length=12, choices=LEVELS, blank=True)
    found_by = models.CharField("found by", max_length=10, choices=FoundBy, blank=True)
    direction = models.CharField(max_length=13, choices=Direction, blank=True)
    angle_degrees = models.PositiveSmallIntegerField("angle to the skin", null=True, blank=True)
    tissue_reached = models.CharField("tissue reached", max_length=12, choices=TissueReached, blank=True)
    response_sought = models.CharField("response sought", max_length=13, choices=ResponseSought, blank=True)
    strokes = models.PositiveSmallIntegerField(null=True, blank=True)
    # How long the needle was moved; `retention_seconds` is how long it stayed in.
    needling_seconds = models.PositiveSmallIntegerField("needling time", null=True, blank=True)
    current_ma = models.DecimalField("current", max_digits=4, decimal_places=1, null=True, blank=True)
    waveform = models.CharField(max_length=14, choices=Waveform, blank=True)
    stimulation_minutes = models.PositiveSmallIntegerField("stimulation", null=True, blank=True)
    pulse_width_us = models.PositiveSmallIntegerField("pulse width", null=True, blank=True)
    electrodes = models.CharField(max_length=8, choices=Electrodes, blank=True)
    imaging = models.CharField(max_length=6, choices=Imaging, blank=True)
    imaged_depth_mm = models.PositiveSmallIntegerField("depth on the image", null=True, blank=True)
    imaged_structure = models.CharField("measured to", max_length=6, choices=ImagedStructure, blank=True)
    guide_tube = models.BooleanField("guide tube", null=True, blank=True)
    skin_preparation = models.CharField("skin preparation", max_length=14, choices=SkinPreparation, blank=True)
    gloves = models.BooleanField(null=True, blank=True)

    class Meta:
        abstract = True


def _in_range(name, least, most, sentence):
    return models.CheckConstraint(
        condition=Q(**{name: None}) | Q(**{f"{name}__gte": least, f"{name}__lte": most}),
        name=f"needling_{name}_in_range",
        violation_error_message=sentence,
    )


DOSE_CONSTRAINTS = [
    _in_range("angle_degrees", 1, 90, ANGLE_SENTENCE),
    _in_range("strokes", 1, MAX_STROKES, STROKES_SENTENCE),
    _in_range("needling_seconds", 1, MAX_NEEDLING_SECONDS, NEEDLING_TIME_SENTENCE),
    _in_range("stimulation_minutes", 1, MAX_STIMULATION_MINUTES, STIMULATION_SENTENCE),
    _in_range("pulse_width_us", 1, MAX_PULSE_MICROSECONDS, PULSE_SENTENCE),
    _in_range("imaged_depth_mm", 1, MAX_IMAGED_DEPTH_MM, IMAGED_DEPTH_SENTENCE),
    models.CheckConstraint(
        condition=Q(current_ma=None) | Q(current_ma__gt=0, current_ma__lte=MAX_CURRENT_MA),
        name="needling_current_in_range",
        violation_error_message=CURRENT_SENTENCE,
    ),
    models.CheckConstraint(
        condition=Q(technique="electrical") | Q(current_ma=None, waveform="", stimulation_minutes=None),
        name="needling_current_only_electrical",
        violation_error_message=ELECTRICAL_SENTENCE,
    ),
    models.CheckConstraint(
        condition=Q(technique="electrical") | Q(pulse_width_us=None, electrodes=""),
        name="needling_pulse_only_electrical",
        violation_error_message=ELECTRICAL_SENTENCE,
    ),
    models.CheckConstraint(
        condition=Q(imaged_depth_mm=None, imaged_structure="") | Q(imaging__in=["before", "during"]),
        name="needling_imaged_depth_with_imaging",
        violation_error_message=IMAGING_SENTENCE,
    ),
]
