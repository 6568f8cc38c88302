"""The outcome of a patient's complaint, and its scores."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from patients.integrity.authorization import page_needs
from patients.models import Patient
from patients.views.answering import accepted
from patients.web.banner import patient_banner
from treatments.chart.progress import progress_of
from treatments.forms.scores import ScoreCorrectionForm, ScoreForm
from treatments.models import SCALES, OutcomeScore, TreatmentSession
from treatments.models.scales import Measure
from treatments.permissions import may_read_scores, may_record_scores
from treatments.services import record_outcome_score

from .charts import chosen_episode


@page_needs(may_read_scores)
@require_safe
def patient_outcomes(request, patient_id):
    patient = get_object_or_404(Patient, pk=patient_id)
    sessions = TreatmentSession.objects.counting().with_needling()
    counts = {"session_count": sessions.count_for("episode"), "signed_count": sessions.signed().count_for("episode")}
    scored = OutcomeScore.objects.current().latest_day_for("episode")
    episodes = list(patient.episodes.counting().annotate(**counts, last_scored_on=scored))
    episode = _shown_episode(request.GET.get("episode"), episodes)
    context = patient_banner(request, patient) | {"tab": "outcomes", "episodes": episodes, "episode": episode}
    context["in_error"] = OutcomeScore.objects.in_error().filter(patient=patient).oldest_first()
    if episode:
        episode.patient = patient
        context |= {"progress": progress_of(episode)}
    return render(request, "treatments/patient_outcomes.html", context)


def _shown_episode(wanted, episodes):
    """The episode with the id `wanted`. Without an id: the newest that has sessions or scores, open ones first."""
    if wanted not in (None, "all"):
        return chosen_episode(wanted, episodes)
    with_figures = [episode for episode in episodes if episode.session_count or episode.last_scored_on]
    offered = with_figures or episodes
    return chosen_episode(None, offered) or next(iter(offered), None)


@page_needs(may_record_scores)
@require_http_methods(["GET", "HEAD", "POST"])
def score_create(request, patient_id):
    patient = get_object_or_404(Patient, pk=patient_id)
    form = ScoreForm(request.POST or None, patient=patient, initial={"episode": request.GET.get("episode")})
    if form.is_valid() and (score := accepted(form, record_outcome_score, by=request.user, **form.as_kwargs())):
        messages.success(request, f"Recorded: {score.what} {score.value_text}.")
        if "again" in request.POST:
            return redirect(f"{reverse('score_create', args=[patient_id])}?episode={score.episode_id}")
        return _to_outcomes(score)
    return _form_page(request, form, patient)


@page_needs(may_record_scores)
@require_http_methods(["GET", "HEAD", "POST"])
def score_correct(request, patient_id, score_id):
    scores = OutcomeScore.objects.select_related("patient", "recorded_by")
    wrong = get_object_or_404(scores, pk=score_id, patient_id=patient_id)
    form = ScoreCorrectionForm(request.POST or None, score=wrong)
    if form.is_valid() and (score := accepted(form, record_outcome_score, by=request.user, **form.as_kwargs())):
        messages.success(request, f"Corrected: {score.what} {score.value_text}.")
        return _to_outcomes(score)
    return _form_page(request, form, wrong.patient, wrong=wrong)


def _form_page(request, form, patient, **more):
    activities = patient.outcome_scores.current().filter(measure=Measure.PSFS)
    context = patient_banner(request, patient) | {
        "tab": "outcomes",
        "form": form,
        "scales": [(Measure(measure).label, scale) for measure, scale in SCALES.items()],
        "activities": sorted(set(activities.values_list("item", flat=True))),
        "has_episode": patient.episodes.counting().exists(),
    }
    return render(request, "treatments/score_form.html", context | more, status=422 if form.errors else 200)


def _to_outcomes(score):
    return redirect(f"{reverse('patient_outcomes', args=[score.patient_id])}?episode={score.episode_id}")
