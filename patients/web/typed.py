"""What a therapist typed into a consent, kept in the browser session while the patient holds the tablet."""

from django.http import QueryDict

KEPT = "consent_typed"  # in the browser session: the id of the patient and the fields as text


def keep_typed(request, patient, typed):
    """Keep the fields of a form for this patient."""
    typed = typed.copy()
    typed.pop("csrfmiddlewaretoken", None)
    request.session[KEPT] = [patient.pk, typed.urlencode()]


def kept_typed(request, patient):
    """The fields that are kept for this patient as a QueryDict that can be changed; None without any."""
    kept_for, text = request.session.get(KEPT, (None, ""))
    return QueryDict(text, mutable=True) if kept_for == patient.pk else None


def take_typed(request, patient):
    """The same, and forget them."""
    typed = kept_typed(request, patient)
    request.session.pop(KEPT, None)
    return typed
