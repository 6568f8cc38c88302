"""The start page of each role, the health check and the page for server errors."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, HttpResponseServerError
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from clinic.first_run import is_bookable
from clinic.permissions import may_see_diary, may_set_up_clinic
from clinic.registry import registry
from patients.permissions import may_read_patients

REFERENCE_LENGTH = 8  # short enough to read out on the phone


@require_safe
def home(request):
    """Redirect to the start page of the user's role."""
    for start_page in registry.start_pages:
        if name := start_page(request.user):
            return redirect(name)
    if may_set_up_clinic(request.user) and not is_bookable():
        return redirect("setup")
    if request.user.is_staff:
        return redirect("admin:index")
    if may_see_diary(request.user):
        return redirect("day")
    # The account page also tells users without a role whom to ask.
    return redirect("patient_search" if may_read_patients(request.user) else "account")


@require_safe
@login_not_required
def healthz(request):
    """Answer "ok" while the process runs. It needs no sign-in and reads no data."""
    return HttpResponse("ok", content_type="text/plain")


def server_error(request):
    """The error page. It shows only a reference, the start of the request id that is in every line of the log."""
    reference = getattr(request, "request_id", "")[:REFERENCE_LENGTH]
    return HttpResponseServerError(render_to_string("500.html", {"reference": reference}))
