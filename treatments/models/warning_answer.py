"""What was said to a warning before the work went on."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from patients.staff import printed_name

from .needling import Needling
from .session import TreatmentSession, immutable_with_session


class WarningAnswerQuerySet(models.QuerySet):
    def with_people(self):
        """With those who answered and seconded, and the practices of the latter."""
        return self.select_related("acknowledged_by", "seconded_by__practitioner")

    def with_row(self):
        """With who answered, and the row that it is about as a page names it."""
        return self.select_related("acknowledged_by", "needling__muscle", "needling__trigger_point")

    def asked_of(self, user):
        """Those to which this colleague agrees or not; nobody agrees to what became their own."""
        return self.filter(seconded_by=user).exclude(session__practitioner__user=user)

    def waiting(self):
        """Those of drafts to which the colleague has not agreed yet."""
        drafts = Q(session__status=TreatmentSession.Status.DRAFT)
        return self.filter(drafts, seconded_by__isnull=False, seconded_at=None)


class WarningAnswer(models.Model):
    """An answer to the words as they were shown: to other words it is no answer.

    Advice needs none. A caution wants a reason; a stop wants a second person besides, who agrees to these words
    and this reason, and not every stop may be answered at all: that is what treatments.safety says.
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

    # Empty: asked and not agreed. Records signed before colleagues were asked have the name alone.
    seconded_at = models.DateTimeField("agreed", null=True, blank=True)
    # The digest of the rows that the colleague read. Records signed before it was kept have none.
    agreed_rows = models.CharField(max_length=64, blank=True, editable=False)

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
            models.CheckConstraint(
                condition=Q(seconded_at=None) | Q(seconded_by__isnull=False),
                name="agreed_by_a_second_person",
                violation_error_message="Who agreed has a name.",
            ),
            models.CheckConstraint(
                condition=Q(agreed_rows="") | Q(seconded_at__isnull=False),
                name="rows_agreed_to_by_a_second_person",
                violation_error_message="Only an answer that was agreed to has rows that were agreed to.",
            ),
            immutable_with_session("warning_answer_frozen_with_session"),
        ]

    # What an answer says; who said it and when, and who has agreed, follow from it.
    CONTENT = "key needling_id level title sentence source reason seconded_by_id".split()

    def __str__(self):
        return f"{self.get_level_display()}: {self.title}"

    def has_same_content(self, other):
        """Whether an agreement to the other one is one to this: the same words, reason and colleague."""
        return all(getattr(self, field) == getattr(other, field) for field in self.CONTENT)

    @property
    def is_waiting(self):
        """Whether the colleague has still to agree."""
        return self.seconded_by_id is not None and self.seconded_at is None

    @property
    def second_name(self):
        """The colleague as a page names them."""
        return printed_name(self.seconded_by)
