"""What was sent to a patient about a visit, what they answered, and the list of requests at the desk."""

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clinic.diary.messages import SWITCHES, why_unreachable
from clinic.diary.visit_links import current_replies, open_requests, unconfirmed
from clinic.models import Appointment, ClinicSettings, VisitReply
from clinic.permissions import may_change_visits, may_keep_every_diary
from clinic.services import close_visit_request
from clinic.site_access import own_sites
from patients.audit.request_context import note_patients_shown
from patients.integrity.authorization import page_needs
from patients.models import Patient

from .filters import site_of
from .side_panel import render_side_panel, respond_to_change


def message_context(appointment):
    """What the side panel of a visit shows of its messages and of the patient's answers."""
    patient = appointment.patient
    reply = current_replies([appointment]).get(appointment.pk)
    is_booked = appointment.status == Appointment.Status.BOOKED and appointment.starts_at > timezone.now()
    return {
        "sent_messages": list(appointment.messages.order_by("-pk")),
        "reply": reply if is_booked else None,
        "is_unconfirmed": unconfirmed(Appointment.objects.filter(pk=appointment.pk), at=timezone.now()).exists(),
        "gets_none": patient.reminder_channel == Patient.ReminderChannel.NONE,
        "unreachable": why_unreachable(patient, appointment.practitioner.site) if is_booked else "",
        "unwanted": _unwanted(patient) if is_booked else [],
    }


def _unwanted(patient):
    """The kinds of messages that the patient does not want although the clinic sends them."""
    clinic = ClinicSettings.current()
    return [
        kind.label.lower()
        for kind, (sends, wants) in SWITCHES.items()
        if getattr(clinic, sends) and not getattr(patient, wants)
    ]


def request_count(user, site):
    """How many open requests of a site this user may deal with; None for users who change no visits."""
    return _requests_for(user, site).count() if may_change_visits(user) else None


def _requests_for(user, site):
    return open_requests(at=timezone.now(), site=site, practitioner_user=None if may_keep_every_diary(user) else user)


@require_safe
@page_needs(may_change_visits)
def request_list(request):
    if "count" in request.GET:
        site = site_of(request, own_sites(request.user))
        return render(request, "clinic/_request_count.html", {"request_count": request_count(request.user, site)})
    return _render_list(request)


@require_POST
@page_needs(may_change_visits)
def request_close(request, reply_id):
    reply = get_object_or_404(VisitReply.objects.filter(kind__in=VisitReply.REQUESTS), pk=reply_id)
    close_visit_request(reply, by=request.user)
    message = "The request is marked as dealt with. The visit has not been changed."
    return respond_to_change(request, message, lambda: _render_list(request), reverse("request_list"))


def _render_list(request):
    site = site_of(request, own_sites(request.user))
    context = {"requests": list(_requests_for(request.user, site)), "site": site}
    note_patients_shown(request, [reply.appointment.patient_id for reply in context["requests"]])
    return render_side_panel(request, "clinic/_requests.html", context, zone=site.zone)
