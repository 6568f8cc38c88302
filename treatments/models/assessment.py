"""Assessments: what a physiotherapist asked and found, once or again, in an episode of care."""

from django.db import models
from django.db.models import Q
from django.urls import reverse

from clinic.models import Practitioner
from patients.integrity.moments import MinutesBefore
from patients.models import Episode, Patient
from patients.models.error_mark import link_to_error_mark
from patients.models.patient_key import PatientKey

from .late_entry import LATE_ENTRY_MINUTES, is_late_entry
from .session_constraints import CLOCKS_DIFFER_MINUTES, PAIN_SENTENCE, constraints_on_closing
from .signed_record import SignedRecord, SignedRecordQuerySet

PAINS = ["pain_now", "pain_worst", "pain_average"]


class AssessmentQuerySet(SignedRecordQuerySet):
    def latest_first(self):
        return self.order_by("-started_at", "-opened_at")

    def with_people(self):
        return self.select_related(
            "patient",
            "episode",
            "practitioner__user",
            "saved_by",
            "signed_by",
            "withdrawn_by",
            "error_mark",
            "patient_drawing",
        )


class Assessment(SignedRecord):
    """A record of its own, which is signed like a session. A draft may stay half done."""

    ONE_DRAFT_OF = ("episode", "practitioner")

    class Meaning(models.TextChoices):
        AUTHORED = "authored", "I assessed this patient, and this is what I asked and found"
        COMPLETED = "completed", "I complete an assessment that a colleague began and handed over to me"

    class DayPattern(models.TextChoices):
        STIFF_MORNINGS = "stiff_mornings", "Stiff in the morning"
        WORSE_BY_EVENING = "worse_by_evening", "Worse by evening"
        WAKES_AT_NIGHT = "wakes_at_night", "Wakes at night"
        CONSTANT = "constant", "Always there"
        COMES_AND_GOES = "comes_and_goes", "Comes and goes"

    class RedFlags(models.TextChoices):
        NONE = "none", "Asked, none"
        FOUND = "found", "Found"
        NOT_ASKED = "not_asked", "Not asked"

    patient = PatientKey(Patient, on_delete=models.PROTECT, moves=Q(status="draft"), related_name="assessments")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="assessments")
    # The complaint of the episode when the assessment was signed, because the episode may change later.
    complaint = models.CharField(max_length=200, blank=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="assessments")
    started_at = models.DateTimeField("date and time")
    opened_at = models.DateTimeField(editable=False)
    late_entry_reason = models.CharField("reason for the late entry", max_length=300, blank=True)
    pain_now = models.PositiveSmallIntegerField("pain now", null=True, blank=True)
    pain_worst = models.PositiveSmallIntegerField("worst pain in 24 hours", null=True, blank=True)
    pain_average = models.PositiveSmallIntegerField("average pain in 24 hours", null=True, blank=True)
    # [{"region", "side", "note", "pain"}, ...] and [{"view", "points": [[x, y], ...]}, ...]: where it hurts, and the
    # pain drawing. See treatments.record.pain_sites.
    sites = models.JSONField(default=list, blank=True)
    drawing = models.JSONField("pain drawing", default=list, blank=True)
    # What the patient drew alone on the tablet, if the drawing began as that.
    patient_drawing = models.ForeignKey(
        "treatments.PatientDrawing", on_delete=models.PROTECT, null=True, blank=True, related_name="assessments"
    )
    day_patterns = models.JSONField("over 24 hours", default=list, blank=True)
    behaviour_24h = models.CharField("more about 24 hours", max_length=1000, blank=True)
    history = models.TextField(blank=True)
    aggravating = models.CharField("worse with", max_length=1000, blank=True)
    easing = models.CharField("better with", max_length=1000, blank=True)
    medication = models.CharField("medicines", max_length=1000, blank=True)
    earlier_treatment = models.CharField(max_length=1000, blank=True)
    surgery = models.CharField("operations", max_length=1000, blank=True)
    # Part of a date, such as 2019, 2019-03 or 2019-03-14: few patients know the day.
    surgery_when = models.CharField("last operation in", max_length=10, blank=True)
    red_flags = models.CharField(max_length=9, choices=RedFlags, blank=True)
    red_flags_detail = models.CharField("which, or why not asked", max_length=1000, blank=True)
    findings = models.TextField(blank=True)
    hypothesis = models.CharField("working hypothesis", max_length=1000, blank=True)
    signed_meaning = models.CharField(max_length=9, choices=Meaning, blank=True, editable=False)
    error_mark = link_to_error_mark()

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        indexes = [
            models.Index(fields=["patient", "-started_at"]),
            models.Index(fields=["episode", "-started_at"]),
        ]
        constraints = [
            *(
                models.CheckConstraint(
                    condition=Q(**{field: None}) | Q(**{f"{field}__range": (0, 10)}),
                    name=f"assessment_{field}_0_to_10",
                    violation_error_message=PAIN_SENTENCE,
                )
                for field in PAINS
            ),
            models.UniqueConstraint(
                fields=["episode", "practitioner"],
                condition=Q(status="draft"),
                name="one_draft_assessment_an_episode",
                violation_error_message="You already have a draft of an assessment in this episode.",
            ),
            models.CheckConstraint(
                condition=Q(red_flags__in=["", "none", "found", "not_asked"]),
                name="assessment_red_flags_known",
                violation_error_message="Choose an answer about red flags from the list.",
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by=None, signed_name="", signed_meaning="", content_hash="")
                & ~Q(status="signed")
                | Q(signed_at__isnull=False, signed_by__isnull=False, status="signed")
                & (Q(red_flags="none") | ~Q(red_flags="") & ~Q(red_flags_detail=""))
                & ~Q(signed_name="")
                & ~Q(signed_meaning="")
                & ~Q(content_hash=""),
                name="assessment_signed_only_when_complete",
                violation_error_message="A signed assessment needs an answer about red flags, a time and a name.",
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None)
                | Q(signed_at__gte=MinutesBefore("started_at", minutes=CLOCKS_DIFFER_MINUTES)),
                name="assessment_signed_after_it_began",
                violation_error_message="An assessment cannot be signed before it started.",
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None)
                | Q(started_at__gte=MinutesBefore("opened_at", minutes=LATE_ENTRY_MINUTES))
                | ~Q(late_entry_reason=""),
                name="assessment_late_entry_with_reason",
                violation_error_message="A late entry needs a reason before it is signed.",
            ),
            *constraints_on_closing(
                "assessment", a_record="an assessment", proves_nothing="draft_assessment_proves_nothing"
            ),
        ]

    def __str__(self):
        return f"Assessment of {self.started_at:%Y-%m-%d}"

    def get_absolute_url(self):
        name = "assessment_edit" if self.is_draft else "assessment_detail"
        return reverse(name, args=[self.patient_id, self.pk])

    @property
    def is_late_entry(self):
        """Whether it is dated before it was opened, or has a reason for that."""
        return is_late_entry(self)

    @property
    def differs_from_patient(self):
        """Whether the drawing is no longer what the patient had drawn on the tablet."""
        return self.patient_drawing is not None and self.drawing != self.patient_drawing.drawing

    @property
    def day_pattern_labels(self):
        return [label for value, label in self.DayPattern.choices if value in self.day_patterns]
