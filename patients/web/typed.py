"""What was typed into a form, kept in the browser session while the patient holds the tablet."""

from django.http import QueryDict

CONSENT = "consent"


def keep_typed(request, patient, typed, form=CONSENT):
    """Keep the fields of a form for this patient. `form` names it."""
    typed = typed.copy()
    typed.pop("csrfmiddlewaretoken", None)
    request.session[_key(form)] = [patient.pk, typed.urlencode()]


def kept_typed(request, patient, form=CONSENT):
    """The fields that are kept for this patient as a QueryDict that can be changed; None without any."""
    kept_for, text = request.session.get(_key(form), (None, ""))
    return QueryDict(text, mutable=True) if kept_for == patient.pk else None


def take_typed(request, patient, form=CONSENT):
    """The same, and forget them."""
    typed = kept_typed(request, patient, form)
    request.session.pop(_key(form), None)
    return typed


def _key(form):
    """In the browser session: the id of the patient and the fields as text."""
    return f"{form}_typed"
