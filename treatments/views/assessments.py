"""Start, edit, sign, read, amend and withdraw an assessment."""

import uuid
from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import prefetch_related_objects
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_safe

from patients.integrity.authorization import page_needs
from patients.models import Episode
from patients.views.answering import accepted
from patients.web.banner import patient_banner
from patients.web.posted import posted_uuid
from patients.web.tablet import hand_over
from treatments import services
from treatments.chart.assessments import compared_parts
from treatments.chart.first_visit import ASSESSMENT, first_visit_of
from treatments.forms.amendments import AmendmentForm, SigningForm
from treatments.forms.assessments import AssessmentForm, CorrectedAssessmentForm
from treatments.forms.merging import field_differences, take_fields
from treatments.forms.tablet import DRAWING
from treatments.models import Assessment, PatientDrawing
from treatments.permissions import (
    may_amend_sessions,
    may_hand_over_tablet,
    may_read_assessments,
    may_start_assessments,
    may_write_assessments,
)
from treatments.record.assessments import first_assessment_of, missing_of_assessment
from treatments.record.authorship import may_hand_over, may_write
from treatments.record.corrections import amendments_with_corrections, as_corrected
from treatments.record.in_error import waiting_mark_of
from treatments.record.sealing import assessment_hash

from .saving import (
    chosen_versions,
    conflict_page,
    hand_over_page,
    not_writable,
    posted_whole,
    refused,
    save_tokens,
    signed,
    withdrawal,
)


@require_http_methods(["GET", "POST"])
@page_needs(may_start_assessments)
def assessment_start(request, patient_id, episode_id):
    episode = get_object_or_404(Episode, pk=episode_id, patient=patient_id)
    if request.method == "GET":  # a redirect after signing in again
        return redirect("patient_chart", patient_id)
    try:
        started = services.start_assessment(episode, by=request.user, id=posted_uuid(request.POST.get("assessment_id")))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("patient_chart", patient_id)
    return redirect(started)


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_write_assessments)
def assessment_edit(request, patient_id, assessment_id):
    assessment = stored_assessment(patient_id, assessment_id)
    if not may_write(request.user, assessment):
        return not_writable(request, assessment)
    if request.method != "POST":
        return _page(request, assessment, AssessmentForm.of(assessment))
    form = _posted_form(request, assessment)
    valid = form.is_valid()
    drawing = _confirmed_drawing(request, assessment)
    sent = save_tokens(form.data) | {"values": form.values(), "patient_drawing": drawing}
    try:
        saved = services.save_assessment(assessment, by=request.user, **sent)
    except ValidationError as refusal:
        return _refused(request, assessment, form, refusal)
    except PermissionDenied:
        return not_writable(request, stored_assessment(patient_id, assessment_id))
    if request.headers.get("X-Autosave"):
        return JsonResponse(_state(saved) | {"errors": form.errors}, status=200 if valid else 422)
    if not valid:
        return _page(request, saved, form, status=422)
    if "hand_over" in request.POST and may_hand_over_tablet(request.user):
        hand_over(request, assessment.patient, DRAWING)
        return redirect(DRAWING, patient_id)
    return redirect("assessment_prove" if "sign" in request.POST else "assessment_edit", patient_id, assessment_id)


def _confirmed_drawing(request, assessment):
    """The drawing of the patient that the button confirms, or None."""
    key = request.POST.get("take_drawing")
    return get_object_or_404(_waiting_drawings(assessment), pk=posted_uuid(key)) if key else None


def _waiting_drawings(assessment):
    return PatientDrawing.objects.filter(patient=assessment.patient_id).waiting()


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_write_assessments)
def assessment_prove(request, patient_id, assessment_id):
    """What is signed, and the proof that it is the author who signs it."""
    assessment = stored_assessment(patient_id, assessment_id)
    if not may_write(request.user, assessment):
        return not_writable(request, assessment)
    if lacking := missing_of_assessment(assessment):
        return _page(request, assessment, AssessmentForm.of(assessment), lacking=lacking, status=422)
    form = SigningForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_valid() and signed(request, form, services.sign_assessment, assessment):
        messages.success(request, "Signed. The record can no longer be changed.")
        return redirect("assessment_detail", patient_id, assessment_id)
    context = _banner(request, assessment) | {
        "record": assessment,
        "kind": "assessment",
        "form": form,
        "parts": compared_parts(assessment),
    }
    return render(request, "treatments/assessment_prove.html", context, status=422 if form.errors else 200)


@require_safe
@page_needs(may_read_assessments)
def assessment_detail(request, patient_id, assessment_id):
    return _record(request, patient_id, assessment_id)


@require_safe
@page_needs(may_read_assessments)
def assessment_print(request, patient_id, assessment_id):
    """The same record at another address, so that the audit trail distinguishes printing from reading."""
    return _record(request, patient_id, assessment_id, is_print=True)


def _record(request, patient_id, assessment_id, *, is_print=False):
    assessment = stored_assessment(patient_id, assessment_id)
    prefetch_related_objects([assessment], amendments_with_corrections())
    counts = assessment if assessment.error_mark_id else as_corrected(assessment)
    first = first_assessment_of(assessment)
    context = _banner(request, assessment) | {
        "record": assessment,
        "kind": "assessment",
        "is_print": is_print,
        "first": first,
        "parts": compared_parts(counts, first),
        "amendments": list(assessment.amendments.all()),
        "is_corrected": counts is not assessment and counts.is_corrected,
        "matches": assessment.is_signed and assessment_hash(assessment) == assessment.content_hash,
        "missing": missing_of_assessment(assessment) if assessment.is_draft else [],
        "may_write": may_write(request.user, assessment),
        "may_hand_over": may_hand_over(request.user, assessment),
        "waiting_mark": waiting_mark_of(assessment) if assessment.is_signed else None,
    }
    return render(request, "treatments/assessment_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_amend_sessions)
def assessment_amend(request, patient_id, assessment_id):
    assessment = stored_assessment(patient_id, assessment_id)
    if not assessment.is_signed:
        raise Http404
    prefetch_related_objects([assessment], amendments_with_corrections())
    corrections = CorrectedAssessmentForm(assessment, request.POST or None)
    form = AmendmentForm(request.POST or None, request=request, corrections=corrections)
    if form.is_valid() and accepted(form, services.amend_assessment, assessment, by=request.user, **form.as_kwargs()):
        messages.success(request, "The amendment is signed and saved with the record.")
        return redirect("assessment_detail", patient_id, assessment_id)
    context = _banner(request, assessment) | {
        "form": form,
        "corrections": corrections,
        "parts": compared_parts(corrections.counting, form=corrections),
    }
    return render(request, "treatments/assessment_amend.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_write_assessments)
def assessment_withdraw(request, patient_id, assessment_id):
    assessment = stored_assessment(patient_id, assessment_id)
    banner = _banner(request, assessment)
    return withdrawal(request, banner, assessment, services.withdraw_assessment, then="patient_chart")


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_read_assessments)
def assessment_hand_over(request, patient_id, assessment_id):
    assessment = stored_assessment(patient_id, assessment_id)
    return hand_over_page(request, _banner(request, assessment), assessment)


def stored_assessment(patient_id, assessment_id):
    """The assessment with everything that its pages show; 404 unless it belongs to this patient."""
    return get_object_or_404(Assessment.objects.with_people(), pk=assessment_id, patient_id=patient_id)


def _posted_form(request, assessment):
    """The form of the posted page, merged with the user's choices after a conflict."""
    data = posted_whole(request)
    if "resolve" in data:
        data = take_fields(data, AssessmentForm.of(assessment), chosen_versions(data))
    elif "as_first" in data and (first := first_assessment_of(assessment)):
        data = take_fields(data, AssessmentForm.of(first), {data["as_first"]})
    return AssessmentForm(data, assessment=assessment)


def _refused(request, assessment, form, refusal):
    def page():
        form.add_error(None, refusal.messages)
        return _page(request, assessment, form, status=422)

    def both_versions(stored):
        found = field_differences(form, AssessmentForm.of(stored), empty_takes_theirs=True)
        return conflict_page(request, _banner(request, stored), stored, form.data, found)

    stored = partial(stored_assessment, assessment.patient_id, assessment.pk)
    return refused(request, refusal, stored=stored, page=page, both_versions=both_versions)


def _page(request, assessment, form, lacking=(), status=200):
    first = first_assessment_of(assessment)
    context = _banner(request, assessment) | {
        "form": form,
        "first": first,
        "parts": compared_parts(assessment, first, form=form),
        "state": _state(assessment),
        "lacking": lacking,
        "waiting_drawing": _waiting_drawings(assessment).first(),
        "save_token": uuid.uuid4(),
    }
    return render(request, "treatments/assessment_edit.html", context, status=status)


def _state(assessment):
    """The state that the foot of the page shows after a save."""
    return {
        "version": assessment.version,
        "saved_at": date_format(timezone.localtime(assessment.saved_at), "H:i:s"),
        "missing": [{"label": item.label, "target": item.target} for item in missing_of_assessment(assessment)],
        "is_late_entry": assessment.is_late_entry,
    }


def _banner(request, assessment):
    context = patient_banner(request, assessment.patient) | {"assessment": assessment, "tab": "overview"}
    visit = first_visit_of(request.user, assessment.patient, here=ASSESSMENT, screening=context["screening"])
    return context | {"first_visit": visit}
