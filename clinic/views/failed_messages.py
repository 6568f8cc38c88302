"""The list of messages that did not reach their patients."""

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clinic.diary.failed_messages import failed_messages
from clinic.models import Message
from clinic.permissions import may_change_visits, may_keep_every_diary
from clinic.services import close_failed_message
from clinic.site_access import own_sites
from patients.audit.request_context import note_patients_shown
from patients.integrity.authorization import page_needs

from .filters import site_of
from .side_panel import render_side_panel, respond_to_change


@require_safe
@page_needs(may_change_visits)
def failed_message_list(request):
    if "count" in request.GET:
        context = _context(request)
        return render(request, "clinic/_failed_count.html", context | {"failed": len(context["failed_messages"])})
    return _list(request)


@require_POST
@page_needs(may_change_visits)
def failed_message_close(request, message_id):
    message = get_object_or_404(Message.objects.undelivered(), pk=message_id)
    close_failed_message(message, by=request.user)
    done = "The failed message is marked as dealt with."
    return respond_to_change(request, done, lambda: _list(request), reverse("failed_message_list"))


def _context(request):
    site = site_of(request, own_sites(request.user))
    user = None if may_keep_every_diary(request.user) else request.user
    return {"site": site, "failed_messages": failed_messages(at=timezone.now(), site=site, practitioner_user=user)}


def _list(request):
    context = _context(request)
    note_patients_shown(request, [message.appointment.patient_id for message in context["failed_messages"]])
    return render_side_panel(request, "clinic/_failed_messages.html", context, zone=context["site"].zone)
