"""Protocols: make, use and undo them in a session; list, change and retire them."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from patients.integrity.authorization import page_needs
from patients.views.answering import accepted
from patients.web.posted import posted_uuid
from treatments import services
from treatments.forms.protocols import ProtocolForm
from treatments.models import Protocol
from treatments.permissions import may_make_protocols, may_read_protocols, may_write_sessions
from treatments.record.protocols import may_change_protocol, may_retire_protocol

from .sessions import saved_with, stored_session


@require_http_methods(["GET", "POST"])
@page_needs(may_make_protocols)
def session_make_protocol(request, patient_id, session_id):
    """Keep the rows of a session as a protocol. The page of a draft is saved first."""
    session = stored_session(patient_id, session_id)
    if request.method == "GET":
        return redirect(session)
    if session.is_draft:
        return saved_with(request, patient_id, session_id, services.save_and_make_protocol)
    try:
        chosen = posted_uuid(request.POST.get("protocol_id"))
        protocol = services.make_protocol(session, by=request.user, protocol_id=chosen)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(session)
    return redirect("protocol_edit", protocol.pk)


@require_http_methods(["GET", "POST"])
@page_needs(may_write_sessions)
def session_use_protocol(request, patient_id, session_id, protocol_id):
    protocol = get_object_or_404(Protocol.objects.open_to(request.user), pk=protocol_id)
    asked = {"protocol": protocol, "side": request.POST.get("protocol_side", "")}
    return saved_with(request, patient_id, session_id, services.save_and_use_protocol, **asked)


@require_http_methods(["GET", "POST"])
@page_needs(may_write_sessions)
def session_undo_protocol(request, patient_id, session_id, use_id):
    session = stored_session(patient_id, session_id)
    get_object_or_404(session.protocol_uses, pk=use_id)
    return saved_with(request, patient_id, session_id, services.undo_protocol_use, use_id=use_id)


@require_safe
@page_needs(may_read_protocols)
def protocol_list(request):
    protocols = list(Protocol.objects.active().open_to(request.user).for_lists())
    own = [protocol for protocol in protocols if protocol.owner_id == request.user.pk]
    shared = [protocol for protocol in protocols if protocol.owner_id != request.user.pk]
    return render(request, "treatments/protocol_list.html", {"nav": "today", "own": own, "shared": shared})


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_read_protocols)
def protocol_edit(request, protocol_id):
    protocol = _open_protocol(request, protocol_id)
    may_change = may_change_protocol(request.user, protocol)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    form = ProtocolForm(request.POST or None, instance=protocol) if may_change else None
    if form and form.is_valid():
        fresh = _open_protocol(request, protocol_id)
        if accepted(form, services.update_protocol, fresh, by=request.user, **form.cleaned_data):
            messages.success(request, "Saved.")
            return redirect("protocol_list")
    context = {"nav": "today", "protocol": protocol, "form": form, "rows": protocol.rows.all()}
    context |= {"may_retire": may_retire_protocol(request.user, protocol)}
    return render(request, "treatments/protocol_edit.html", context, status=422 if form and form.errors else 200)


@require_POST
@page_needs(may_read_protocols)
def protocol_retire(request, protocol_id):
    services.retire_protocol(_open_protocol(request, protocol_id), by=request.user)
    messages.success(request, "Retired. It is no longer offered.")
    return redirect("protocol_list")


def _open_protocol(request, protocol_id):
    """404 unless it is the user's own or shared."""
    return get_object_or_404(Protocol.objects.open_to(request.user).for_lists(), pk=protocol_id)
