"""Pages to ask for a merge of two records of one person, to decide it beside both records, and to undo it."""

from functools import reduce
from operator import or_
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from patients.alerts import alerts_by_patient
from patients.audit.request_context import note_patients_shown
from patients.duplicates import likely_duplicates
from patients.forms.merges import DeclineMergeForm, MergeForm, MergeRequestForm, UndoMergeForm
from patients.integrity.authorization import page_needs
from patients.merging import differences, merge_blockers, what_comes_together, why_not_confirmable_by
from patients.models import Patient, PatientMerge
from patients.namesakes import with_namesakes
from patients.permissions import may_ask_for_merges, may_decide_merges, may_read_merges, may_read_screenings
from patients.precautions import precautions_by_patient
from patients.registry import registry
from patients.search import LONGEST_QUERY, find_patients
from patients.services import ask_for_merge, confirm_merge, decline_merge, keep_record, undo_merge
from patients.web.banner import patient_banner
from patients.web.other_sites import with_other_sites
from patients.web.posted import key_in_address

from .answering import accepted

LATEST = 50


@page_needs(may_read_merges)
@require_safe
def merge_list(request):
    """The merges that wait for a decision, and the latest that were decided."""
    of_either = (
        registry.of_own_sites(request.user, PatientMerge.objects.all(), name) for name in ("survivor", "duplicate")
    )
    merges = reduce(or_, of_either).with_people()
    context = {"nav": "patients", "waiting": merges.waiting(), "decided": merges.exclude(decided_at=None)[:LATEST]}
    listed = (*context["waiting"], *context["decided"])
    note_patients_shown(request, [pk for merge in listed for pk in merge.record_ids])
    return render(request, "patients/merge_list.html", context)


@page_needs(may_ask_for_merges)
@require_http_methods(["GET", "HEAD", "POST"])
def merge_create(request, patient_id):
    """Find the other record of the same person, and ask for the merge of both."""
    patient = get_object_or_404(Patient, pk=patient_id)
    other = _other(request, patient)
    form = other and MergeRequestForm(request.POST or None, patients=[patient, other])
    if form and form.is_valid() and (merge := accepted(form, ask_for_merge, by=request.user, **form.as_kwargs())):
        messages.success(
            request, "A colleague with a different role must now confirm the merge. Nothing has changed yet."
        )
        return redirect("merge_detail", patient_id, merge.pk)
    typed = request.GET.get("q", "")[:LONGEST_QUERY].strip()
    context = patient_banner(request, patient) | {"form": form, "other": other, "typed": typed}
    context["hits"] = [] if other else _hits(request.user, patient, typed)
    note_patients_shown(request, [other.pk] if other else [hit.pk for hit, _ in context["hits"]])
    return render(request, "patients/merge_form.html", context, status=422 if request.method == "POST" else 200)


def _other(request, patient):
    """The other record that is in the address, or None."""
    key = key_in_address(request.GET.get("other", ""))
    return get_object_or_404(Patient.objects.exclude(pk=patient.pk), pk=key) if key else None


def _hits(user, patient, typed):
    """[(patient, why)] that may be the same person: those that were searched for, or else those who are alike."""
    if typed:
        hits = [(hit, "") for hit in with_namesakes(find_patients(typed)) if hit.pk != patient.pk]
    else:
        alike = likely_duplicates(patient.given_name, patient.family_name, patient.birth, patient.phone)
        hits = [(found, why) for found, why in alike if found.pk != patient.pk]
    with_other_sites(user, [hit for hit, _ in hits])
    return hits


@page_needs(may_read_merges)
@require_http_methods(["GET", "HEAD", "POST"])
def merge_detail(request, patient_id, merge_id):
    """Both records side by side, and the form for what the user can do now: decide, take back, or undo."""
    merges = PatientMerge.objects.with_people().about(patient_id)
    merge = get_object_or_404(merges, pk=merge_id)
    typed = request.POST if request.method == "POST" else None
    acts = _acts(request.user, merge)
    name = next((name for name in acts if typed and name in typed), None)
    if typed is not None and not acts:
        raise PermissionDenied
    if "keep" in request.POST:
        return _keep(request, merge)
    forms = {act: make(request, merge, typed if act == name else None) for act, make in acts.items()}
    if name and DO[name](request, merge, forms[name]):
        return redirect("merge_detail", merge.survivor_id, merge.pk)
    patient = get_object_or_404(Patient, pk=patient_id)
    context = patient_banner(request, patient) | _preview(request.user, merge) | {"merge": merge, "forms": forms}
    note_patients_shown(request, merge.record_ids)
    return render(request, "patients/merge_detail.html", context, status=200 if typed is None else 422)


def _keep(request, merge):
    """Swap the sides if the page asks for it, and show it again with what was chosen."""
    patient = get_object_or_404(Patient, pk=key_in_address(request.POST["keep"]))
    form = MergeForm(request.POST, merge=merge)
    chosen = form.chosen_with_sides_swapped() if patient.pk == merge.duplicate_id else {}
    if "seen" in request.POST and form.has_error("seen"):
        messages.warning(request, "Somebody changed one of the records. Check both again before you decide.")
        chosen = {}
    try:
        merge = keep_record(merge, patient, by=request.user)
    except ValidationError as refusal:
        messages.warning(request, " ".join(refusal.messages))
    page = reverse("merge_detail", args=[merge.survivor_id, merge.pk])
    return redirect(f"{page}?{urlencode(chosen)}" if chosen else page)


def _acts(user, merge):
    """{what the user can do now: function that makes its forms}."""
    acts = {}
    if merge.is_waiting and may_decide_merges(user) and not why_not_confirmable_by(user, merge):
        acts["confirm"] = _confirm_forms
    if merge.is_waiting and (may_decide_merges(user) or merge.asked_by_id == user.pk):
        acts["decline"] = lambda request, merge, typed: {"form": DeclineMergeForm(typed)}
    if merge.is_in_effect and may_decide_merges(user):
        acts["undo"] = _undo_forms
    return acts


def _confirm_forms(request, merge, typed):
    return {
        "form": MergeForm(typed, merge=merge, chosen=request.GET),
        "proof": registry.proof_form(typed, request=request),
    }


def _undo_forms(request, merge, typed):
    return {"form": UndoMergeForm(typed), "proof": registry.proof_form(typed, request=request)}


def _confirm(request, merge, forms):
    form, proof = forms["form"], forms["proof"]
    # The proof is asked for last, so that a missing choice does not use it up.
    if not (form.is_valid() and proof.is_valid()):
        return None
    proved = {"by": request.user, "proof": proof.proof, "details": form.details()}
    done = accepted(form, confirm_merge, merge, **proved)
    return done and messages.success(request, "The records have been merged.") or done


def _decline(request, merge, forms):
    form = forms["form"]
    reason = form.is_valid() and form.cleaned_data["decline_reason"]
    done = reason and accepted(form, decline_merge, merge, by=request.user, reason=reason)
    return done and messages.success(request, "The records stay separate.") or done


def _undo(request, merge, forms):
    form, proof = forms["form"], forms["proof"]
    if not (form.is_valid() and proof.is_valid()):
        return None
    reason = form.cleaned_data["undo_reason"]
    done = accepted(form, undo_merge, merge, by=request.user, reason=reason, proof=proof.proof)
    return done and messages.success(request, "The merge has been undone. The records are separate again.") or done


DO = {"confirm": _confirm, "decline": _decline, "undo": _undo}


def _preview(user, merge):
    """The template context of what comes together. Alerts are for users who may read screenings."""
    if not merge.is_waiting:
        return {}
    pair = [merge.survivor, merge.duplicate]
    differing, same = differences(*pair)
    can_choose = may_decide_merges(user) and not why_not_confirmable_by(user, merge)
    context = {
        "differing": [] if can_choose else differing,
        "same": same,
        "together": what_comes_together(*pair, user=user),
        "blockers": merge_blockers(*pair),
        "why_not": may_decide_merges(user) and why_not_confirmable_by(user, merge),
    }
    if may_read_screenings(user):
        precautions = precautions_by_patient(pair, on=timezone.localdate())
        alerts = alerts_by_patient(pair)
        context["alerts_of_both"] = [
            (patient, [each.label for each in [*alerts[patient.pk], *precautions[patient.pk]]]) for patient in pair
        ]
    return context
