"""How a short message leaves the clinic: `messenger(channel)` answers the one that the settings name.

A messenger has one method:

    send(*, to, subject, text, reference)

`to` is an e-mail address, or a phone number of digits with or without a leading plus. `reference` is the same whenever
the same message is tried again. It returns nothing when the message was handed over, raises NotSent when it surely was
not, so that it may be tried again, and anything else when nobody can know, so that it is not.
A messenger whose settings are missing raises ImproperlyConfigured when it is made, before anything is sent.
"""

from django.conf import settings
from django.utils.module_loading import import_string

from .console import ConsoleSms
from .email import Email
from .gateway import HttpGatewaySms
from .refusal import NotSent

__all__ = ["ConsoleSms", "Email", "HttpGatewaySms", "NotSent", "messenger"]


def messenger(channel):
    """The messenger for "email" or "sms"; raises ImproperlyConfigured when its settings are missing."""
    return Email() if channel == "email" else import_string(settings.SMS_BACKEND)()
