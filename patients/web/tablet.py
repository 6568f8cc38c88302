"""A patient holds the clinic's tablet: until the therapist proves who they are, the browser shows nothing else.

The browser session keeps for whom the tablet was handed over, and for which page. Every other address then leads back
to that page. One hand-over can have several pages: when the patient is done with one, the next is shown.
"""

from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect

from patients.registry import registry

HANDED_OVER = "tablet_handed_over_for"  # in the browser session: the id of the patient
SHOWN = "tablet_shows"  # in the browser session: the page for the patient
TO_COME = "tablet_shows_next"  # in the browser session: the pages after it
FINISHED = "tablet_finished"  # in the browser session: where the therapist confirms what the patient has finished
QUESTIONS, CONSENT = "screening_by_patient", "consent_by_patient"
# {page for the patient: where the therapist takes the tablet back}; the registry has those of the other apps.
PAGES = {QUESTIONS: "screening_take_back", CONSENT: "consent_take_back"}
# A therapist without PIN, password or passkey proves with a code, on a page of the sign-in.
FOR_THE_PROOF = {"account_reauthenticate", "mfa_reauthenticate", "session_state"}


def hand_over(request, patient, *pages):
    """From now on this browser shows only these pages, one after the other, for this patient."""
    request.session[HANDED_OVER] = patient.pk
    request.session[SHOWN], *request.session[TO_COME] = pages
    request.session[FINISHED] = []


def go_on(request, confirm_at):
    """The patient is done with the page that is shown. Return the name of the URL that follows.

    It is the next page of the hand-over, or the one that asks for the tablet. `confirm_at` is the address at which the
    therapist confirms what the patient did; empty if the therapist comes by there anyway.
    """
    shown, to_come = request.session.get(SHOWN, QUESTIONS), request.session.get(TO_COME)
    if not to_come:
        return (PAGES | registry.tablet_pages)[shown]
    request.session[FINISHED] = [*request.session[FINISHED], confirm_at]
    request.session[SHOWN], *request.session[TO_COME] = to_come
    return request.session[SHOWN]


def take_back(request):
    """The therapist has the tablet again. Return the addresses `confirm_at` of the pages before the last one."""
    finished = request.session.pop(FINISHED, [])
    for name in (HANDED_OVER, SHOWN, TO_COME):
        request.session.pop(name, None)
    return finished


def is_handed_over(request, patient, page=QUESTIONS):
    """Whether this patient holds the tablet that shows this browser session, for this page."""
    return request.session.get(HANDED_OVER) == patient.pk and request.session.get(SHOWN, QUESTIONS) == page


def takes_back(page):
    """Whether this page, the name of a URL, is one where a therapist takes the tablet back."""
    return page in (PAGES | registry.tablet_pages).values()


def only_the_patients_page(get_response):
    """Middleware: lead every other page to the one for the patient who holds the tablet, and refuse what is sent."""

    def lead_back(request, view, args, kwargs):
        patient_id = request.session.get(HANDED_OVER)
        if patient_id is None:
            return None
        name, page = request.resolver_match.url_name, request.session.get(SHOWN, QUESTIONS)
        pages = (page, (PAGES | registry.tablet_pages)[page])
        if name in FOR_THE_PROOF or (name in pages and kwargs.get("patient_id") == patient_id):
            return None
        if request.method == "POST":
            raise PermissionDenied
        return redirect(page, patient_id)

    def middleware(request):
        return get_response(request)

    middleware.process_view = lead_back
    return middleware
