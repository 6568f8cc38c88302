"""Pages to open, change and close episodes of care."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from patients.forms.episodes import ClosingForm, EpisodeForm
from patients.integrity.authorization import page_needs
from patients.models import Episode, Patient
from patients.permissions import may_change_episodes, may_open_episodes
from patients.registry import registry
from patients.services import close_episode, open_episode, update_episode
from patients.web.banner import patient_banner
from patients.web.returning import next_address

from .answering import accepted


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_open_episodes)
def episode_create(request, patient_id):
    patient = get_object_or_404(Patient, pk=patient_id)
    form = EpisodeForm(request.POST or None, initial={"lead": request.user})
    if form.is_valid() and accepted(form, open_episode, patient, by=request.user, **form.cleaned_data):
        messages.success(request, "The episode is open.")
        return redirect(next_address(request, patient, here="episode") or patient)
    return _page(request, "episode_form", form, patient)


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_change_episodes)
def episode_edit(request, patient_id, episode_id):
    episode = get_object_or_404(_open_episodes(), pk=episode_id, patient_id=patient_id)
    form = EpisodeForm(request.POST or None, instance=episode)
    if form.is_valid() and accepted(form, update_episode, episode, by=request.user, **form.cleaned_data):
        messages.success(request, "Saved.")
        return redirect(episode.patient)
    return _page(request, "episode_form", form, episode.patient, episode=episode)


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_change_episodes)
def episode_close(request, patient_id, episode_id):
    episode = get_object_or_404(_open_episodes(), pk=episode_id, patient_id=patient_id)
    form = ClosingForm(request.POST or None, initial={"closed_on": timezone.localdate()})
    if form.is_valid() and accepted(form, close_episode, episode, by=request.user, **form.cleaned_data):
        messages.success(request, "The episode is closed.")
        return redirect(episode.patient)
    return _page(request, "episode_close", form, episode.patient, episode=episode)


def _open_episodes():
    """Only open episodes: a closed one cannot be changed, so its pages answer 404."""
    return Episode.objects.open().select_related("patient")


def _page(request, name, form, patient, **more):
    context = patient_banner(request, patient) | {"form": form, **more}
    context["first_visit"] = registry.first_visit(request.user, patient, here="episode", screening=context["screening"])
    return render(request, f"patients/{name}.html", context, status=422 if form.errors else 200)
