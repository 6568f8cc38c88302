"""Appointments. The database refuses two active appointments that overlap, unless the overlap was booked on purpose."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Trim
from django.db.models.lookups import Exact
from django.utils import timezone

from patients.integrity.no_overlap import NoOverlap, OneDayAfter
from patients.models import Patient
from patients.models.patient_key import PatientKey

from .appointment_type import AppointmentType
from .practitioner import Practitioner
from .site import Room, Site

ALREADY_BOOKED = {
    "practitioner": "This physiotherapist is already booked {clash.times}.",
    "room": "This room is already taken {clash.times}.",
    "patient": "This patient already has a visit {clash.times}.",
}
# No visit is longer. The bound lets an index find every visit that can overlap a given time.
LONGEST = timedelta(days=1)


class AppointmentQuerySet(models.QuerySet):
    def active(self):
        """Visits that are neither cancelled nor missed."""
        return self.filter(status__in=Appointment.ACTIVE)

    def on(self, day):
        """Appointments that start on this day of the current time zone."""
        start = timezone.make_aware(datetime.combine(day, time.min))
        end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
        return self.filter(starts_at__gte=start, starts_at__lt=end)

    def overlapping(self, start, end):
        """Appointments that overlap [start, end). One that ends at `start` or starts at `end` does not."""
        return self.filter(starts_at__lt=end, ends_at__gt=start, starts_at__gt=start - LONGEST)

    def with_names(self):
        """Also load the patient, practitioner, site, room and type, which most pages show."""
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

    patient = PatientKey(
        Patient,
        on_delete=models.PROTECT,
        moves=Q(status__in=["booked", "arrived", "in_session"]),
        related_name="appointments",
    )
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="appointments")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="appointments")
    type = models.ForeignKey(AppointmentType, on_delete=models.PROTECT, related_name="appointments")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # Where and on which local day the visit takes place. A visit that is over keeps both, even if the practitioner
    # moves to another site or the site gets another time zone.
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+", db_index=False
    )
    takes_place_on = models.DateField(null=True, blank=True, editable=False)
    status = models.CharField(max_length=12, choices=Status, default=Status.BOOKED)
    arrived_at = models.DateTimeField(null=True, blank=True)
    series = models.UUIDField(null=True, blank=True, editable=False, db_index=True)
    # The constraints below ignore a row with a reason: the database neither refuses it nor refuses another row that
    # overlaps it. The services check against every active visit, so they do refuse the other row.
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
    no_show_reason = models.CharField("why the patient did not come", max_length=200, blank=True)
    # Why the visit was entered only after it took place, by `booked_by` at `booked_at`. Empty for all other visits.
    afterwards_reason = models.CharField("why it was entered afterwards", max_length=200, blank=True, editable=False)
    # The booking was a mistake that was undone. It is in no diary and no count; its history stays.
    is_booking_undone = models.BooleanField(default=False, editable=False)
    # The clinic could not keep the visit, so the cancellation does not count as the patient's.
    is_cancelled_by_clinic = models.BooleanField(default=False, editable=False)
    # Somebody decided that the visit takes place although nobody works then. Time off entered later still counts.
    outside_hours_at = models.DateTimeField(null=True, blank=True, editable=False)
    outside_hours_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    note = models.CharField(
        max_length=300, blank=True, help_text="For the front desk. Do not write clinical information here."
    )
    # Chosen by the page, so that a form sent twice books one visit.
    request_token = models.UUIDField(null=True, blank=True, unique=True, editable=False)
    # Counts the changes, so that a page opened before a change cannot overwrite it.
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        permissions = [("book_others_appointment", "Can keep the diary of other practitioners")]
        indexes = [
            models.Index(fields=["practitioner", "starts_at"]),
            models.Index(fields=["patient", "starts_at"]),
            models.Index(fields=["room", "starts_at"]),
            models.Index(fields=["starts_at"]),
            # Lets the database count attendance from the index alone.
            models.Index(fields=["takes_place_on", "site", "practitioner", "status", "is_booking_undone"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="appointment_ends_after_start",
                violation_error_message="An appointment must end after it starts.",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__lte=OneDayAfter("starts_at")),
                name="appointment_within_a_day",
                violation_error_message="An appointment cannot be longer than a day.",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at=None, cancelled_by=None)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
                name="appointment_cancelled_at_and_by",
                violation_error_message="Record when the visit was cancelled and by whom.",
            ),
            models.CheckConstraint(
                condition=Q(booked_at=None, booked_by=None) | Q(booked_at__isnull=False, booked_by__isnull=False),
                name="appointment_booked_at_and_by",
                violation_error_message="Record when the visit was booked and by whom.",
            ),
            models.CheckConstraint(
                condition=Q(outside_hours_at=None, outside_hours_by=None)
                | Q(outside_hours_at__isnull=False, outside_hours_by__isnull=False),
                name="appointment_outside_hours_at_and_by",
                violation_error_message="Record when the time outside working hours was allowed and by whom.",
            ),
            models.CheckConstraint(
                condition=Q(overlap_reason="", overlap_by=None)
                | (~Q(Exact(Trim("overlap_reason"), "")) & Q(overlap_by__isnull=False)),
                name="appointment_overlap_reason_and_by",
                violation_error_message="Record why the visit overlaps another one and who allowed it.",
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
        return f"{self.starts_at.astimezone(self.zone):%d %b %Y %H:%M}, {self.practitioner}"

    def take_place(self):
        """Set site and local day by the practitioner's site of today. Does not save the visit."""
        self.site = self.practitioner.site
        self.takes_place_on = self.starts_at.astimezone(self.zone).date()

    @property
    def minutes(self):
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def is_active(self):
        return self.status in self.ACTIVE

    @property
    def zone(self):
        """The time zone of the site, in which the visit's times are shown."""
        return self.practitioner.site.zone

    @property
    def times(self):
        """The start and the end in the site's time zone: "10:00 to 10:30"."""
        return f"{self.starts_at.astimezone(self.zone):%H:%M} to {self.ends_at.astimezone(self.zone):%H:%M}"

    @property
    def wall(self):
        """The start as the clock on the wall of the site shows it, without a time zone."""
        return self.starts_at.astimezone(self.zone).replace(tzinfo=None)

    @property
    def when(self):
        """The day and the times in the site's time zone: "Mon 30 Nov, 10:00 to 10:30"."""
        return f"{self.starts_at.astimezone(self.zone):%a %-d %b}, {self.times}"
