"""The visits of the diary. Two that take place never overlap: the database itself refuses."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Trim
from django.db.models.lookups import Exact
from django.utils import timezone

from patients.integrity.no_overlap import NoOverlap, OneDayAfter
from patients.models import Patient

from .appointment_type import AppointmentType
from .practitioner import Practitioner
from .site import Room

ALREADY_BOOKED = {
    "practitioner": "This physiotherapist is already booked {clash.times}.",
    "room": "This room is already taken {clash.times}.",
    "patient": "This patient already has a visit {clash.times}.",
}
# No visit is longer, so an index finds all that can still be running.
LONGEST = timedelta(days=1)


class AppointmentQuerySet(models.QuerySet):
    def active(self):
        """Visits that take place: not cancelled, not missed."""
        return self.filter(status__in=Appointment.ACTIVE)

    def on(self, day):
        """Appointments that start on this local day."""
        start = timezone.make_aware(datetime.combine(day, time.min))
        end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
        return self.filter(starts_at__gte=start, starts_at__lt=end)

    def overlapping(self, start, end):
        """Appointments that take some of this time; touching it is not taking it."""
        return self.filter(starts_at__lt=end, ends_at__gt=start, starts_at__gt=start - LONGEST)

    def with_names(self):
        """What a page says beside the times: the site's zone, who, what for and where."""
        return self.select_related("patient", "practitioner__user", "practitioner__site", "room", "type")

    def for_practitioner(self, practitioner):
        return self.filter(practitioner=practitioner)

    def in_time_order(self):
        return self.order_by("starts_at", "pk")


class Appointment(models.Model):
    class Status(models.TextChoices):
        BOOKED = "booked", "Booked"
        ARRIVED = "arrived", "Arrived"
        IN_SESSION = "in_session", "In session"
        DONE = "done", "Done"
        NO_SHOW = "no_show", "Did not come"
        CANCELLED = "cancelled", "Cancelled"

    ACTIVE = (Status.BOOKED, Status.ARRIVED, Status.IN_SESSION, Status.DONE)

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="appointments")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="appointments")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="appointments")
    type = models.ForeignKey(AppointmentType, on_delete=models.PROTECT, related_name="appointments")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=Status, default=Status.BOOKED)
    arrived_at = models.DateTimeField(null=True, blank=True)
    series = models.UUIDField(null=True, blank=True, editable=False, db_index=True)
    # A row with a reason is outside the rule below, in both directions: nothing stops it, and the database does not
    # stop others from lying over it. The services do, because they look at every visit that takes place.
    overlap_reason = models.CharField(max_length=200, blank=True)
    overlap_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    booked_at = models.DateTimeField(null=True, blank=True, editable=False)
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancellation_reason = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=300, blank=True, help_text="For the desk. Nothing clinical.")
    # Chosen by the page, so that sending it twice books once.
    request_token = models.UUIDField(null=True, blank=True, unique=True, editable=False)
    # Counts the changes of the desk, so that a page opened before one of them cannot overwrite it.
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        indexes = [
            models.Index(fields=["practitioner", "starts_at"]),
            models.Index(fields=["patient", "starts_at"]),
            models.Index(fields=["room", "starts_at"]),
            models.Index(fields=["starts_at"]),
            # Attendance is counted without looking at the rows.
            models.Index(fields=["status", "starts_at", "practitioner"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="appointment_ends_after_start",
                violation_error_message="An appointment ends after it starts.",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__lte=OneDayAfter("starts_at")),
                name="appointment_within_a_day",
                violation_error_message="An appointment takes no longer than a day.",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at=None, cancelled_by=None)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
                name="appointment_cancelled_at_and_by",
                violation_error_message="A cancellation has a time and a name.",
            ),
            models.CheckConstraint(
                condition=Q(booked_at=None, booked_by=None) | Q(booked_at__isnull=False, booked_by__isnull=False),
                name="appointment_booked_at_and_by",
                violation_error_message="A booking has a time and a name.",
            ),
            models.CheckConstraint(
                condition=Q(overlap_reason="", overlap_by=None)
                | (~Q(Exact(Trim("overlap_reason"), "")) & Q(overlap_by__isnull=False)),
                name="appointment_overlap_reason_and_by",
                violation_error_message="A deliberate overlap has a reason and a name.",
            ),
            *[
                NoOverlap(
                    name=f"appointment_no_overlap_of_{same}",
                    same=same,
                    start="starts_at",
                    end="ends_at",
                    condition=Q(status__in=["booked", "arrived", "in_session", "done"], overlap_reason=""),
                    violation_error_message=sentence,
                )
                for same, sentence in ALREADY_BOOKED.items()
            ],
        ]

    def __str__(self):
        return f"{timezone.localtime(self.starts_at):%d %b %Y %H:%M}, {self.practitioner}"

    @property
    def minutes(self):
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def is_active(self):
        return self.status in self.ACTIVE

    @property
    def zone(self):
        """The zone in which this visit's times are said."""
        return self.practitioner.site.zone

    @property
    def times(self):
        """10:00 to 10:30, on the site's clock."""
        return f"{self.starts_at.astimezone(self.zone):%H:%M} to {self.ends_at.astimezone(self.zone):%H:%M}"
