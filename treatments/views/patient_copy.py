"""What the patient takes home: the copy of a session and the sheet of exercises, as pages and as PDF."""

import base64
import uuid

from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clinic.diary.messages import why_no_document
from clinic.diary.patient_visits import visits_of
from patients.integrity.authorization import page_needs
from patients.models import Patient
from patients.web.banner import patient_banner
from patients.web.pdf import NoPdf, css_file, pdf_of, pdf_response
from patients.web.posted import posted_uuid
from treatments import safety
from treatments.permissions import may_read_exercises, may_read_sessions, may_send_documents
from treatments.record.basis_changes import change_sentences, sealed_changes
from treatments.record.visit_kinds import rules_of
from treatments.services import send_document

from .records import corrected_context
from .sessions import session_banner, stored_session


@require_safe
@page_needs(may_read_sessions)
def session_copy(request, patient_id, session_id):
    """The patient's copy of a signed session, in plain words."""
    session = _signed(patient_id, session_id)
    if session.error_mark_id:
        return _gone(request, session)
    return render(request, "treatments/session_copy.html", _copy(request, session))


@require_safe
@page_needs(may_read_sessions)
def session_copy_pdf(request, patient_id, session_id):
    """The same copy as a PDF. If none can be made, redirect to the page with the reason."""
    session = _signed(patient_id, session_id)
    if session.error_mark_id:
        return _gone(request, session)
    page = render_to_string("treatments/session_copy_pdf.html", _copy(request, session, is_pdf=True), request)
    name = f"visit-{session.patient.record_number}-{timezone.localtime(session.started_at):%Y-%m-%d}.pdf"
    instead = reverse("session_copy", args=[patient_id, session_id])
    return pdf_response(request, page, css_file("copy.css"), name=name, instead=instead)


@require_safe
@page_needs(may_read_exercises)
def exercises_print(request, patient_id):
    """The sheet of current exercises that the patient takes home."""
    return render(request, "treatments/exercises_print.html", _sheet(request, patient_id))


@require_safe
@page_needs(may_read_exercises)
def exercises_pdf(request, patient_id):
    """The same sheet as a PDF. If none can be made, redirect to the page with the reason."""
    context = _sheet(request, patient_id, is_pdf=True)
    page = render_to_string("treatments/exercises_pdf.html", context, request)
    name = f"exercises-{context['patient'].record_number}-{timezone.localdate():%Y-%m-%d}.pdf"
    instead = reverse("exercises_print", args=[patient_id])
    return pdf_response(request, page, css_file("copy.css"), name=name, instead=instead)


@require_POST
@page_needs(may_send_documents)
def session_copy_send(request, patient_id, session_id):
    """Send the copy to the patient by e-mail, and return to it with what happened."""
    session = _signed(patient_id, session_id)
    if session.error_mark_id:
        return _gone(request, session)
    page = render_to_string("treatments/session_copy_pdf.html", _copy(request, session, is_pdf=True), request)
    _send(request, session.patient, session.practitioner.site, page, "visit.pdf")
    return redirect("session_copy", patient_id, session_id)


@require_POST
@page_needs(may_send_documents)
def exercises_send(request, patient_id):
    """Send the sheet of exercises to the patient by e-mail, and return to it with what happened."""
    context = _sheet(request, patient_id, is_pdf=True)
    page = render_to_string("treatments/exercises_pdf.html", context, request)
    _send(request, context["patient"], context["site"], page, "exercises.pdf")
    return redirect("exercises_print", patient_id)


def _send(request, patient, site, page, name):
    id = posted_uuid(request.POST.get("id"))
    try:
        pdf = pdf_of(page, css_file("copy.css"))
        problem = send_document(patient, by=request.user, site=site, name=name, pdf=pdf, id=id)
    except (NoPdf, ImproperlyConfigured) as refusal:
        messages.warning(request, str(refusal))
    except ValidationError as refusal:
        messages.warning(request, " ".join(refusal.messages))
    else:
        sent = "The e-mail was sent to the address in the patient’s details."
        messages.add_message(request, messages.WARNING if problem else messages.SUCCESS, problem or sent)


def _signed(patient_id, session_id):
    session = stored_session(patient_id, session_id)
    if not session.is_signed:
        raise Http404
    return session


def _gone(request, session):
    context = session_banner(request, session) | {"session": session}
    return render(request, "treatments/session_copy_gone.html", context, status=410)


def _copy(request, session, *, is_pdf=False):
    rows = session.needlings.all()
    return {
        **session_banner(request, session),
        **corrected_context(session),
        "rules": rules_of(session),
        "near_lung": safety.rows_near_the_lung(rows),
        "basis_changes": change_sentences(session, sealed_changes(session), rows),
        "site": session.practitioner.site,
        "why_no_mail": why_no_document(session.patient, session.practitioner.site),
        "next_visit": _next_visit(session.patient),
        "prescriptions": _exercises(session.patient, is_pdf=is_pdf),
        "is_pdf": is_pdf,
        "mail_id": uuid.uuid4(),
    }


def _sheet(request, patient_id, *, is_pdf=False):
    patient = get_object_or_404(Patient, pk=patient_id)
    practitioner = getattr(request.user, "practitioner", None)
    site = practitioner and practitioner.site
    return patient_banner(request, patient) | {
        "why_no_mail": why_no_document(patient, site),
        "prescriptions": _exercises(patient, is_pdf=is_pdf),
        "site": site,
        "is_pdf": is_pdf,
        "mail_id": uuid.uuid4(),
    }


def _next_visit(patient):
    """The patient's next visit that can take place, or None."""
    return next((visit for visit in visits_of([patient])[patient.pk].upcoming if not visit.obstacles), None)


def _exercises(patient, *, is_pdf):
    """The current prescriptions; for a PDF, which fetches nothing, each with its `picture` as an address of its own."""
    found = patient.exercise_prescriptions.current().newest_first().select_related("exercise", "prescribed_by")
    if not is_pdf:
        return list(found)
    found = list(found.select_related("exercise__picture"))
    for prescription in found:
        picture = prescription.exercise.picture
        prescription.picture = picture and _as_address(picture.content)
    return found


def _as_address(content):
    return f"data:image/jpeg;base64,{base64.b64encode(bytes(content)).decode()}"
