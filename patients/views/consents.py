"""Pages to record, show, print and withdraw consents and refusals."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from patients.consents import consent_state, current_form, may_need_guardian, needs_guardian
from patients.forms.consents import AgreementForm, RefusalForm, WithdrawalForm
from patients.integrity.authorization import page_needs
from patients.models import Consent, Patient
from patients.models.consent import PAD_HEIGHT, PAD_WIDTH
from patients.permissions import may_read_consents, may_record_consents, may_withdraw_consents
from patients.regions import neighbours_of
from patients.registry import registry
from patients.services import give_consent, record_refusal, withdraw_consent
from patients.web.banner import patient_banner
from patients.web.pdf import css_file, pdf_response
from patients.web.returning import next_address, return_address
from patients.web.typed import take_typed

from .answering import accepted

REFUSAL_RECORDED = "The refusal is recorded. Do not needle until the patient gives consent."


@page_needs(may_record_consents)
@require_http_methods(["GET", "HEAD", "POST"])
def consent_create(request, patient_id):
    """Show the form to read with the patient, and record a consent or a refusal, depending on the button."""
    patient = get_object_or_404(Patient, pk=patient_id)
    state = consent_state(patient, on=timezone.localdate(), by=request.user)
    # On return from the patient: what was typed before, with the signature.
    typed = request.POST if request.method == "POST" else take_typed(request, patient)
    banner = patient_banner(request, patient)
    is_pregnant = any(precaution.key == "pregnancy" for precaution in banner["precautions"])
    is_sent = request.method == "POST"
    form_class = RefusalForm if "declines" in request.POST else AgreementForm
    form = form_class(
        typed,
        patient=patient,
        text=current_form(),
        regions=_regions_before(patient, state),
        method=Consent.Method.BOTH if is_pregnant else Consent.Method.WRITTEN,
        guardians=banner["who_can_consent"],
    )
    if is_sent and form.is_valid() and (consent := _record(form, patient, request)):
        messages.success(request, REFUSAL_RECORDED if consent.is_declined else "The consent is recorded.")
        return redirect(next_address(request, patient, here="consent") or consent)
    context = banner | _form_context(request, patient, state) | {"form": form}
    context["neighbours"] = neighbours_of(form["scope"].value() or [])
    context["first_visit"] = _first_visit(request, banner, consent=state)
    return render(request, "patients/consent_form.html", context, status=422 if is_sent else 200)


@page_needs(may_read_consents)
@require_safe
def consent_detail(request, patient_id, consent_id):
    consent = _consent(patient_id, consent_id)
    context = patient_banner(request, consent.patient) | _document(consent)
    context["first_visit"] = _first_visit(request, context)
    return render(request, "patients/consent_detail.html", context)


@page_needs(may_read_consents)
@require_safe
def consent_pdf(request, patient_id, consent_id):
    """The patient's copy as PDF. If this server cannot make PDFs, redirect to the page with a message."""
    consent = _consent(patient_id, consent_id)
    context = patient_banner(request, consent.patient) | _document(consent)
    page = render_to_string("patients/consent_pdf.html", context, request)
    kind = "refusal" if consent.is_declined else "consent"
    name = f"{kind}-{consent.patient.record_number}-{timezone.localtime(consent.given_at):%Y-%m-%d}.pdf"
    return pdf_response(request, page, css_file("consent-document.css"), name=name, instead=consent)


@page_needs(may_withdraw_consents)
@require_http_methods(["GET", "HEAD", "POST"])
def consent_withdraw(request, patient_id, consent_id):
    consent = _consent(patient_id, consent_id)
    typed = request.POST if request.method == "POST" else None
    form = WithdrawalForm(typed)
    proof_form = registry.proof_form(typed, request=request, takes_held_proof=True)
    if consent.is_declined:
        messages.warning(request, "This is a refusal, so there is no consent to withdraw.")
        return redirect(consent)
    if consent.withdrawn_at and request.method != "POST":
        return redirect(consent)
    # The proof is asked for last, so that a missing reason does not use it up.
    if form.is_valid() and proof_form.is_valid() and _withdraw(consent, form, proof_form.proof, request.user):
        messages.success(request, "The consent is withdrawn. Do not needle until the patient gives consent again.")
        return redirect(consent)
    context = patient_banner(request, consent.patient) | {"consent": consent, "form": form, "proof_form": proof_form}
    return render(request, "patients/consent_withdraw.html", context, status=422 if form.is_bound else 200)


def _first_visit(request, banner, **known):
    known |= {"here": "consent", "screening": banner["screening"]}
    return registry.first_visit(request.user, banner["patient"], **known)


def _withdraw(consent, form, proof, by):
    return accepted(form, withdraw_consent, consent, by=by, proof=proof, **form.cleaned_data)


def _consent(patient_id, consent_id):
    consents = Consent.objects.select_related("patient", "form", "explained_by", "withdrawn_by", "error_mark")
    return get_object_or_404(consents, pk=consent_id, patient_id=patient_id)


def _record(form, patient, request):
    service = record_refusal if form.is_refusal else give_consent
    about = {"form": form.text, "training": registry.describe_training(request.user)}
    return accepted(form, service, patient, by=request.user, **about, **form.as_kwargs())


def _regions_before(patient, state):
    """The regions to tick at first: those of the last consent, of the open episodes and of what is to be needled."""
    agreed = state.consent.scope if state.consent else []
    episodes = patient.episodes.open().values_list("region", flat=True)
    return list(dict.fromkeys([*agreed, *episodes, *registry.regions_to_needle(patient)]))


def _form_context(request, patient, state):
    return {
        "state": state,
        "consents": patient.consents.select_related("form", "explained_by"),
        "may_need_guardian": may_need_guardian(patient, on=timezone.localdate()),
        "needs_guardian": needs_guardian(patient, on=timezone.localdate()),
        "training": registry.describe_training(request.user),
        "next": return_address(request),
        "pad": (PAD_WIDTH, PAD_HEIGHT),
    }


def _document(consent):
    return {"consent": consent, "pad": (PAD_WIDTH, PAD_HEIGHT)}
