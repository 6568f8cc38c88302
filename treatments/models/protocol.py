"""Protocols: set-ups of needling that a practitioner keeps to use again, and their use in a session."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from patients.models import BodyRegion
from patients.models.condition import condition_name

from .catalogue import Muscle, TriggerPoint
from .dose import Dose
from .needling import Needling
from .session import TreatmentSession
from .session_constraints import immutable_with_session


class ProtocolQuerySet(models.QuerySet):
    def active(self):
        return self.filter(retired_at=None)

    def open_to(self, user):
        """The user's own protocols and those that are shared with the clinic."""
        return self.filter(Q(owner=user) | Q(is_shared=True))

    def for_lists(self):
        return self.select_related("owner").prefetch_related("rows__muscle", "rows__trigger_point")


class Protocol(models.Model):
    """Rows to set up with one tap, for a condition or a region of the body. It says nothing about any patient.

    Only its owner changes it. A retired protocol is no longer offered; sessions that used it keep naming it.
    """

    # The page chooses the key, so that a page sent twice makes one protocol.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80)
    condition = models.CharField(max_length=40, blank=True)
    region = models.CharField(max_length=16, choices=BodyRegion, blank=True)
    is_shared = models.BooleanField("shared with the clinic", default=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="protocols")
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = ProtocolQuerySet.as_manager()

    class Meta:
        ordering = ["name", "created_at"]
        permissions = [("retire_any_protocol", "Can retire any shared protocol")]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="protocol_has_a_name"),
            models.CheckConstraint(
                condition=Q(retired_at=None, retired_by=None) | Q(retired_at__isnull=False, retired_by__isnull=False),
                name="protocol_retired_at_and_by",
                violation_error_message="A retired protocol needs a time and a name.",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def condition_name(self):
        return condition_name(self.condition)

    @property
    def has_sides(self):
        """Whether a side is chosen when it is used."""
        return any(not row.is_midline for row in self.rows.all())


class ProtocolRow(Dose):
    """One row of a protocol: what is needled, and how. Left or right is chosen when the protocol is used.

    It has the size of the needle, not a lot: lots are used up.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    protocol = models.ForeignKey(Protocol, on_delete=models.CASCADE, related_name="rows")
    sort_order = models.PositiveSmallIntegerField(default=0)
    muscle = models.ForeignKey(Muscle, on_delete=models.PROTECT, related_name="+")
    is_midline = models.BooleanField(default=False)
    trigger_point = models.ForeignKey(TriggerPoint, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    location = models.CharField("other place", max_length=120, blank=True)
    needle_diameter_mm = models.DecimalField(max_digits=3, decimal_places=2, null=True, blank=True)
    needle_length_mm = models.PositiveSmallIntegerField(null=True, blank=True)
    depth_mm = models.PositiveSmallIntegerField("depth", null=True, blank=True)
    technique = models.CharField(max_length=12, choices=Needling.Technique, blank=True)
    frequency_hz = models.DecimalField("frequency", max_digits=5, decimal_places=1, null=True, blank=True)
    retention_seconds = models.PositiveSmallIntegerField("retention", null=True, blank=True)

    class Meta:
        ordering = ["sort_order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(needle_diameter_mm=None, needle_length_mm=None)
                | Q(needle_diameter_mm__isnull=False, needle_length_mm__isnull=False),
                name="protocol_row_whole_needle_size",
                violation_error_message="A needle has a diameter and a length.",
            ),
        ]

    def __str__(self):
        return f"{self.muscle} {self.place}".strip()

    @property
    def place(self):
        return self.trigger_point.label if self.trigger_point else self.location

    @property
    def needle_size(self):
        return f"{self.needle_diameter_mm}×{self.needle_length_mm}" if self.needle_length_mm else ""


class ProtocolUse(models.Model):
    """The use of a protocol in a draft: which rows it added, and which it left out for which reason."""

    # The token of the save that used it, so that a page sent twice uses it once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(TreatmentSession, on_delete=models.PROTECT, related_name="protocol_uses")
    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="uses")
    used_at = models.DateTimeField()
    used_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added = models.JSONField("ids of the rows that were added", default=list)
    left_out = models.JSONField("rows that were left out", default=list)  # [{"row": ..., "why": ...}, ...]
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["used_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="protocol_use_undone_at_and_by",
                violation_error_message="A use that was undone needs a time and a name.",
            ),
            immutable_with_session("protocol_use_frozen_with_session"),
        ]

    def __str__(self):
        return f"{self.protocol}, {self.used_at:%Y-%m-%d}"
