"""What the clinic decides about messages to patients: which are sent, their texts, and where their links lead."""

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from .message import Message

LOCAL = {"localhost", "127.0.0.1"}


def private_address(address):
    """Raise ValidationError unless the address begins with https:// or is on this computer."""
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in LOCAL:
        raise ValidationError("Enter an address that begins with https://, because the links in messages are secret.")
    if parts.query or parts.fragment:
        raise ValidationError("Enter the address without anything after a ? or #.")


class MessageSettings(models.Model):
    """One row. Without a row, the defaults below hold."""

    class NewPatients(models.TextChoices):
        NONE = "none", "No messages, unless somebody chooses them"
        REACHABLE = "reachable", "Text message, or else e-mail"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    sends_reminders = models.BooleanField("reminders before a visit", default=True)
    sends_confirmations = models.BooleanField("confirmations when a visit is booked", default=True)
    sends_move_notices = models.BooleanField("notices when a visit is moved", default=True)
    sends_cancellation_notices = models.BooleanField("notices when a visit is cancelled", default=True)
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

    class Meta:
        verbose_name = verbose_name_plural = "settings of messages"
        constraints = [
            models.CheckConstraint(
                condition=Q(id=1),
                name="one_row_of_message_settings",
                violation_error_message="There is one set of settings. Change that one.",
            )
        ]

    def __str__(self):
        return "Settings of messages to patients"

    @property
    def sends_changes(self):
        """Whether the clinic tells patients of bookings, moves or cancellations."""
        return self.sends_confirmations or self.sends_move_notices or self.sends_cancellation_notices

    @classmethod
    def current(cls):
        """The stored settings, or the defaults."""
        return cls.objects.first() or cls()


class MessageText(models.Model):
    """The clinic's own text of one kind of message on one channel. Without a row, the default text is sent."""

    kind = models.CharField(max_length=9, choices=Message.Kind)
    channel = models.CharField(max_length=8, choices=Message.Channel)
    subject = models.CharField(max_length=120, blank=True, help_text="Of an e-mail. Text messages have none.")
    text = models.TextField(max_length=2000)

    class Meta:
        ordering = ["kind", "channel"]
        verbose_name = "text of a message"
        verbose_name_plural = "texts of messages"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "channel"],
                name="one_text_a_kind_and_channel",
                violation_error_message="There is already a text for these messages. Change that one.",
            )
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.get_channel_display().lower()}"
