"""What patients answer through the private link in a message. It changes nothing of the visit by itself."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from .appointment import Appointment
from .message import Message


class VisitReplyQuerySet(models.QuerySet):
    def not_withdrawn(self):
        return self.filter(withdrawn_at=None)

    def open(self, *, at):
        """Requests that the desk has not dealt with: neither closed nor overtaken by a change of the visit."""
        return self.not_withdrawn().filter(
            kind__in=VisitReply.REQUESTS,
            closed_at=None,
            appointment__status=Appointment.Status.BOOKED,
            appointment__starts_at=F("starts_at"),
            starts_at__gt=at,
        )


class VisitReply(models.Model):
    """One answer about a visit at one start time. The newest that was not withdrawn holds."""

    class Kind(models.TextChoices):
        CONFIRMED = "confirmed", "Confirmed"
        MOVE = "move", "Asks for another time"
        CANCEL = "cancel", "Asks to cancel"

    REQUESTS = (Kind.MOVE, Kind.CANCEL)

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="replies")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="replies")
    kind = models.CharField(max_length=9, choices=Kind)
    starts_at = models.DateTimeField("start of the visit")
    wishes = models.CharField(max_length=80, blank=True, help_text="Days and parts of the day that suit the patient.")
    note = models.CharField(max_length=120, blank=True)
    wants_call = models.BooleanField(null=True, blank=True)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = VisitReplyQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "visit replies"
        indexes = [models.Index(fields=["appointment", "starts_at"]), models.Index(fields=["kind", "starts_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None) | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="visit_reply_closed_at_and_by",
                violation_error_message="Record when the request was dealt with and by whom.",
            )
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {timezone.localtime(self.made_at):%d %b %Y %H:%M}"

    @property
    def is_request(self):
        return self.kind in self.REQUESTS
