"""Messages to patients about their visits, sent or not, and why not."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from patients.models import Patient

from .appointment import Appointment
from .site import Site


class MessageQuerySet(models.QuerySet):
    def unfinished(self, *, since):
        """Messages that were claimed before `since` and never finished: they may or may not have been sent."""
        return self.filter(status=Message.Status.CLAIMED, claimed_at__lt=since)

    def waiting(self):
        """Messages about a booking, move or cancellation that are still to be sent."""
        return self.filter(status=Message.Status.PENDING).exclude(kind__in=Message.NOT_QUEUED)

    def undelivered(self):
        """Messages that were not sent, or of which nobody knows whether they were."""
        return self.exclude(status__in=[Message.Status.PENDING, Message.Status.SENT])

    def maybe_sent(self):
        """Messages that were sent, or may have been."""
        return self.filter(status__in=Message.MAYBE_SENT)


class Message(models.Model):
    """A message about an appointment at one start time.

    A moved appointment gets a new reminder for its new time. If it is moved back after a reminder for the other time,
    the first time gets another reminder with the next number.
    """

    class Kind(models.TextChoices):
        REMINDER = "reminder", "Reminder"
        BOOKED = "booked", "Confirmation of the booking"
        MOVED = "moved", "Notice of a move"
        CANCELLED = "cancelled", "Notice of a cancellation"
        POSTPONED = "postponed", "Notice that a visit cannot take place"
        AFTER = "after", "Questions after the visit"

    class Status(models.TextChoices):
        PENDING = "pending", "To be sent"
        CLAIMED = "claimed", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        SKIPPED = "skipped", "Not sent"

    class Channel(models.TextChoices):
        EMAIL = Patient.ReminderChannel.EMAIL.value, Patient.ReminderChannel.EMAIL.label
        SMS = Patient.ReminderChannel.SMS.value, Patient.ReminderChannel.SMS.label

    # These follow from the visit itself. Messages of the other kinds are queued when somebody changes a visit.
    NOT_QUEUED = (Kind.REMINDER, Kind.AFTER)
    MAYBE_SENT = (Status.CLAIMED, Status.SENT, Status.FAILED)

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=9, choices=Kind, default=Kind.REMINDER)
    starts_at = models.DateTimeField("start of the visit")
    # What the patient knew before: the start and the site, both empty if there was no visit to expect.
    was_starts_at = models.DateTimeField("start before", null=True, blank=True, editable=False)
    was_site = models.ForeignKey(
        Site, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    number = models.PositiveSmallIntegerField(default=1, editable=False)
    channel = models.CharField(max_length=8, choices=Channel)
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Not before this time, so that a mistake can be corrected. Reminders follow from the start of the visit instead.
    due_at = models.DateTimeField("to be sent from", null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField("problem", max_length=200, blank=True, help_text="Never contains an address or a name.")
    # Of the secret in the link, "" without a link. Messages that were sent as one have the same.
    token_hash = models.CharField(max_length=64, blank=True, default="", editable=False, db_index=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Set when somebody has called the patient because of a failed message, or decided that no call is needed.
    handled_at = models.DateTimeField(null=True, blank=True, editable=False)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        indexes = [models.Index(fields=["status", "claimed_at"]), models.Index(fields=["status", "due_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(handled_at=None, handled_by=None) | Q(handled_at__isnull=False, handled_by__isnull=False),
                name="message_handled_at_and_by",
                violation_error_message="Record when the message was dealt with and by whom.",
            ),
            models.UniqueConstraint(
                fields=["appointment", "starts_at", "number"],
                condition=Q(kind="reminder"),
                name="one_reminder_a_start",
                violation_error_message="This visit already has a reminder.",
            ),
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(kind="after"),
                name="one_message_after_a_visit",
                violation_error_message="The questions after this visit were already sent.",
            ),
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(status="pending") & ~Q(kind="reminder"),
                name="one_waiting_message_a_visit",
                violation_error_message="A message about this visit is already waiting to be sent.",
            ),
        ]

    def __str__(self):
        starts_at = timezone.localtime(self.starts_at)
        return f"{self.get_kind_display()}, {self.get_channel_display()}, {starts_at:%d %b %Y %H:%M}"

    @property
    def known_starts_at(self):
        """The start that the patient knew before this message, or else the one that it is about."""
        return self.was_starts_at or self.starts_at
