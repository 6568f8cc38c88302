"""Pages for machines: is the process alive, can it work, and its metrics. They answer before any session is read."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from clinic.platform.metrics import metrics_text
from clinic.platform.readiness import readiness


@require_safe
@login_not_required
def healthz(request):
    """Answer "ok" while the process runs, whatever the database does. A restart would not help the database."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@login_not_required
def readyz(request):
    """Answer 200 if records can be read and saved, otherwise 503, with one word or two for each check."""
    state = readiness()
    return JsonResponse({"ready": state.is_ready} | state.checks, status=200 if state.is_ready else 503)


@require_safe
@login_not_required
def metrics(request):
    """The metrics for Prometheus, to whoever sends METRICS_TOKEN; without that setting, to nobody."""
    sent = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not constant_time_compare(sent, f"Bearer {settings.METRICS_TOKEN}"):
        return HttpResponse("Send METRICS_TOKEN.", status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(metrics_text(), content_type=CONTENT_TYPE_LATEST)
