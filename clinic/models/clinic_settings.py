"""What a clinic decides for itself without restarting the server. One row, edited in Django admin."""

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from patients.models.condition import CodeSystem

MOST_PROOF_MINUTES = 15
LOCAL = {"localhost", "127.0.0.1"}


def private_address(address):
    """Raise ValidationError unless the address begins with https:// or is on this computer."""
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in LOCAL:
        raise ValidationError("Enter an address that begins with https://, because the links in messages are secret.")
    if parts.query or parts.fragment:
        raise ValidationError("Enter the address without anything after a ? or #.")


class ClinicSettings(models.Model):
    """One row. Without a row, the defaults below hold."""

    class NewPatients(models.TextChoices):
        NONE = "none", "No messages, unless somebody chooses them"
        REACHABLE = "reachable", "Text message, or else e-mail"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    practitioners_book = models.BooleanField(
        "physiotherapists book, move and cancel visits in their own diary",
        default=True,
        help_text="Without this, only the front desk and admins do.",
    )
    # Five minutes let a physiotherapist sign several notes after one proof, and read again what a colleague changed.
    # Visits are longer than that, so each one is still proved on its own. Our judgement, without a source.
    proof_minutes = models.PositiveSmallIntegerField(
        "minutes that a proof of identity holds",
        default=5,
        help_text="After somebody has proved who they are on their own device, they can sign sessions and withdraw a"
        " consent for this number of minutes without another proof. 0: every signature is proved. At most 15. On a"
        " shared device, and for agreeing to a stop, amending or closing a serious event, they are always asked.",
    )
    sends_reminders = models.BooleanField("reminders before a visit", default=True)
    sends_confirmations = models.BooleanField("confirmations when a visit is booked", default=True)
    sends_move_notices = models.BooleanField("notices when a visit is moved", default=True)
    sends_cancellation_notices = models.BooleanField("notices when a visit is cancelled", default=True)
    sends_postponement_notices = models.BooleanField(
        "notices that a visit cannot take place, when the front desk chooses to send one", default=True
    )
    sends_questions_after = models.BooleanField(
        "questions after a visit with needles, with a private link",
        default=False,
        help_text="Only to patients who have agreed to it in their details, and only with a web address for patients.",
    )
    new_patients = models.CharField(
        "newly registered patients get",
        max_length=9,
        choices=NewPatients,
        default=NewPatients.NONE,
        help_text="What is chosen for a new patient at first: a text message needs a mobile number. It can be changed"
        " in each patient's details.",
    )
    public_address = models.URLField(
        "web address for patients",
        blank=True,
        validators=[private_address],
        help_text="The address under which patients can open this server, such as https://clinic.example.org. With it,"
        " messages contain a private link to confirm a visit or to ask to move or cancel it. Leave it empty if patients"
        " cannot open this server: messages then contain no link.",
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

    @property
    def sends_changes(self):
        """Whether the clinic tells patients of bookings, moves or cancellations."""
        return self.sends_confirmations or self.sends_move_notices or self.sends_cancellation_notices

    @classmethod
    def current(cls):
        """The stored settings, or the defaults."""
        return cls.objects.first() or cls()


def code_system():
    """The classification that the clinic's new diagnosis codes are from."""
    return ClinicSettings.current().code_system
