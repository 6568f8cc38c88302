"""Send e-mail through Django."""

import smtplib
import socket

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage

from .refusal import NotSent

# The server refused or could not be reached. A timeout or a lost connection after the text is not such a case.
CERTAINLY_NOT_SENT = (
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPNotSupportedError,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPDataError,
    ConnectionRefusedError,
    socket.gaierror,
)


class Email:
    def __init__(self):
        if not settings.EMAIL_URL:
            raise ImproperlyConfigured(
                "Set EMAIL_URL to send e-mail, for example smtp+tls://user:password@mail.example.org:587."
            )
        if not settings.DEFAULT_FROM_EMAIL:
            raise ImproperlyConfigured("Set DEFAULT_FROM_EMAIL to the clinic's sender address.")

    def send(self, *, to, subject, text, reference, calendar=None, document=None):
        # Auto-Submitted prevents automatic replies (RFC 3834).
        headers = {"Auto-Submitted": "auto-generated", "X-Reference": reference}
        message = EmailMessage(subject, text, to=[to], headers=headers)
        if calendar:
            message.attach("appointment.ics", calendar.decode(), "text/calendar")
        if document:
            message.attach(*document, "application/pdf")
        try:
            message.send()
        except CERTAINLY_NOT_SENT as refusal:
            raise NotSent(f"The mail server refused the message: {type(refusal).__name__}.") from None
