"""How a view calls a service: what the service refuses is shown on the form."""

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from patients.services.once import OtherContent


def accepted(form, service, /, *args, **kwargs):
    """What the service returns; None when it refuses, with the refusal on the bound and valid `form`.

    A sentence about a field that the form lacks goes to the top of the form.
    """
    try:
        return service(*args, **kwargs)
    except ValidationError as refusal:
        for name, errors in getattr(refusal, "error_dict", {NON_FIELD_ERRORS: refusal}).items():
            form.add_error(name if name in form.fields else None, errors)
        if isinstance(refusal, OtherContent):
            form.take_new_id()
        return None


def is_refused_as(form, code):
    """Whether a service refused the form with a ValidationError of this code."""
    return form.has_error(NON_FIELD_ERRORS, code)
