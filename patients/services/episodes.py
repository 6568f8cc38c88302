"""Open, change and close episodes of care."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.audit.recording import record_trail
from patients.integrity.authorization import needs
from patients.integrity.changes import differences, state_of
from patients.models import Episode, TrailEntry
from patients.permissions import may_change_episodes, may_open_episodes


@needs(may_open_episodes)
@transaction.atomic
def open_episode(patient, *, by, **fields):
    """Open an episode of care, led by `lead` (the person who opens it if not given). Raises ValidationError."""
    fields.setdefault("lead", by)
    episode = Episode(patient=patient, **fields)
    _save_checked(episode)
    record_trail(TrailEntry.Action.CREATE, by=by, record=episode, changes=differences(None, episode))
    return episode


@needs(may_change_episodes)
@transaction.atomic
def update_episode(episode, *, by, **fields):
    """Change these fields of an open episode. Raises ValidationError, also when it has been closed meanwhile."""
    episode = _locked_open(episode)
    before = state_of(episode)
    for name, value in fields.items():
        setattr(episode, name, value)
    _save_checked(episode)
    record_trail(TrailEntry.Action.CHANGE, by=by, record=episode, changes=differences(before, episode))
    return episode


@needs(may_change_episodes)
@transaction.atomic
def close_episode(episode, *, by, closing_summary, closed_on=None):
    """End an episode with what came of it; it is never changed again. Raises ValidationError."""
    episode = _locked_open(episode)
    before = state_of(episode)
    episode.closed_on = closed_on or timezone.localdate()
    episode.closing_summary = closing_summary.strip()
    if not episode.closing_summary:
        raise ValidationError({"closing_summary": "Say in a sentence or two what came of it."})
    _save_checked(episode)
    record_trail(TrailEntry.Action.CHANGE, by=by, record=episode, changes=differences(before, episode))
    return episode


def _locked_open(episode):
    """The episode as it is stored now: what others have saved since the caller read it stays."""
    locked = Episode.objects.select_for_update().get(pk=episode.pk)
    if not locked.is_open:
        raise ValidationError("This episode is closed. Open a new one to go on treating.")
    return locked


def _save_checked(episode):
    episode.clean_fields()
    if refusals := _impossible_dates(episode):
        raise ValidationError(refusals)
    episode.full_clean()
    episode.save()


def _impossible_dates(episode):
    refusals = {}
    for name in ("onset_on", "opened_on", "closed_on"):
        day = getattr(episode, name)
        if day and day > timezone.localdate():
            refusals[name] = "This date is in the future."
        elif day and day < episode.patient.born_on:
            refusals[name] = "This date is before the patient's birth."
    if episode.closed_on and episode.closed_on < episode.opened_on:
        refusals["closed_on"] = "An episode cannot close before it was opened."
    if episode.patient.died_on and episode.opened_on > episode.patient.died_on:
        refusals["opened_on"] = "This patient died before this date."
    return refusals
