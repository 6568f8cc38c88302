"""How views call services: errors that a service raises are shown on the form."""

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from patients.services.once import OtherContent
from patients.web.breaking import BreaksVisits


def accepted(form, service, /, *args, **kwargs):
    """The result of the service; None if it raises ValidationError, whose messages then are on the valid `form`.

    A message about a field that the form does not have is shown at the top of the form.
    """
    try:
        return service(*args, **kwargs)
    except ValidationError as refusal:
        for name, errors in getattr(refusal, "error_dict", {NON_FIELD_ERRORS: refusal}).items():
            form.add_error(name if name in form.fields else None, errors)
        if isinstance(refusal, OtherContent):
            form.take_new_id()
        if isinstance(refusal, BreaksVisits):
            form.broken_visits = refusal.visits
        return None


def is_refused_as(form, code):
    """Whether the service raised a ValidationError with this code."""
    return form.has_error(NON_FIELD_ERRORS, code)
