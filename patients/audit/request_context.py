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


def note_patients_shown(request, patient_ids):
    """Note that the response shows something of these patients, so that the audit trail has an entry about them.

    For pages about many patients: the patient in the URL of a page is found without it.
    """
    request.patients_shown = getattr(request, "patients_shown", set()) | set(patient_ids)


def note_hits_shown(request, patients):
    """The same for patients that a search found, who are shown with their namesakes."""
    note_patients_shown(request, [pk for one in patients for pk in (one.pk, *(other.pk for other in one.namesakes))])


OUTSIDE = RequestContext()
current_request = ContextVar("current_request", default=OUTSIDE)
