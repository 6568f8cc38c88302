"""What was said to a warning before the work went on."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from .needling import Needling
from .session import TreatmentSession, frozen_with_session


class WarningAnswerQuerySet(models.QuerySet):
    def with_people(self):
        """With those who answered and seconded, and the practices of the latter."""
        return self.select_related("acknowledged_by", "seconded_by__practitioner")


class WarningAnswer(models.Model):
    """An answer to the words as they were shown: to other words it is no answer.

    Advice needs none. A caution wants a reason; a stop wants a second person besides, and not every stop may be
    answered at all: that is what treatments.safety says.
    """

    class Level(models.TextChoices):
        CAUTION = "caution", "Caution"
        STOP = "stop", "Stop"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(TreatmentSession, on_delete=models.PROTECT, related_name="warning_answers")
    # An answer about a row of a draft goes with the row; a signed row is never deleted.
    needling = models.ForeignKey(
        Needling, on_delete=models.CASCADE, null=True, blank=True, related_name="warning_answers"
    )
    key = models.CharField(max_length=80)
    level = models.CharField(max_length=8, choices=Level)
    title = models.TextField()
    sentence = models.TextField()
    source = models.TextField()
    reason = models.CharField(max_length=400)
    acknowledged_at = models.DateTimeField()
    acknowledged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    seconded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = WarningAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["-level", "acknowledged_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "key", "needling"],
                name="one_answer_a_warning_of_a_row",
                violation_error_message="This warning of the row is answered already.",
            ),
            models.UniqueConstraint(
                fields=["session", "key"],
                condition=Q(needling=None),
                name="one_answer_a_warning_of_a_session",
                violation_error_message="This warning of the session is answered already.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="warning_answered_with_a_reason",
                violation_error_message="Say why you go on.",
            ),
            models.CheckConstraint(
                condition=Q(level="caution", seconded_by=None) | Q(level="stop", seconded_by__isnull=False),
                name="stop_answered_with_a_second_person",
                violation_error_message="A stop needs a second person, a caution none.",
            ),
            models.CheckConstraint(
                condition=Q(seconded_by=None) | ~Q(seconded_by=F("acknowledged_by")),
                name="second_person_is_another",
                violation_error_message="The second person is somebody else.",
            ),
            frozen_with_session("warning_answer_frozen_with_session"),
        ]

    def __str__(self):
        return f"{self.get_level_display()}: {self.title}"
