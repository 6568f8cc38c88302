"""The safety warnings of a session as they were shown, with their answers."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from patients.integrity.proof import PROOF_LENGTH
from patients.integrity.required_of_new import RequiredOfNew
from patients.staff import printed_name

from .needling import Needling
from .session import TreatmentSession
from .session_constraints import immutable_with_session


class WarningAnswerQuerySet(models.QuerySet):
    def with_people(self):
        """With the users who answered, the colleagues who were asked and the answers that were repeated."""
        return self.select_related("acknowledged_by", "seconded_by__practitioner", "repeats")

    def with_row(self):
        """With the user who answered and the needling that the warning is about."""
        return self.select_related("acknowledged_by", "needling__muscle", "needling__trigger_point")

    def asked_of(self, user):
        """Answers that ask this colleague to agree, without those in sessions that are now their own."""
        return self.filter(seconded_by=user).exclude(session__practitioner__user=user)

    def waiting(self):
        """Answers in drafts to which the colleague has not agreed yet."""
        drafts = Q(session__status=TreatmentSession.Status.DRAFT)
        return self.filter(drafts, seconded_by__isnull=False, seconded_at=None)


class WarningAnswer(models.Model):
    """A warning with exactly this text, and the answer to it. If the text changes, it must be answered again.

    A caution needs a reason. A stop also needs a colleague who agrees to this text and reason, or where nobody else
    could agree, a reason for that; treatments.safety decides which stops can be answered at all. Advice needs no
    answer: signing stores it as it was shown. Records of seal version 1 have no advice, because it was not kept then.
    """

    class Level(models.TextChoices):
        CAUTION = "caution", "Caution"
        STOP = "stop", "Stop"
        ADVICE = "advice", "Advice"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(TreatmentSession, on_delete=models.PROTECT, related_name="warning_answers")
    # Deleting a needling from a draft deletes its answers too. A signed needling is never deleted.
    needling = models.ForeignKey(
        Needling, on_delete=models.CASCADE, null=True, blank=True, related_name="warning_answers"
    )
    key = models.CharField(max_length=80)
    level = models.CharField(max_length=8, choices=Level)
    title = models.TextField()
    sentence = models.TextField()
    source = models.TextField()
    reason = models.CharField(max_length=400, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    seconded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # The answer of an earlier session that this one repeats. Empty where the reason was chosen or typed.
    repeats = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    # Empty until the colleague has agreed, and in records from before colleagues were asked in the app.
    seconded_at = models.DateTimeField("agreed", null=True, blank=True)
    # The digest of the rows that the colleague read. Records signed before it was kept have none.
    agreed_rows = models.CharField(max_length=64, blank=True, editable=False)
    alone_reason = models.CharField(
        "continued without a second person",
        max_length=300,
        blank=True,
        help_text="Why, where nobody else works who could agree to a stop.",
    )

    # How the colleague proved who they are. Empty until they have agreed, and in records from before that was asked.
    proved_by_means = models.CharField("proved by", max_length=PROOF_LENGTH, blank=True, editable=False)

    objects = WarningAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["-level", "acknowledged_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "key", "needling"],
                name="one_answer_a_warning_of_a_row",
                violation_error_message="This warning is already answered for this row.",
            ),
            models.UniqueConstraint(
                fields=["session", "key"],
                condition=Q(needling=None),
                name="one_answer_a_warning_of_a_session",
                violation_error_message="This warning is already answered for this session.",
            ),
            models.CheckConstraint(
                condition=Q(level="advice") | ~Q(reason=""),
                name="warning_answered_with_a_reason",
                violation_error_message="Enter the reason for going on.",
            ),
            models.CheckConstraint(
                condition=Q(level="advice", reason="", acknowledged_at=None, acknowledged_by=None)
                | ~Q(level="advice") & Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="warning_answered_by_a_person_advice_by_nobody",
                violation_error_message="Record who answered the warning, and when. Advice has no answer.",
            ),
            models.CheckConstraint(
                condition=~Q(level="stop") & Q(seconded_by=None, alone_reason="")
                | Q(level="stop", seconded_by__isnull=False, alone_reason="")
                | Q(level="stop", seconded_by=None) & ~Q(alone_reason=""),
                name="stop_answered_with_a_second_person",
                violation_error_message="A stop must be agreed by a colleague, or say why nobody else could agree."
                " Other warnings need neither.",
            ),
            models.CheckConstraint(
                condition=Q(repeats=None) | Q(level="caution"),
                name="only_a_caution_is_answered_as_last_time",
                violation_error_message="Only a caution can be answered as last time.",
            ),
            models.CheckConstraint(
                condition=Q(seconded_by=None) | ~Q(seconded_by=F("acknowledged_by")),
                name="second_person_is_another",
                violation_error_message="Choose a colleague other than the person who answered.",
            ),
            models.CheckConstraint(
                condition=Q(seconded_at=None) | Q(seconded_by__isnull=False),
                name="agreed_by_a_second_person",
                violation_error_message="The agreeing colleague must be recorded.",
            ),
            models.CheckConstraint(
                condition=Q(agreed_rows="") | Q(seconded_at__isnull=False),
                name="rows_agreed_to_by_a_second_person",
                violation_error_message="Only an answer that was agreed to has rows that were agreed to.",
            ),
            models.CheckConstraint(
                condition=Q(proved_by_means="") | Q(seconded_at__isnull=False),
                name="proved_by_a_second_person",
                violation_error_message="Only a colleague who agreed has proved who they are.",
            ),
            RequiredOfNew(
                name="agreement_with_proof",
                when=Q(seconded_at__isnull=False),
                condition=~Q(proved_by_means="") & ~Q(agreed_rows=""),
                violation_error_message="A colleague who agrees must have read the rows and proved who they are.",
            ),
            immutable_with_session("warning_answer_frozen_with_session"),
        ]

    # The content of an answer, without the people and times.
    CONTENT = "key needling_id level title sentence source reason seconded_by_id alone_reason".split()

    def __str__(self):
        return f"{self.get_level_display()}: {self.title}"

    def has_same_content(self, other):
        """Whether an agreement to the other answer applies to this one: same warning, reason and colleague."""
        return all(getattr(self, field) == getattr(other, field) for field in self.CONTENT)

    @property
    def is_advice(self):
        return self.level == self.Level.ADVICE

    @property
    def is_waiting(self):
        """Whether a colleague has been asked and has not agreed yet."""
        return self.seconded_by_id is not None and self.seconded_at is None

    @property
    def second_name(self):
        """The colleague's name as shown on pages."""
        return printed_name(self.seconded_by)
