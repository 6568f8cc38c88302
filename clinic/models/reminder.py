"""What was sent, or not, to remind a patient of a visit."""

from django.db import models
from django.utils import timezone

from patients.models import Patient

from .appointment import Appointment


class ReminderQuerySet(models.QuerySet):
    def unfinished(self, *, since):
        """Claimed before this moment and never heard of again: it may have been sent or not."""
        return self.filter(status=Reminder.Status.CLAIMED, claimed_at__lt=since)


class Reminder(models.Model):
    """One for each appointment and start. A moved appointment is reminded of its new time.

    When it comes back to a time after a reminder of another one, that time is reminded of anew, with the next number.
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
    error = models.CharField("why not", max_length=200, blank=True, help_text="Never holds an address or a name.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        indexes = [models.Index(fields=["status", "claimed_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "starts_at", "number"],
                name="one_reminder_a_start",
                violation_error_message="This visit has its reminder already.",
            )
        ]

    def __str__(self):
        return f"{self.get_channel_display()}, {timezone.localtime(self.starts_at):%d %b %Y %H:%M}"
