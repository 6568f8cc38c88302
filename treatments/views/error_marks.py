"""Mark a record as entered in error, read a mark, and confirm or decline it as the second person."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from patients.integrity.authorization import page_needs
from patients.models import ErrorMark
from patients.views.answering import accepted
from patients.web.banner import patient_banner
from treatments.forms.error_marks import DecisionForm, ErrorMarkForm
from treatments.permissions import may_confirm_error_marks, may_mark_in_error
from treatments.record.in_error import (
    address_of,
    consequences_of,
    may_decide,
    may_mark,
    patient_of,
    record_of,
    sessions_resting_on,
    title_of,
    waiting_mark_of,
    why_not_markable,
    why_second_person,
)
from treatments.record.second_person import may_confirm_marks_of
from treatments.services import confirm_error_mark, decline_error_mark, mark_in_error


@page_needs(may_mark_in_error)
@require_http_methods(["GET", "HEAD", "POST"])
def error_mark_create(request, patient_id, kind, record_id):
    record = record_of(kind, record_id, patient_id=patient_id)
    if record is None:
        raise Http404
    if not may_mark(request.user, record):
        raise PermissionDenied
    if request.method != "POST" and (mark := record.error_mark or waiting_mark_of(record)):
        return redirect("error_mark_detail", patient_id, mark.pk)
    second_reason = why_second_person(record)
    people = may_confirm_marks_of(request.user) if second_reason else None
    form = ErrorMarkForm(request.POST or None, request=request, people=people)
    if form.is_valid() and (mark := accepted(form, mark_in_error, record, by=request.user, **form.as_kwargs())):
        messages.success(request, _answer(mark))
        return redirect("error_mark_detail", patient_id, mark.pk)
    context = patient_banner(request, patient_of(record)) | {
        "form": form,
        "title": title_of(record),
        "address": address_of(record),
        "refusal": why_not_markable(record),
        "second_reason": second_reason,
        "consequences": consequences_of(record),
        "resting": sessions_resting_on(record).select_related("practitioner__user"),
    }
    return render(request, "treatments/error_mark_form.html", context, status=422 if form.errors else 200)


@page_needs(may_confirm_error_marks)
@require_http_methods(["GET", "HEAD", "POST"])
def error_mark_detail(request, patient_id, mark_id):
    mark = get_object_or_404(ErrorMark.objects.with_people(), pk=mark_id, patient_id=patient_id)
    decides = mark.is_waiting and may_decide(request.user, mark)
    if request.method == "POST" and not may_decide(request.user, mark):
        raise PermissionDenied
    form = DecisionForm(request.POST or None, request=request)
    if form.is_valid() and (decided := _decide(request, form, mark)):
        messages.success(request, _answer(decided))
        return redirect("error_mark_detail", patient_id, mark_id)
    record = record_of(mark.kind, mark.record_id)
    context = patient_banner(request, mark.patient) | {
        "mark": mark,
        "title": title_of(record),
        "address": address_of(record),
        "form": form if decides else None,
        "consequences": consequences_of(record),
        "resting": sessions_resting_on(record).select_related("practitioner__user"),
    }
    return render(request, "treatments/error_mark_detail.html", context, status=422 if form.errors else 200)


def _decide(request, form, mark):
    proved = {"by": request.user, "proof": form.proof}
    if "decline" in request.POST:
        return accepted(form, decline_error_mark, mark, reason=form.cleaned_data["decline_reason"], **proved)
    return accepted(form, confirm_error_mark, mark, **proved)


def _answer(mark):
    if mark.is_declined:
        return "You declined the mark. The record counts as before."
    if mark.is_waiting:
        return f"The mark waits for {mark.asked.get_full_name() or mark.asked}. Until then the record counts as before."
    return "The record is marked as entered in error. It counts in nothing from now on."
