"""The start page of each role and the page for server errors."""

import sys

from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from clinic.first_run import is_bookable
from clinic.permissions import may_see_diary, may_set_up_clinic
from clinic.platform.database_limits import took_too_long
from clinic.platform.failures import failure_of_database
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


def server_error(request):
    """The error page. It shows only a reference, the start of the request id that is in every line of the log.

    The status is 503 if the database cannot be used: it is away, its disk is full, or somebody keeps it locked.
    """
    reference = getattr(request, "request_id", "")[:REFERENCE_LENGTH]
    # Django calls this while it handles the exception.
    error = sys.exc_info()[1]
    if took_too_long(error):
        status, headers, template = 503, {"Retry-After": "5"}, "503_busy.html"
    elif failure_of_database(error) is not None:
        status, headers, template = 503, {"Retry-After": "30"}, "503_database.html"
    else:
        status, headers, template = 500, {}, "500.html"
    return HttpResponse(render_to_string(template, {"reference": reference}), status=status, headers=headers)
