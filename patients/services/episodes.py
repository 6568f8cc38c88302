"""Open, change and close episodes of care."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.integrity.portions import portions
from patients.models import Episode, TrailEntry
from patients.models.condition import NOT_LISTED, CodeSystem, conditions, is_only_in_other_system
from patients.onsets import last_day_of
from patients.permissions import may_change_episodes, may_import_files, may_open_episodes
from patients.registry import registry

AT_ONCE = 500


@needs(may_open_episodes)
@transaction.atomic
def open_episode(patient, *, by, **fields):
    """Open an episode of care and return it. `lead` defaults to `by`. Raises ValidationError.

    `onset_on`, `onset_precision` and `onset_words` are those of an Onset of patients.onsets.

    `condition` is a slug of patients.models.condition. Without a diagnosis_code, the code of the condition is taken.
    """
    fields.setdefault("lead", by)
    episode = Episode(patient=patient, **fields)
    _set_code(episode)
    _save_checked(episode)
    add_audit_entry(TrailEntry.Action.CREATE, by=by, record=episode, changes=changes_between(None, episode))
    return episode


@needs(may_change_episodes)
@transaction.atomic
def update_episode(episode, *, by, **fields):
    """Change these fields of an open episode. Raises ValidationError, also if somebody has closed it."""
    episode = _locked_open(episode)
    before = field_values(episode)
    for name, value in fields.items():
        setattr(episode, name, value)
    if episode.diagnosis_code != before["diagnosis_code"] or episode.condition != before["condition"]:
        _set_code(episode, before)
    _save_checked(episode)
    add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=episode, changes=changes_between(before, episode))
    return episode


@needs(may_change_episodes)
@transaction.atomic
def close_episode(episode, *, by, closing_reason, closing_summary, closed_on=None):
    """Close an episode with a reason and a summary. A closed episode cannot be changed. Raises ValidationError."""
    episode = _locked_open(episode)
    before = field_values(episode)
    episode.closed_on = closed_on or timezone.localdate()
    episode.closing_reason, episode.closing_summary = closing_reason, closing_summary.strip()
    if not closing_reason:
        raise ValidationError({"closing_reason": "Choose why the episode is closed."})
    if not episode.closing_summary:
        raise ValidationError({"closing_summary": "Summarise the outcome in a sentence or two."})
    _save_checked(episode)
    add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=episode, changes=changes_between(before, episode))
    return episode


def checked_episode(patient, **fields):
    """An unsaved episode of another system with these details. Raises ValidationError, with the fields that are wrong.

    `patient` can be an empty one, and the region and the lead can be missing, while nobody has chosen them.
    """
    episode = Episode(patient=patient, **fields)
    episode.clean_fields(exclude={"patient", "lead"} | ({"region"} if "region" not in fields else set()))
    if refusals := _impossible_dates(episode):
        raise ValidationError(refusals)
    return episode


@needs(may_import_files)
@transaction.atomic
def open_imported_episodes(episodes, *, by):
    """Store these checked episodes of a file; returns them. Nobody knows of which classification their codes are."""
    for episode in episodes:
        _save_checked(episode)
        add_audit_entry(TrailEntry.Action.CREATE, by=by, record=episode, changes=changes_between(None, episode))
    return episodes


@needs(may_import_files)
@transaction.atomic
def take_back_imported_episodes(keys, *, by):
    """Take back the episodes with these keys, because their import was undone. The rows and their audit trail stay.

    Raises ValidationError if somebody has changed one of them or recorded something in it.
    """
    for some in portions(keys, AT_ONCE):
        if _are_used(some):
            raise ValidationError(
                "Somebody has changed or used some of the episodes since, so the import cannot be undone.",
                code="depends",
            )
    now = timezone.now()
    for some in portions(keys, AT_ONCE):
        for episode in Episode.objects.select_for_update(of=["self"]).filter(pk__in=some).order_by("pk"):
            before = field_values(episode)
            episode.import_undone_at = now
            episode.save(update_fields=["import_undone_at"])
            changes = changes_between(before, episode)
            add_audit_entry(TrailEntry.Action.WITHDRAW, by=by, record=episode, changes=changes)


def _are_used(keys):
    """Whether a row of any app refers to one of these episodes, or somebody has changed one."""
    links = [link for link in Episode._meta.get_fields(include_hidden=True) if link.auto_created and link.is_relation]
    changed = TrailEntry.objects.filter(record_type=Episode._meta.model_name, record_id__in=map(str, keys))
    return changed.exclude(action__in=[*TrailEntry.READINGS, TrailEntry.Action.CREATE]).exists() or any(
        link.related_model._base_manager.filter(**{f"{link.field.name}__in": keys}).exists() for link in links
    )


def _locked_open(episode):
    """The episode as it is stored now, locked, so that what others saved after the caller read it is kept."""
    locked = Episode.objects.select_for_update().get(pk=episode.pk)
    if not locked.is_open:
        raise ValidationError("This episode is closed or was entered in error. Open a new one to continue treatment.")
    return locked


def _set_code(episode, before=None):
    """Give the code its classification, and take the code of the condition where none is typed.

    A code that is left over from another condition gives way to the one of the new condition.
    """
    if episode.condition and episode.condition not in conditions():
        raise ValidationError({"condition": NOT_LISTED})
    is_new_condition = episode.condition and episode.condition != (before or {}).get("condition", "")
    is_left_over = before and episode.diagnosis_code == before["diagnosis_code"]
    if is_new_condition and (not episode.diagnosis_code or is_left_over):
        episode.diagnosis_code = conditions()[episode.condition].code(registry.code_system())
    elif is_left_over:
        return
    system = CodeSystem(registry.code_system())
    if is_only_in_other_system(episode.diagnosis_code, system):
        sentence = f"This code is from another classification. Enter a code of {system.label}."
        raise ValidationError({"diagnosis_code": sentence})
    episode.code_system = system.value if episode.diagnosis_code else ""


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
        last = last_day_of(day, episode.onset_precision) if name == "onset_on" and day else day
        if day and day > timezone.localdate():
            refusals[name] = "This date is in the future."
        elif day and episode.patient.is_born_after(last):
            refusals[name] = "This date is before the patient’s birth date."
    if episode.closed_on and episode.closed_on < episode.opened_on:
        refusals["closed_on"] = "An episode cannot be closed before it was opened."
    if episode.patient.died_on and episode.opened_on > episode.patient.died_on:
        refusals["opened_on"] = "The patient died before this date."
    return refusals
