"""Pages for a patient who holds the clinic's tablet, to answer the screening or sign a consent; and to take it back."""

from urllib.parse import urlencode

from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from patients.consents import current_form
from patients.forms.consents import SIGNING_FIELDS, PatientSigningForm
from patients.forms.tablet import PatientAnswersForm
from patients.integrity.authorization import page_needs
from patients.models import Patient, ScreeningQuestion
from patients.models.consent import PAD_HEIGHT, PAD_WIDTH
from patients.permissions import may_record_consents, may_take_screenings
from patients.registry import registry
from patients.services import keep_patient_answers
from patients.web.returning import one_after_the_other
from patients.web.tablet import CONSENT, QUESTIONS, go_on, hand_over, is_handed_over, take_back
from patients.web.typed import keep_typed, kept_typed

from .answering import accepted


@page_needs(may_take_screenings)
@require_POST
def screening_hand_over(request, patient_id):
    """Show nothing but the questions for the patient until somebody proves who they are."""
    patient = get_object_or_404(Patient, pk=patient_id)
    hand_over(request, patient, QUESTIONS)
    return redirect("screening_by_patient", patient.pk)


@page_needs(may_take_screenings)
@require_http_methods(["GET", "HEAD", "POST"])
def screening_by_patient(request, patient_id):
    """The questions in large type. They start without answers, so that each is read."""
    patient = get_object_or_404(Patient, pk=patient_id)
    if not is_handed_over(request, patient):
        return redirect("screening_create", patient.pk)
    typed = request.POST if request.method == "POST" else None
    form = PatientAnswersForm(typed, patient=patient, questions=ScreeningQuestion.objects.asked_of_patients())
    if form.only_fills:
        form.is_valid()
    elif form.is_valid() and (
        answers := accepted(form, keep_patient_answers, patient, by=request.user, **form.as_kwargs())
    ):
        return redirect(go_on(request, _confirm_at(patient, answers)), patient.pk)
    status = 422 if typed is not None and form.errors else 200
    return render(request, "patients/screening_by_patient.html", {"patient": patient, "form": form}, status=status)


@page_needs(may_take_screenings)
@require_http_methods(["GET", "HEAD", "POST"])
def screening_take_back(request, patient_id):
    """Thank the patient; the therapist goes on with a proof of who they are."""
    patient = get_object_or_404(Patient, pk=patient_id)
    answers = patient.answers_on_tablet.not_confirmed().first()
    return take_back_page(request, patient, QUESTIONS, then=_confirm_at(patient, answers), is_done=bool(answers))


def _confirm_at(patient, answers):
    """The address at which the therapist confirms these PatientAnswers, or asks the questions if there are none."""
    page = reverse("screening_create", args=[patient.pk])
    return f"{page}?answers={answers.pk}" if answers else page


@page_needs(may_record_consents)
@require_POST
def consent_hand_over(request, patient_id):
    """Show nothing but the text and the signature until somebody proves who they are. What was typed is kept."""
    patient = get_object_or_404(Patient, pk=patient_id)
    keep_typed(request, patient, request.POST)
    hand_over(request, patient, CONSENT)
    return redirect("consent_by_patient", patient.pk)


@page_needs(may_record_consents)
@require_http_methods(["GET", "HEAD", "POST"])
def consent_by_patient(request, patient_id):
    """The text of the consent in large type, what is agreed, and the signature. The therapist records it afterwards."""
    patient = get_object_or_404(Patient, pk=patient_id)
    if not is_handed_over(request, patient, CONSENT):
        return redirect("consent_create", patient.pk)
    typed = kept_typed(request, patient) or QueryDict(mutable=True)
    for name in SIGNING_FIELDS if request.method == "POST" else ():
        typed[name] = request.POST.get(name, "")
    form = PatientSigningForm(typed, patient=patient, text=current_form())
    if request.method == "POST":
        keep_typed(request, patient, typed)
        if not form.signing_errors:
            return redirect("consent_take_back", patient.pk)
    context = {"patient": patient, "form": form, "pad": (PAD_WIDTH, PAD_HEIGHT)}
    context["training"] = registry.describe_training(request.user)
    status = 422 if request.method == "POST" else 200
    return render(request, "patients/consent_by_patient.html", context, status=status)


@page_needs(may_record_consents)
@require_http_methods(["GET", "HEAD", "POST"])
def consent_take_back(request, patient_id):
    """Thank the patient; the therapist proves who they are and goes on to record the consent."""
    patient = get_object_or_404(Patient, pk=patient_id)
    typed = kept_typed(request, patient) or {}
    is_done = any(typed.get(name) for name in SIGNING_FIELDS if name != "signing")
    then = reverse("consent_create", args=[patient.pk])
    if typed.get("next"):  # consent_create checks it
        then += "?" + urlencode({"next": typed["next"]})
    return take_back_page(request, patient, CONSENT, then=then, is_done=is_done)


def take_back_page(request, patient, page, *, then, is_done):
    """The page on which the therapist proves who they are, or a redirect once they have.

    It leads to what the patient finished on earlier pages, then to the URL `then`, if there is one. `page` is the name
    of the URL that the patient saw last; `is_done` says whether they have answered there.
    """
    if not is_handed_over(request, patient, page):
        return redirect(then or reverse(registry.clinical_page, args=[patient.pk]))
    typed = request.POST if request.method == "POST" else None
    form = registry.proof_form(typed, request=request, takes_held_proof=False)
    if form.is_valid():
        addresses = [address for address in (*take_back(request), then) if address]
        return redirect(one_after_the_other(addresses or [reverse(registry.clinical_page, args=[patient.pk])]))
    context = {"patient": patient, "proof_form": form, "is_done": is_done, "page": page, "is_consent": page == CONSENT}
    return render(request, "patients/take_back.html", context, status=422 if form.is_bound else 200)
