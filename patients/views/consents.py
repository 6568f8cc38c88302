"""Explain, agree or decline, read again, hand out, withdraw."""

from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from patients import services
from patients.consents import consent_state, current_form, needs_guardian
from patients.forms.consents import AgreementForm, RefusalForm, WithdrawalForm
from patients.models import Consent, Patient
from patients.models.consent import PAD_HEIGHT, PAD_WIDTH
from patients.registry import registry
from patients.web.pdf import NoPdf, pdf_of
from patients.web.returning import asked_to_return

from .people import patient_context

REFUSAL_KEPT = "The refusal is kept. Needle nothing unless a new consent is given."
DOCUMENT_CSS = Path(settings.BASE_DIR) / "static" / "css" / "consent-document.css"


@permission_required("patients.add_consent", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def consent_create(request, patient_id):
    """The text for the patient, and beside it what the therapist ticks; one button agrees, the other declines."""
    patient = get_object_or_404(Patient, pk=patient_id)
    state = consent_state(patient, on=timezone.localdate(), by=request.user)
    typed = request.POST if request.method == "POST" else None
    answer = RefusalForm if "declines" in request.POST else AgreementForm
    form = answer(typed, patient=patient, text=current_form(), regions=_regions_before(patient, state))
    if typed is not None and (consent := _kept(form, patient, request)):
        messages.success(request, REFUSAL_KEPT if consent.is_declined else "The consent is kept.")
        return redirect(asked_to_return(request) or consent)
    context = patient_context(request, patient) | _around(request, patient, state) | {"form": form}
    return render(request, "patients/consent_form.html", context, status=200 if typed is None else 422)


@permission_required("patients.view_consent", raise_exception=True)
@require_safe
def consent_detail(request, patient_id, consent_id):
    consent = _consent(patient_id, consent_id)
    context = patient_context(request, consent.patient) | _document(consent)
    return render(request, "patients/consent_detail.html", context)


@permission_required("patients.view_consent", raise_exception=True)
@require_safe
def consent_pdf(request, patient_id, consent_id):
    """The patient's copy. Where no PDF can be made, the page itself is printed."""
    consent = _consent(patient_id, consent_id)
    page = render_to_string("patients/consent_pdf.html", _document(consent) | {"patient": consent.patient}, request)
    try:
        pdf = pdf_of(page, DOCUMENT_CSS.read_text("utf-8"))
    except NoPdf:
        messages.warning(request, "This computer cannot make PDFs. Print this page instead: it is the same document.")
        return redirect(consent)
    kind = "refusal" if consent.is_declined else "consent"
    name = f"{kind}-{consent.patient.record_number}-{timezone.localtime(consent.given_at):%Y-%m-%d}.pdf"
    return HttpResponse(pdf, "application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


@permission_required("patients.change_consent", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def consent_withdraw(request, patient_id, consent_id):
    consent = _consent(patient_id, consent_id)
    form = WithdrawalForm(request.POST if request.method == "POST" else None)
    if consent.is_declined:
        messages.warning(request, "This is a refusal. There is no consent to withdraw.")
        return redirect(consent)
    if consent.withdrawn_at and request.method != "POST":
        return redirect(consent)
    if form.is_valid() and _withdrawn(form, consent, request):
        messages.success(request, "The consent is withdrawn. From now on nothing may be needled.")
        return redirect(consent)
    context = patient_context(request, consent.patient) | {"consent": consent, "form": form}
    return render(request, "patients/consent_withdraw.html", context, status=422 if form.errors else 200)


def _consent(patient_id, consent_id):
    consents = Consent.objects.select_related("patient", "form", "explained_by", "withdrawn_by")
    return get_object_or_404(consents, pk=consent_id, patient_id=patient_id)


def _kept(form, patient, request):
    """The consent or refusal of a page that is right; None, with the sentences in the form, when it is not."""
    if not form.is_valid():
        return None
    keep = services.record_refusal if form.declines else services.give_consent
    training = registry.describe_training(request.user)
    try:
        return keep(patient, by=request.user, form=form.text, training=training, **form.said())
    except ValidationError as refusal:
        _blame(form, refusal)
        return None


def _blame(form, refusal):
    if hasattr(refusal, "error_dict") and set(refusal.error_dict) <= set(form.fields):
        form.add_error(None, refusal)
    else:
        form.add_error(None, refusal.messages)


def _withdrawn(form, consent, request):
    try:
        return services.withdraw_consent(consent, by=request.user, **form.cleaned_data)
    except ValidationError as refusal:
        _blame(form, refusal)
        return None


def _regions_before(patient, state):
    """What was agreed last, and where the open complaints are: nothing new is forgotten."""
    agreed = state.consent.scope if state.consent else []
    return [*agreed, *patient.episodes.open().values_list("region", flat=True)]


def _around(request, patient, state):
    return {
        "state": state,
        "consents": patient.consents.select_related("form", "explained_by"),
        "needs_guardian": needs_guardian(patient, on=timezone.localdate()),
        "training": registry.describe_training(request.user),
        "next": asked_to_return(request),
        "pad": (PAD_WIDTH, PAD_HEIGHT),
    }


def _document(consent):
    return {"consent": consent, "pad": (PAD_WIDTH, PAD_HEIGHT)}
