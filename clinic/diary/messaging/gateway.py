"""Send text messages through a gateway that accepts JSON over HTTPS."""

import json
import socket
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from .refusal import NotSent

TIMEOUT_SECONDS = 10
# These answers mean that the message was not accepted. After others, such as 408 or 500, it may have been.
REFUSED = {*range(300, 500), 503} - {408}
LOCAL = {"localhost", "127.0.0.1", "::1"}


class NoRedirects(HTTPRedirectHandler):
    """Follow no redirect, so that the token and the phone number go only to the configured URL."""

    def redirect_request(self, *args, **kwargs):
        return None


class HttpGatewaySms:
    """POST {"to", "text", "reference"} with a bearer token. Any 2xx answer means accepted."""

    def __init__(self):
        self.url, self.token = settings.SMS_GATEWAY_URL, settings.SMS_GATEWAY_TOKEN
        if not self.url or not self.token:
            raise ImproperlyConfigured("Set SMS_GATEWAY_URL and SMS_GATEWAY_TOKEN to send text messages.")
        address = urlsplit(self.url)
        if address.scheme != "https" and (address.scheme, address.hostname in LOCAL) != ("http", True):
            raise ImproperlyConfigured(
                "SMS_GATEWAY_URL must begin with https://, because phone numbers are sent to it."
            )

    def send(self, *, to, subject, text, reference):
        body = json.dumps({"to": to, "text": text, "reference": reference}).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        opener = build_opener(NoRedirects)
        try:
            opener.open(Request(self.url, body, headers), timeout=TIMEOUT_SECONDS).close()  # noqa: S310 - checked above
        except HTTPError as answer:
            answer.close()
            if answer.code in REFUSED:
                raise NotSent(f"The gateway answered {answer.code}.") from None
            raise
        except URLError as failure:
            if isinstance(failure.reason, ConnectionRefusedError | socket.gaierror):
                raise NotSent("The gateway could not be reached.") from None
            raise
