"""The doors: where each role starts, whether the app is up, and what is said when it failed."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, HttpResponseServerError
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from clinic.permissions import may_see_diary
from clinic.registry import registry

REFERENCE_LENGTH = 8  # short enough to be read out


@require_safe
def home(request):
    """Send each role to the page its day starts with."""
    for start_page in registry.start_pages:
        if name := start_page(request.user):
            return redirect(name)
    if request.user.is_staff:
        return redirect("admin:index")
    return redirect("day" if may_see_diary(request.user) else "patient_search")


@require_safe
@login_not_required
def healthz(request):
    """Answers while the process serves; says nothing about anybody."""
    return HttpResponse("ok", content_type="text/plain")


def server_error(request):
    """A page that tells nothing but a reference: the beginning of the request's id, which every line of the log has."""
    reference = getattr(request, "request_id", "")[:REFERENCE_LENGTH]
    return HttpResponseServerError(render_to_string("500.html", {"reference": reference}))
