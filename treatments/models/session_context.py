"""Where and when a session took place, and how old the patient was, as known when it was signed."""

from django.db import models

from clinic.models import Site, known_timezone
from patients.integrity.immutability import Immutable

from .session import TreatmentSession


class SessionContext(models.Model):
    """The facts of a signed session that would otherwise follow from rows that change.

    A practitioner moves to another site, a site gets another time zone, a birth date is corrected: figures of sessions
    that were signed before stay what they were. `is_derived` marks a context that was not stored at the signature but
    worked out later, for sessions of earlier releases or of other software. It is not part of the seal.
    """

    session = models.OneToOneField(
        TreatmentSession, on_delete=models.PROTECT, primary_key=True, related_name="context", editable=False
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False)
    timezone = models.CharField("time zone", max_length=64, validators=[known_timezone], editable=False)
    took_place_on = models.DateField("day", editable=False, help_text="The local day on which it started.")
    patient_age = models.PositiveSmallIntegerField(
        "patient's age",
        null=True,
        editable=False,
        help_text="In completed years on that day. Estimated if the birth date is, empty if it is not known.",
    )
    is_derived = models.BooleanField(default=False, editable=False)

    class Meta:
        indexes = [models.Index(fields=["took_place_on", "site"])]
        constraints = [
            Immutable(
                name="session_context_frozen",
                violation_error_message="Where and when a signed session took place can no longer be changed.",
            )
        ]

    def __str__(self):
        return f"{self.took_place_on:%Y-%m-%d}, {self.site}"
