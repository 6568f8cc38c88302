"""The waiting list: patients who want an earlier visit."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from patients.models import Patient
from patients.models.patient_key import PatientKey

from .appointment import Appointment
from .appointment_type import LONGEST, SHORTEST, AppointmentType
from .practitioner import Practitioner
from .site import Room, Site


def weekdays_of_a_week(days):
    """Raise ValidationError unless `days` is a list of different weekdays, 0 for Monday to 6 for Sunday."""
    if not isinstance(days, list) or len(set(map(str, days))) != len(days) or not all(d in range(7) for d in days):
        raise ValidationError("Choose days from Monday to Sunday.")


class WaitingListQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_at=None)

    def with_names(self):
        """Also load the patient, the type, the practitioners and the room, which the list shows."""
        return self.select_related("patient", "type", "practitioner__user", "or_practitioner__user", "room")

    def most_urgent_first(self):
        return self.order_by("-priority", "created_at", "pk")


class WaitingListEntry(models.Model):
    """A request for an earlier visit. An empty field means that the patient has no preference."""

    class Priority(models.IntegerChoices):
        NORMAL = 0, "Normal"
        SOON = 1, "Soon"
        URGENT = 2, "Urgent"

    patient = PatientKey(Patient, on_delete=models.PROTECT, moves=True, related_name="waiting_list_entries")
    type = models.ForeignKey(AppointmentType, on_delete=models.PROTECT, related_name="+")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    or_practitioner = models.ForeignKey(
        Practitioner, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="or with"
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    minutes = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)],
        help_text="Empty means the usual length of the type of visit.",
    )
    earliest_on = models.DateField(null=True, blank=True)
    latest_on = models.DateField(null=True, blank=True)
    weekdays = models.JSONField(
        default=list, blank=True, validators=[weekdays_of_a_week], help_text="Monday is 0; empty means any day."
    )
    earliest_time = models.TimeField(null=True, blank=True)
    latest_time = models.TimeField(null=True, blank=True, help_text="The visit must end by this time.")
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)
    note = models.CharField(
        max_length=300, blank=True, help_text="For the front desk. Do not write clinical information here."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # The visit with which the entry was fulfilled. It is empty if the entry was closed without one.
    booked = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="fulfilled_entries"
    )
    # Counts the changes, so that a page opened before a change cannot overwrite it.
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = WaitingListQuerySet.as_manager()

    class Meta:
        ordering = ["-priority", "created_at", "pk"]
        verbose_name_plural = "waiting list"
        indexes = [
            models.Index(fields=["closed_at", "-priority", "created_at"], name="waiting_list_open"),
            models.Index(fields=["-priority", "created_at"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None) | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="waiting_list_closed_at_and_by",
                violation_error_message="Record when the entry was closed and by whom.",
            ),
            models.CheckConstraint(
                condition=Q(booked=None) | Q(closed_at__isnull=False),
                name="waiting_list_booked_is_closed",
                violation_error_message="An entry for which a visit is booked must be closed.",
            ),
            models.CheckConstraint(
                condition=Q(earliest_on=None) | Q(latest_on=None) | Q(latest_on__gte=F("earliest_on")),
                name="waiting_list_days_in_order",
                violation_error_message="The latest day must not be before the earliest day.",
            ),
            models.CheckConstraint(
                condition=Q(earliest_time=None) | Q(latest_time=None) | Q(latest_time__gt=F("earliest_time")),
                name="waiting_list_times_in_order",
                violation_error_message="The latest time must be after the earliest time.",
            ),
            models.CheckConstraint(
                condition=Q(minutes=None) | Q(minutes__range=(SHORTEST, LONGEST)),
                name="waiting_list_minutes",
                violation_error_message=f"A visit takes {SHORTEST} to {LONGEST} minutes.",
            ),
            models.CheckConstraint(
                condition=Q(or_practitioner=None)
                | (Q(practitioner__isnull=False) & ~Q(or_practitioner=F("practitioner"))),
                name="waiting_list_two_practitioners",
                violation_error_message="Choose two different practitioners, or only the first one.",
            ),
        ]

    def __str__(self):
        return f"{self.patient}: {self.type}"

    def clean(self):
        """Refuse a wish that no time can fulfil, because its parts are at different sites."""
        if self.room and self.site_id not in (None, self.room.site_id):
            raise ValidationError({"room": f"{self.room} is at {self.room.site}. Choose another room or site."})
        place = self.site_id or (self.room and self.room.site_id)
        for name in ("practitioner", "or_practitioner"):
            person = getattr(self, name)
            if person and place not in (None, person.site_id):
                raise ValidationError({name: f"{person} works at {person.site}. Choose another person, room or site."})

    @property
    def practitioners(self):
        """The practitioners whom the patient asked for; [] means anybody."""
        return [person for person in (self.practitioner, self.or_practitioner) if person]

    @property
    def with_whom(self):
        """The names of `practitioners`: "Marit Solberg or Tom Walsh", "any practitioner"."""
        return " or ".join(map(str, self.practitioners)) or "any practitioner"

    @property
    def length(self):
        """How many minutes the visit takes."""
        return self.minutes or self.type.minutes
