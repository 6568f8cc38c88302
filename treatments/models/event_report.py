"""Reports about an adverse event, one after the other."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from patients.integrity.immutability import Immutable
from patients.integrity.proof import PROOF_LENGTH

from .event import AdverseEvent
from .needling import Needling
from .serious_closing import SeriousEventClosed


class EventReportQuerySet(models.QuerySet):
    def latest_first(self):
        return self.order_by("-number")


class EventReport(models.Model):
    """Everything known about an event at one time. The latest report is the current state. A report never changes.

    What the report of a significant or serious event must contain is our judgement, without a source.
    """

    class Causality(models.TextChoices):
        """The clinician's judgement. The words have no source."""

        LIKELY = "likely", "Likely"
        POSSIBLE = "possible", "Possible"
        UNLIKELY = "unlikely", "Unlikely"
        UNKNOWN = "unknown", "Cannot be determined"

    class Recipient(models.TextChoices):
        REGULATOR = "regulator", "Regulator"
        INSURER = "insurer", "Insurer"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.ForeignKey(AdverseEvent, on_delete=models.PROTECT, related_name="reports")
    number = models.PositiveSmallIntegerField(help_text="1 for the first report of an event, then one more each time.")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    grade = models.CharField(max_length=12, choices=AdverseEvent.Grade)
    onset_at = models.DateTimeField("began", null=True, blank=True)
    body_site = models.CharField(max_length=120, blank=True)
    needling = models.ForeignKey(
        Needling, on_delete=models.PROTECT, null=True, blank=True, related_name="event_reports"
    )
    action = models.TextField("what was done", blank=True)
    outcome = models.TextField(blank=True)
    resolved_on = models.DateField(null=True, blank=True)
    causality = models.CharField("caused by the needling", max_length=8, choices=Causality, blank=True)
    reported_to = models.JSONField(default=list, blank=True)
    reported_on = models.DateField(null=True, blank=True)
    follow_up_due_on = models.DateField("ask again on", null=True, blank=True)
    review_note = models.TextField("review", blank=True)
    # How the person who closed an event that ever was serious proved who they are. Empty in all other reports.
    proved_by_means = models.CharField("proved by", max_length=PROOF_LENGTH, blank=True, editable=False)
    is_closed = models.BooleanField("closed", default=False)
    closed_alone_reason = models.CharField(
        "closed without a second clinician",
        max_length=300,
        blank=True,
        help_text="Why, where nobody else works who could close a serious event.",
    )

    objects = EventReportQuerySet.as_manager()

    class Meta:
        ordering = ["event", "number"]
        indexes = [models.Index(fields=["event"], condition=Q(is_closed=False), name="event_report_open")]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "number"],
                name="one_report_of_a_number",
                violation_error_message="A colleague added a report in the meantime. Reload the page.",
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1),
                name="report_number_from_1",
                violation_error_message="The first report must have the number 1.",
            ),
            models.CheckConstraint(
                condition=Q(is_closed=False) | Q(follow_up_due_on=None),
                name="closed_event_is_not_due",
                violation_error_message="A closed event needs no day to ask again. Leave it empty.",
            ),
            models.CheckConstraint(
                condition=Q(is_closed=False) | ~Q(outcome=""),
                name="closed_event_has_an_outcome",
                violation_error_message="Enter the outcome before you close the event.",
            ),
            models.CheckConstraint(
                condition=Q(grade="mild")
                | ~Q(action="") & ~Q(outcome="") & (Q(is_closed=True) | Q(follow_up_due_on__isnull=False)),
                name="grave_report_says_more",
                violation_error_message="For a significant or serious event, enter what was done, the outcome so far"
                " and the day to ask again.",
            ),
            models.CheckConstraint(
                condition=Q(reported_on=None, reported_to=[]) | Q(reported_on__isnull=False) & ~Q(reported_to=[]),
                name="reported_to_somebody_on_a_day",
                violation_error_message="Enter both to whom the event was reported and on which day.",
            ),
            models.CheckConstraint(
                condition=Q(closed_alone_reason="") | Q(is_closed=True),
                name="closed_alone_is_closed",
                violation_error_message="A reason for closing an event alone goes with closing it.",
            ),
            SeriousEventClosed(
                name="serious_event_closed",
                violation_error_message="A serious event is closed by a second clinician who proved who they are.",
            ),
            Immutable(
                name="event_report_frozen",
                violation_error_message="A report cannot be changed. Add another one.",
            ),
        ]

    def __str__(self):
        return f"Report {self.number}"

    @property
    def reported_to_labels(self):
        return [label for value, label in self.Recipient.choices if value in self.reported_to]
