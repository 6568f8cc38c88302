"""The current request, for audit entries and log lines. Commands have none."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class RequestContext:
    request_id: str = ""
    address: str = ""
    request: object = None

    @property
    def page(self):
        """The name of the URL, as in urls.py; empty until Django has resolved it."""
        match = getattr(self.request, "resolver_match", None)
        return match.view_name or "" if match else ""


OUTSIDE = RequestContext()
current_request = ContextVar("current_request", default=OUTSIDE)
