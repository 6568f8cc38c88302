"""The request that is being answered, for whoever writes the trail or the log; empty in commands."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class RequestContext:
    request_id: str = ""
    address: str = ""
    request: object = None

    @property
    def page(self):
        """The name of the address, as in urls.py; known once Django has looked it up."""
        match = getattr(self.request, "resolver_match", None)
        return match.view_name or "" if match else ""


OUTSIDE = RequestContext()
current_request = ContextVar("current_request", default=OUTSIDE)
