"""The clinic's own texts of messages to patients."""

from django.db import models

from .message import Message


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
