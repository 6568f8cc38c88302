"""E-mail, through the settings of Django."""

import smtplib
import socket

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage

from .refusal import NotSent

# The server has said no, or was not reached. A broken connection or silence after the text is neither.
SURELY_NOT_SENT = (
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
            raise ImproperlyConfigured("Set DEFAULT_FROM_EMAIL to the address that the clinic's e-mail comes from.")

    def send(self, *, to, subject, text, reference):
        # Auto-Submitted keeps holiday answers away (RFC 3834).
        headers = {"Auto-Submitted": "auto-generated", "X-Reference": reference}
        try:
            EmailMessage(subject, text, to=[to], headers=headers).send()
        except SURELY_NOT_SENT as refusal:
            raise NotSent(f"The mail server refused: {type(refusal).__name__}.") from None
