"""Treatment sessions: one visit, with or without needling."""

from datetime import timedelta

from django.db import models
from django.db.models import Case, Count, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse

from clinic.models import Appointment, Practitioner
from patients.models import Consent, Episode, Patient, Screening
from patients.models.error_mark import link_to_error_mark
from patients.models.patient_key import PatientKey

from .late_entry import LATE_ENTRY, is_late_entry
from .pelvic_consent import WithPelvicConsent
from .session_constraints import SESSION_CONSTRAINTS
from .signed_record import SignedRecord, SignedRecordQuerySet
from .visit_kind import WITH_NEEDLING, Departure, VisitKind


class TreatmentSessionQuerySet(SignedRecordQuerySet):
    def with_counted_episode(self):
        """Annotate `counted_episode`: the key of the session's episode, or None if that was entered in error."""
        return self.annotate(counted_episode=Case(When(episode__error_mark=None, then=F("episode"))))

    def of_complaint(self, episode):
        """The sessions of an episode, or its key. None: those without one, or whose episode was entered in error."""
        if episode is None:
            return self.filter(Q(episode=None) | Q(episode__error_mark__isnull=False))
        return self.filter(episode=episode)

    def with_needling(self):
        """Needling sessions, also those that were stopped early."""
        return self.filter(visit_kind__in=WITH_NEEDLING)

    def for_practitioner(self, practitioner):
        return self.filter(practitioner=practitioner)

    def latest_first(self):
        return self.order_by("-started_at", "-pk")

    def late_entries(self):
        return self.filter(LATE_ENTRY)

    def signed_later_than(self, days):
        """Sessions that were signed more than this number of days after they started."""
        return self.signed().filter(signed_at__gt=F("started_at") + timedelta(days=days))

    def count_for(self, field):
        """The number of sessions for each row of an outer query, linked by `field`, for annotate()."""
        mine = self.filter(**{field: OuterRef("pk")}).order_by().annotate(every=Value(1)).values("every")
        return Coalesce(Subquery(mine.annotate(count=Count("*")).values("count")), 0)


class TreatmentSession(WithPelvicConsent, SignedRecord):
    VisitKind, Departure = VisitKind, Departure

    class Meaning(models.TextChoices):
        """The meaning of a signature."""

        AUTHORED = "authored", "I treated this patient, and this is what was done"
        ATTENDED = "attended", "I saw this patient, and this is what happened"
        COMPLETED = "completed", "I complete a record that a colleague began and handed over to me"

    class Position(models.TextChoices):
        PRONE = "prone", "Prone"
        SUPINE = "supine", "Supine"
        SIDE_LYING = "side_lying", "Side-lying"
        SITTING = "sitting", "Sitting"

    class Approach(models.TextChoices):
        TRIGGER_POINT = "trigger_point", "Trigger points"
        SUPERFICIAL = "superficial", "Superficial needling"
        MOTOR_POINT = "motor_point", "Motor points"
        TENDON = "tendon", "Tendon"
        SCAR = "scar", "Scar"
        SPINAL_SEGMENT = "spinal_segment", "Spinal segment"
        OTHER = "other", "Other"

    class CoTreatment(models.TextChoices):
        EXERCISE = "exercise", "Exercise"
        MANUAL_THERAPY = "manual_therapy", "Manual therapy"
        MASSAGE = "massage", "Massage"
        HEAT = "heat", "Heat"
        STRETCHING = "stretching", "Stretching"
        ELECTRICAL_STIMULATION = "electrical_stimulation", "Electrical stimulation"
        POSTURE_ADVICE = "posture_advice", "Posture advice"
        TAPING = "taping", "Taping"
        EDUCATION = "education", "Education"

    class Advice(models.TextChoices):
        SORENESS = "soreness", "Soreness 24–48 h"
        KEEP_MOVING = "keep_moving", "Keep moving"
        DROWSY = "drowsy", "Drowsy: do not drive"
        CHEST_SIGNS = "chest_signs", "Chest warning signs"
        INFECTION_SIGNS = "infection_signs", "Redness, heat, numbness: call"
        LEAFLET = "leaflet", "Leaflet handed over"

    patient = PatientKey(Patient, on_delete=models.PROTECT, moves=Q(status="draft"), related_name="treatment_sessions")
    episode = models.ForeignKey(
        Episode, on_delete=models.PROTECT, null=True, blank=True, related_name="treatment_sessions"
    )
    # The complaint of the episode when the session was signed, because the episode may change later.
    complaint = models.CharField(max_length=200, blank=True, editable=False)
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="treatment_sessions")
    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, null=True, blank=True, related_name="treatment_sessions"
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField("end of the session", null=True, blank=True)
    # When the record was opened; empty for those from before this was stored.
    opened_at = models.DateTimeField(null=True, blank=True, editable=False)
    late_entry_reason = models.CharField("reason for the late entry", max_length=300, blank=True)
    visit_kind = models.CharField("kind of visit", max_length=10, choices=VisitKind, default=VisitKind.NEEDLING)
    # What was found, what the patient reported, why the patient refused, or why the needling was stopped.
    visit_reason = models.CharField("reason or finding", max_length=1000, blank=True)
    stopped_at = models.DateTimeField("stopped at", null=True, blank=True)
    departure = models.CharField("how the patient left", max_length=11, choices=Departure, blank=True)
    position = models.CharField(max_length=12, choices=Position, blank=True)
    approach = models.CharField(max_length=14, choices=Approach, blank=True)
    rationale = models.CharField(max_length=1000, blank=True, help_text="Why dry needling, and why these muscles.")
    consent_confirmed = models.BooleanField(
        "consent confirmed today", default=False, help_text="The patient was asked before needling and agrees."
    )
    pain_before = models.PositiveSmallIntegerField(null=True, blank=True, help_text="NPRS, 0 to 10, before needling.")
    pain_after = models.PositiveSmallIntegerField(null=True, blank=True, help_text="NPRS, 0 to 10, right after.")
    needles_inserted = models.PositiveSmallIntegerField(null=True, blank=True)
    needles_removed = models.PositiveSmallIntegerField(null=True, blank=True)
    needle_count_reason = models.CharField("reason for the needle count", max_length=200, blank=True)
    # The rows that the latest count was made for; see treatments.record.needle_count.counted.
    counted_rows = models.JSONField(default=list, blank=True, editable=False)
    no_reaction = models.BooleanField(
        "no reaction", default=False, help_text="No adverse reaction after asking and checking."
    )
    co_treatments = models.JSONField(default=list, blank=True)
    advice = models.JSONField(default=list, blank=True)
    plan = models.TextField(blank=True)
    note = models.TextField(blank=True)
    copied_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    # The screening and consent in force when the session was signed.
    screening = models.ForeignKey(
        Screening, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    consent = models.ForeignKey(
        Consent, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    # Changes of consent and screening after the first needle, as they were known when the session was signed; see
    # treatments.record.basis_changes.
    basis_changes = models.JSONField(default=list, blank=True, editable=False)
    # [[slug, name], ...]: what the page called each muscle when it was signed. Empty in records of earlier releases.
    muscle_names = models.JSONField(default=list, blank=True, editable=False)
    signed_meaning = models.CharField(max_length=9, choices=Meaning, blank=True, editable=False)
    error_mark = link_to_error_mark()

    objects = TreatmentSessionQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        permissions = [("hand_over_treatmentsession", "Can hand over any draft")]
        indexes = [
            models.Index(fields=["patient", "-started_at"]),
            models.Index(fields=["episode", "-started_at"]),
            models.Index(fields=["practitioner", "status", "-started_at"]),
            models.Index(fields=["started_at"]),
            models.Index(fields=["status", "started_at"]),
            models.Index(fields=["visit_kind", "started_at"]),
        ]
        constraints = SESSION_CONSTRAINTS

    def __str__(self):
        return f"Session of {self.started_at:%Y-%m-%d}"

    def get_absolute_url(self):
        name = "session_edit" if self.is_draft else "session_detail"
        return reverse(name, args=[self.patient_id, self.pk])

    def name_of(self, muscle):
        """What this record calls a Muscle: as it was signed, or by today's name in a draft."""
        if self.is_signed and not self.muscle_names:
            return muscle.name_en
        return dict(self.muscle_names).get(muscle.slug, str(muscle))

    @property
    def is_with_needling(self):
        return self.visit_kind in WITH_NEEDLING

    @property
    def is_full_needling(self):
        return self.visit_kind == VisitKind.NEEDLING

    @property
    def is_late_entry(self):
        """Whether it is dated before it was opened. A session with late rows only has a reason, too."""
        return is_late_entry(self)

    @property
    def counted_episode_id(self):
        """The key of the episode that the session counts for; None if that was entered in error."""
        return None if self.episode is None or self.episode.error_mark_id else self.episode_id

    @property
    def reactions(self):
        """The events seen during the visit, which are part of this record."""
        return [event for event in self.events.all() if not event.appeared_later]

    @property
    def minutes_long(self):
        """From start to end; None without an end."""
        return None if self.ended_at is None else round((self.ended_at - self.started_at).total_seconds() / 60)

    @property
    def pain_change(self):
        """pain_after - pain_before in points; None if either is missing."""
        if self.pain_before is None or self.pain_after is None:
            return None
        return self.pain_after - self.pain_before

    @property
    def co_treatment_labels(self):
        return [label for value, label in self.CoTreatment.choices if value in self.co_treatments]

    @property
    def advice_labels(self):
        return [label for value, label in self.Advice.choices if value in self.advice]
