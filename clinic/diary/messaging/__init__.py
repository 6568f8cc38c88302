"""Send short messages. `messenger(channel)` returns the messenger that the settings name.

A messenger has one method:

    send(*, to, subject, text, reference)

That of e-mail also takes what to attach: `calendar`, a calendar file as bytes, or `document`, (name, PDF as bytes).

`to` is an e-mail address, or a phone number of digits with an optional leading plus. `reference` stays the same when
the same message is sent again. `send` returns None once the message is handed over. It raises NotSent if the message
was certainly not sent, so it can be sent again, and another exception if nobody can know, so it must not be sent again.
Creating a messenger raises ImproperlyConfigured if its settings are missing.
"""

from django.conf import settings
from django.utils.module_loading import import_string

from .console import ConsoleSms
from .email import Email
from .gateway import HttpGatewaySms
from .refusal import NotSent

__all__ = ["ConsoleSms", "Email", "HttpGatewaySms", "NotSent", "messenger"]


def messenger(channel):
    """The messenger for "email" or "sms"; raises ImproperlyConfigured if its settings are missing."""
    return Email() if channel == "email" else import_string(settings.SMS_BACKEND)()
