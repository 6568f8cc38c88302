"""Questionnaires that are answered item by item: here, or by the patient on the turned-round tablet."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from patients.integrity.authorization import page_needs
from patients.models import Patient
from patients.views.answering import accepted
from patients.views.tablet import take_back_page
from patients.web.banner import patient_banner
from patients.web.returning import next_address, return_address
from patients.web.tablet import go_on, hand_over, is_handed_over
from patients.web.typed import keep_typed, kept_typed, take_typed
from treatments.forms.questionnaires import (
    AnswersForm,
    ChooseQuestionnairesForm,
    PatientItemsForm,
    activities_of,
    typed_answers,
)
from treatments.models import FollowUpAnswers, OutcomeScore
from treatments.permissions import may_record_scores
from treatments.services import record_answers

PAGE = "questionnaire_by_patient"
# What is kept in the browser session: what was chosen, and what the patient entered. SENT: the patient has sent it.
KEPT, SENT = "questionnaires", "sent"
LONGEST_NAME = OutcomeScore._meta.get_field("answered_by_name").max_length


@page_needs(may_record_scores)
@require_http_methods(["GET", "HEAD", "POST"])
def questionnaire_create(request, patient_id):
    """Choose questionnaires, then answer them; or confirm what the patient answered on the tablet."""
    patient = get_object_or_404(Patient, pk=patient_id)
    answers = _answers_through_link(patient, request.POST.get("answers") or request.GET.get("answers"))
    kept = kept_typed(request, patient, KEPT)
    tablet = kept if kept and kept.get(SENT) and not request.GET.get("measure") and not answers else None
    by_patient = _typed_through_link(answers) if answers else tablet
    asked = request.POST if request.method == "POST" else by_patient or request.GET
    is_chosen = request.method == "POST" or "measure" in asked
    choice = ChooseQuestionnairesForm(asked if is_chosen else None, patient=patient, initial=request.GET)
    if not choice.is_valid():
        return _choose(request, patient, choice)
    typed = request.POST if request.method == "POST" else None
    episode = choice.cleaned_data["episode"]
    initial = {"scored_on": timezone.localdate(answers.answered_at)} if answers else None
    form = AnswersForm(typed, chosen=choice.chosen, episode=episode, typed=by_patient, initial=initial)
    about = {"by": request.user, "follow_up_answers": answers}
    if form.is_valid() and (scores := accepted(form, record_answers, **about, **form.as_kwargs())):
        if not answers:
            take_typed(request, patient, KEPT)
        said = "; ".join(f"{score.what} {score.value_text}" for score in scores)
        messages.success(request, f"Recorded: {said}.")
        page = f"{reverse('patient_outcomes', args=[patient.pk])}?episode={episode.pk}"
        return redirect((tablet and next_address(request, patient, here=KEPT)) or return_address(request) or page)
    context = patient_banner(request, patient) | {"tab": "outcomes", "form": form, "choice": choice, "episode": episode}
    context |= {"next": return_address(request), "answers": answers}
    return render(request, "treatments/questionnaire_form.html", context, status=422 if form.errors else 200)


def _answers_through_link(patient, key):
    """The FollowUpAnswers of the patient with this key; None without a key. Raises Http404 for any other."""
    if not key:
        return None
    found = FollowUpAnswers.objects.exclude(questionnaires={}).filter(session__patient=patient)
    try:
        return get_object_or_404(found.select_related("session__patient"), pk=key)
    except ValidationError:
        raise Http404 from None


def _typed_through_link(answers):
    """What the patient sent through the link, in the form in which answers from the tablet are kept."""
    typed = QueryDict(mutable=True)
    typed.setlist("measure", list(answers.questionnaires))
    typed["episode"] = answers.session.counted_episode_id or ""
    typed["answered_by_name"] = f"{answers.session.patient.full_name}, through the link"[:LONGEST_NAME]
    typed["leave_out"] = "yes"
    for name, value in typed_answers(answers.questionnaires).items():
        typed[name] = value
    return typed


def _choose(request, patient, choice):
    context = patient_banner(request, patient) | {
        "tab": "outcomes",
        "form": choice,
        "has_episode": patient.episodes.counting().exists(),
    }
    return render(request, "treatments/questionnaire_choose.html", context, status=422 if choice.errors else 200)


@page_needs(may_record_scores)
@require_POST
def questionnaire_hand_over(request, patient_id):
    """Show nothing but the questionnaires for the patient until somebody proves who they are.

    With the button `here` the therapist answers them instead.
    """
    patient = get_object_or_404(Patient, pk=patient_id)
    choice = ChooseQuestionnairesForm(request.POST, patient=patient)
    if not choice.is_valid():
        return _choose(request, patient, choice)
    chosen = QueryDict(mutable=True)
    chosen.setlist("measure", choice.cleaned_data["measure"])
    chosen["episode"] = choice.cleaned_data["episode"].pk
    if "here" in request.POST:
        return redirect(f"{reverse('questionnaire_create', args=[patient.pk])}?{chosen.urlencode()}")
    keep_typed(request, patient, chosen, KEPT)
    hand_over(request, patient, PAGE)
    return redirect(PAGE, patient.pk)


@page_needs(may_record_scores)
@require_http_methods(["GET", "HEAD", "POST"])
def questionnaire_by_patient(request, patient_id):
    """The questionnaires in large type. The therapist confirms and records the answers afterwards."""
    patient = get_object_or_404(Patient, pk=patient_id)
    typed = kept_typed(request, patient, KEPT)
    choice = ChooseQuestionnairesForm(typed, patient=patient)
    if not is_handed_over(request, patient, PAGE) or not choice.is_valid():
        return redirect("questionnaire_create", patient.pk)
    form = _patient_form(request, patient, choice, typed)
    if request.method == "POST":
        typed[SENT] = "yes" if form.is_valid() else ""
        keep_typed(request, patient, typed, KEPT)
        if form.is_valid():
            return redirect(go_on(request, reverse("questionnaire_create", args=[patient.pk])), patient.pk)
    status = 422 if request.method == "POST" else 200
    return render(
        request, "treatments/questionnaire_by_patient.html", {"patient": patient, "form": form}, status=status
    )


def _patient_form(request, patient, choice, typed):
    """The form with what the patient sends now, which is also put into `typed`; or with what they sent before."""
    about = {"chosen": choice.chosen, "activities": activities_of(choice.cleaned_data["episode"])}
    if request.method == "POST":
        for name in PatientItemsForm(**about).fields:
            typed[name] = request.POST.get(name, "")
        return PatientItemsForm(typed, **about)
    before = {name: typed[name] for name in PatientItemsForm(**about).fields if typed.get(name)}
    return PatientItemsForm(initial={"answered_by_name": patient.full_name} | before, **about)


@page_needs(may_record_scores)
@require_http_methods(["GET", "HEAD", "POST"])
def questionnaire_take_back(request, patient_id):
    """Thank the patient; the therapist proves who they are and goes on to confirm the answers."""
    patient = get_object_or_404(Patient, pk=patient_id)
    typed = kept_typed(request, patient, KEPT) or {}
    then = reverse("questionnaire_create", args=[patient.pk])
    if not typed.get(SENT) and typed.get("episode"):
        then += "?" + urlencode({"episode": typed["episode"]})
    return take_back_page(request, patient, PAGE, then=then, is_done=bool(typed.get(SENT)))
