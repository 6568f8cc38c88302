"""Episodes of care: one for each complaint under treatment."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from .condition import CodeSystem, condition_name
from .error_mark import CountingQuerySet, link_to_error_mark, mark_stays
from .onset import OnsetPrecision, onset_text
from .patient import Patient
from .patient_key import PatientKey


class BodyRegion(models.TextChoices):
    HEAD_FACE = "head_face", "Head and face"
    NECK = "neck", "Neck"
    SHOULDER = "shoulder", "Shoulder"
    UPPER_BACK = "upper_back", "Upper back"
    CHEST = "chest", "Chest"
    ARM = "arm", "Arm"
    FOREARM = "forearm", "Forearm"
    HAND = "hand", "Hand"
    LOW_BACK = "low_back", "Low back"
    ABDOMEN = "abdomen", "Abdomen"
    HIP_BUTTOCK = "hip_buttock", "Hip and buttock"
    PELVIS_PERINEUM = "pelvis_perineum", "Pelvic floor and perineum"
    THIGH = "thigh", "Thigh"
    LEG = "leg", "Lower leg"
    FOOT = "foot", "Foot"


class EpisodeQuerySet(CountingQuerySet):
    def counting(self):
        """Without those that were entered in error, or whose import was undone."""
        return super().counting().filter(import_undone_at=None)

    def not_undone(self):
        """Without those whose import was undone, which no page about the patient lists."""
        return self.filter(import_undone_at=None)

    def open(self):
        """Open episodes, without those that were entered in error."""
        return self.counting().filter(closed_on=None)


class Episode(models.Model):
    class ClosingReason(models.TextChoices):
        """Why an episode was closed. The list is our own."""

        GOAL_REACHED = "goal_reached", "Goals reached"
        IMPROVED = "improved", "Improved, goals partly reached"
        NO_CHANGE = "no_change", "No useful change"
        REFERRED = "referred", "Referred on"
        DID_NOT_RETURN = "did_not_return", "Did not return"
        UNWELL = "unwell", "Unwell after needling"
        PATIENT_STOPPED = "stopped", "Patient chose to stop"
        MOVED = "moved", "Moved away or treated elsewhere"
        OTHER = "other", "Another reason"

    patient = PatientKey(Patient, on_delete=models.PROTECT, moves=True, related_name="episodes")
    complaint = models.CharField(max_length=200, help_text="In the patient’s words: what hurts, and where.")
    region = models.CharField(max_length=16, choices=BodyRegion)
    diagnosis_code = models.CharField(
        "ICD-10 code",
        max_length=10,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?$", "Enter an ICD-10 code such as M54.2.")],
    )
    # Empty in episodes from before it was stored: nobody knows from which classification their code is.
    code_system = models.CharField("classification", max_length=3, choices=CodeSystem, blank=True, editable=False)
    condition = models.CharField(max_length=40, blank=True)
    # The first day of the period in which it began. Nobody made up a day: see `onset_text`.
    onset_on = models.DateField("onset", null=True, blank=True)
    onset_precision = models.CharField(
        "how exact the onset is", max_length=5, choices=OnsetPrecision, default=OnsetPrecision.DAY
    )
    onset_words = models.CharField("onset as it was typed", max_length=60, blank=True)
    mechanism = models.CharField(max_length=200, blank=True, help_text="How it began.")
    referred_by = models.CharField(
        max_length=200, blank=True, default="", help_text="Who referred the patient, for letters. Empty if nobody did."
    )
    goals = models.TextField(blank=True)
    planned_sessions = models.PositiveSmallIntegerField(
        default=6, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    planned_interval_days = models.PositiveSmallIntegerField(
        "days between sessions",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text="The next visit is looked for so many days after a session.",
    )
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="episodes_led", verbose_name="lead"
    )
    opened_on = models.DateField(default=timezone.localdate)
    closed_on = models.DateField(null=True, blank=True)
    # Empty in episodes from before it was stored.
    closing_reason = models.CharField("reason for closing", max_length=14, choices=ClosingReason, blank=True)
    closing_summary = models.TextField(blank=True)
    # Its import was undone: it is nobody's episode, and no list has it. The row and its audit trail stay.
    import_undone_at = models.DateTimeField(null=True, blank=True, editable=False)
    error_mark = link_to_error_mark()

    objects = EpisodeQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_on", "-pk"]
        indexes = [models.Index(fields=["diagnosis_code"]), models.Index(fields=["condition"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gte=F("opened_on")),
                name="episode_closed_after_opening",
                violation_error_message="An episode cannot be closed before it was opened.",
            ),
            models.CheckConstraint(
                condition=Q(onset_precision__in=OnsetPrecision.values)
                & (Q(onset_on__isnull=False) | Q(onset_precision=OnsetPrecision.DAY, onset_words="")),
                name="episode_onset_with_its_precision",
                violation_error_message="Say when it began: a day, a week, a month or a year.",
            ),
            models.CheckConstraint(
                condition=Q(planned_sessions__range=(1, 60)),
                name="episode_planned_sessions_1_to_60",
                violation_error_message="Plan between 1 and 60 sessions.",
            ),
            models.CheckConstraint(
                condition=Q(planned_interval_days=None) | Q(planned_interval_days__range=(1, 365)),
                name="episode_planned_interval_1_to_365_days",
                violation_error_message="Plan between 1 and 365 days from one session to the next.",
            ),
            models.CheckConstraint(
                condition=Q(code_system="") | Q(code_system__in=CodeSystem.values) & ~Q(diagnosis_code=""),
                name="episode_classification_of_a_code",
                violation_error_message="Only a code has a classification.",
            ),
            mark_stays("episode_mark_stays"),
        ]

    def __str__(self):
        return self.complaint

    @property
    def condition_name(self):
        return condition_name(self.condition)

    @property
    def code_text(self):
        """The code with its classification, such as "M54.2, ICD-10 (WHO)"; "" without a code."""
        if not self.diagnosis_code:
            return ""
        return f"{self.diagnosis_code}, {self.get_code_system_display() or 'ICD-10, classification not recorded'}"

    @property
    def onset_text(self):
        """When it began, in words; "" if nobody knows. See patients.onsets."""
        if self.onset_on is None:
            return ""
        return onset_text(self.onset_on, self.onset_precision, self.onset_words)

    @property
    def is_open(self):
        return self.closed_on is None and self.error_mark_id is None and self.import_undone_at is None
