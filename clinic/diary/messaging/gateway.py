"""Text messages through any gateway that takes JSON over HTTPS."""

import json
import socket
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from .refusal import NotSent

TIMEOUT_SECONDS = 10
# 4xx: refused as asked. 503: refused for now. Other errors may come after the message was taken.
REFUSED = {*range(300, 500), 503} - {408}
LOCAL = {"localhost", "127.0.0.1", "::1"}


class NoRedirects(HTTPRedirectHandler):
    """The token and the number go to the address of the settings and nowhere else."""

    def redirect_request(self, *args, **kwargs):
        return None


class HttpGatewaySms:
    """POST {"to", "text", "reference"} with a bearer token; any 2xx answer means taken."""

    def __init__(self):
        self.url, self.token = settings.SMS_GATEWAY_URL, settings.SMS_GATEWAY_TOKEN
        if not self.url or not self.token:
            raise ImproperlyConfigured("Set SMS_GATEWAY_URL and SMS_GATEWAY_TOKEN to send text messages.")
        address = urlsplit(self.url)
        if address.scheme != "https" and (address.scheme, address.hostname in LOCAL) != ("http", True):
            raise ImproperlyConfigured("SMS_GATEWAY_URL must begin with https://: phone numbers travel over it.")

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
                raise NotSent("The gateway was not reached.") from None
            raise
