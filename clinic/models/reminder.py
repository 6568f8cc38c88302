"""Reminders of visits, sent or not, and why not."""

from django.db import models
from django.utils import timezone

from patients.models import Patient

from .appointment import Appointment


class ReminderQuerySet(models.QuerySet):
    def unfinished(self, *, since):
        """Reminders that were claimed before `since` and never finished: they may or may not have been sent."""
        return self.filter(status=Reminder.Status.CLAIMED, claimed_at__lt=since)


class Reminder(models.Model):
    """A reminder of an appointment at one start time. A moved appointment gets a new reminder for its new time.

    If it is moved back after a reminder for the other time, the first time gets another reminder with the next number.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "To be sent"
        CLAIMED = "claimed", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        SKIPPED = "skipped", "Not sent"

    class Channel(models.TextChoices):
        EMAIL = Patient.ReminderChannel.EMAIL.value, Patient.ReminderChannel.EMAIL.label
        SMS = Patient.ReminderChannel.SMS.value, Patient.ReminderChannel.SMS.label

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="reminders")
    starts_at = models.DateTimeField("start of the visit")
    number = models.PositiveSmallIntegerField(default=1, editable=False)
    channel = models.CharField(max_length=8, choices=Channel)
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField("problem", max_length=200, blank=True, help_text="Never contains an address or a name.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        indexes = [models.Index(fields=["status", "claimed_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "starts_at", "number"],
                name="one_reminder_a_start",
                violation_error_message="This visit already has a reminder.",
            )
        ]

    def __str__(self):
        return f"{self.get_channel_display()}, {timezone.localtime(self.starts_at):%d %b %Y %H:%M}"
