"""What a clinic decides for itself without restarting the server. One row, edited in Django admin."""

from django.db import models
from django.db.models import Q

from patients.conditions import CodeSystem

MOST_PROOF_MINUTES = 15


class ClinicSettings(models.Model):
    """One row. Without a row, the defaults below hold."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    # Five minutes let a physiotherapist sign several notes after one proof, and read again what a colleague changed.
    # Visits are longer than that, so each one is still proved on its own. Our judgement, without a source.
    proof_minutes = models.PositiveSmallIntegerField(
        "minutes that a proof of identity holds",
        default=5,
        help_text="After somebody has proved who they are on their own device, they can sign sessions and withdraw a"
        " consent for this number of minutes without another proof. 0: every signature is proved. At most 15. On a"
        " shared device, and for agreeing to a stop, amending or closing a serious event, they are always asked.",
    )

    code_system = models.CharField(
        "classification of diagnoses",
        max_length=3,
        choices=CodeSystem,
        default=CodeSystem.WHO,
        help_text="The classification that new diagnosis codes are from. Codes recorded before keep theirs.",
    )

    class Meta:
        verbose_name = verbose_name_plural = "clinic settings"
        constraints = [
            models.CheckConstraint(
                condition=Q(id=1),
                name="one_row_of_clinic_settings",
                violation_error_message="The clinic has one set of settings. Change that one.",
            ),
            models.CheckConstraint(
                condition=Q(proof_minutes__lte=MOST_PROOF_MINUTES),
                name="proof_holds_up_to_15_minutes",
                violation_error_message="A proof can hold for 0 to 15 minutes.",
            ),
            models.CheckConstraint(
                condition=Q(code_system__in=CodeSystem.values),
                name="code_system_listed",
                violation_error_message="Choose a classification from the list.",
            ),
        ]

    def __str__(self):
        return "Settings of the clinic"

    @classmethod
    def current(cls):
        """The stored settings, or the defaults."""
        return cls.objects.first() or cls()


def code_system():
    """The classification that the clinic's new diagnosis codes are from."""
    return ClinicSettings.current().code_system
