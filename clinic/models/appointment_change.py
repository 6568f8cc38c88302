"""The history of an appointment after it was booked."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from patients.integrity.immutability import Immutable

from .appointment import Appointment


class AppointmentChange(models.Model):
    """One change of an appointment. Rows are never changed or deleted. Only the newest change can be undone."""

    class Kind(models.TextChoices):
        MOVED = "moved", "Moved"
        EDITED = "edited", "Edited"
        ARRIVED = "arrived", "Checked in"
        CANCELLED = "cancelled", "Cancelled"
        NO_SHOW = "no_show", "Did not come"
        KEPT = "kept", "Takes place"
        UNBOOKED = "unbooked", "Booking undone"
        UNDONE = "undone", "Undone"

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=12, choices=Kind)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # Changes of several visits that were made together share a group and are undone together.
    group = models.UUIDField(null=True, blank=True, editable=False, db_index=True)
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.get_kind_display()} {timezone.localtime(self.made_at):%d %b %Y %H:%M}"


class CallAttempt(models.Model):
    """A call about a visit that nobody answered. Rows are never changed or deleted."""

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="call_attempts")
    called_at = models.DateTimeField(default=timezone.now)
    called_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            Immutable(
                name="call_attempt_immutable",
                violation_error_message="A call that was recorded cannot be changed or deleted.",
            )
        ]

    def __str__(self):
        return f"No answer {self.called_at.astimezone(self.appointment.zone):%d %b %Y %H:%M}"
