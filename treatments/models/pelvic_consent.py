"""What is recorded before the pelvic floor is needled: explicit consent of the day, and the offer of a chaperone."""

from django.db import models
from django.db.models import Q


class WithPelvicConsent(models.Model):
    """Empty in sessions without a target that is restricted to it, and in those from before it was asked."""

    class Chaperone(models.TextChoices):
        ACCEPTED = "accepted", "Offered and accepted"
        DECLINED = "declined", "Offered and declined"

    pelvic_consent = models.BooleanField(
        "explicit consent to pelvic needling",
        default=False,
        help_text="Explained and agreed on its own, at this visit.",
    )
    chaperone = models.CharField(max_length=8, choices=Chaperone, blank=True)
    chaperone_name = models.CharField("name of the chaperone", max_length=120, blank=True)

    class Meta:
        abstract = True


CHAPERONE_ONLY_WHEN_ACCEPTED = models.CheckConstraint(
    condition=Q(chaperone_name="") | Q(chaperone="accepted"),
    name="session_chaperone_only_when_accepted",
    violation_error_message="Only an accepted chaperone has a name.",
)
