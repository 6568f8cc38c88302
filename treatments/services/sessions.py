"""Start and save sessions."""

import uuid
from copy import copy

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clinic.models import Appointment, Practitioner
from clinic.services.site_access import add_sites
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values, row_changes
from patients.models import Patient, TrailEntry
from treatments.models import Measurement, Needling, TreatmentSession
from treatments.permissions import may_start_sessions, may_write_sessions
from treatments.record import bounds
from treatments.record.fields import SESSION, names
from treatments.record.needle_count import count_token, counted
from treatments.record.needling_times import set_needled_at
from treatments.record.starting import OpenDraft, drafts_of_today, visit_to_start

from .answers import replace_answers
from .drafts import StaleSession, count_save, draft_to_write, locked_draft, refuse_stale
from .refusals import database_refusals
from .setup import copy_setup
from .signing import sign_session
from .targets import store_free_entries
from .visits import set_visit_status


class NotSigned(ValidationError):
    """The draft is saved, but it cannot be signed yet. `lacking` is the list of Missing, if something is missing."""

    def __init__(self, refusal):
        super().__init__(refusal.messages)
        self.lacking = getattr(refusal, "lacking", [])


class NotProved(NotSigned):
    """The draft is saved and can be signed as soon as the author proves who they are."""


@needs(may_start_sessions)
@transaction.atomic
def start_session(patient, *, by, session_id, appointment=None, reason=""):
    """Create a draft with the set-up of the last signed session, and return it.

    `session_id` is chosen by the page. If a session with that id or for that appointment already exists, it is returned
    instead. Without an `appointment` the session takes the visit that the patient has with `by` today, if there is one.
    Raises OpenDraft when the patient already has a draft of today, unless `reason` says why there is another session;
    the audit trail keeps the reason. The practitioner's site becomes a site of the patient. Raises ValidationError when
    this patient cannot be treated, `by` is not an active practitioner or the appointment does not fit.
    """
    # Lock the patient's row, so that of two simultaneous starts the second finds the session of the first.
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    appointment = appointment and Appointment.objects.select_for_update().get(pk=appointment.pk)
    _refuse_start(patient, by, appointment)
    started = TreatmentSession.objects.filter(pk=session_id) | TreatmentSession.objects.counting().filter(
        appointment__isnull=False, appointment=appointment
    )
    if session := started.first():
        return _same_patient(session, patient)
    reason = reason.strip()
    drafts = drafts_of_today(patient)
    if drafts and not reason:
        raise OpenDraft(drafts)
    appointment = appointment or visit_to_start(patient, by.practitioner)
    now = timezone.now()
    session = TreatmentSession(
        pk=session_id,
        patient=patient,
        episode=_only_open_episode(patient),
        practitioner=by.practitioner,
        appointment=appointment,
        started_at=now.replace(second=0, microsecond=0),
        opened_at=now,
        saved_by=by,
    )
    session.save(force_insert=True)
    add_sites(patient, [session.practitioner.site_id], by=by)
    note = f"Another session of the day: {reason}" if drafts else ""
    add_audit_entry(TrailEntry.Action.CREATE, by=by, record=session, changes=changes_between(None, session), note=note)
    if appointment:
        set_visit_status(appointment, Appointment.Status.IN_SESSION, by=by)
    return copy_setup(session, by=by)


def _refuse_start(patient, by, appointment):
    if not Practitioner.objects.active().filter(user=by).exists():
        raise ValidationError("Only a practitioner can start a session. Ask the admin to add you as one.")
    if sentence := patient.why_not_treatable:
        raise ValidationError(sentence)
    if appointment and appointment.patient_id != patient.pk:
        raise ValidationError("This appointment belongs to another patient.")
    if appointment and appointment.status in (Appointment.Status.CANCELLED, Appointment.Status.NO_SHOW):
        raise ValidationError("This appointment was cancelled or missed. Book a new one or start without it.")


def _same_patient(session, patient):
    if session.patient_id != patient.pk:
        raise ValidationError("This session belongs to another patient.")
    return session


def _only_open_episode(patient):
    episodes = list(patient.episodes.open()[:2])
    return episodes[0] if len(episodes) == 1 else None


@needs(may_write_sessions)
@database_refusals()
@transaction.atomic
def save_draft(
    session,
    *,
    by,
    version,
    token,
    values,
    needlings,
    measurements,
    events,
    answers=(),
    recounted="",
    follows=None,
    settles=None,
):
    """Store a draft as the page shows it, and return the session.

    `version` is the version that the page was opened with. Raises StaleSession when the stored version differs, unless
    `follows`, the token of the sender's previous save, is still the last one. A save whose `token` has already been
    stored changes nothing. `settles` is the token of a refused save that this save resolves; it counts as stored, too.
    `values` are the session's own fields. `needlings`, `measurements` and `events` are unsaved rows that replace the
    stored rows, matched by id (events by type). `answers` are unsaved WarningAnswers that replace the stored ones,
    matched by warning and row. `recounted` is the count_token of the rows for which the unchanged needle count was
    confirmed. A row gets the time of needling with its first result. Raises ValidationError for values that cannot be
    true.
    """
    locked = draft_to_write(session, by=by)
    if foreign := values.keys() - set(names(SESSION, "in_form")):
        raise ValidationError(f"Nobody can type {', '.join(sorted(foreign))}.")  # such as when the draft was opened
    if str(token) in locked.recent_saves:
        return locked
    refuse_stale(locked, version=version, follows=follows)
    store_free_entries(needlings)
    before = field_values(locked)
    for field, value in values.items():
        setattr(locked, field, value)
    # Every change of a row increases the version, so rows loaded with this version equal the stored rows.
    stored = session if session.version == locked.version else locked
    set_needled_at(locked, needlings, stored.needlings.all())
    if _is_new_count(before, locked) or recounted == count_token(needlings):
        locked.counted_rows = counted(needlings)
    on = timezone.localdate(locked.started_at)
    _refuse_out_of_bounds(locked, needlings, measurements, on=on)
    _refuse_recalled(stored.needlings.all(), needlings, on=on)
    changes = _replace_rows(Needling, locked, stored.needlings.all(), needlings)
    changes |= _replace_rows(Measurement, locked, stored.measurements.all(), measurements)
    changes |= _replace_events(locked, stored.reactions, events, by)
    changes |= replace_answers(locked, stored.warning_answers.all(), answers, by)
    count_save(locked, by=by, token=token, settles=settles)
    locked.save()
    add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=locked, changes=changes_between(before, locked) | changes)
    return locked


@needs(may_write_sessions)
@transaction.atomic
def save_and_copy_setup(session, *, by, **draft):
    """Store a draft as the page shows it, then copy last time's set-up into it in spite of earlier adverse events.

    `draft` is what save_draft takes. The page has shown the events, and the physiotherapist has decided to copy. Raises
    ValidationError as save_draft does. Returns the session; rows that are there already stay as they are.
    """
    saved = save_draft(session, by=by, **draft)
    return copy_setup(saved, by=by, past_events_are_known=True)


@needs(may_write_sessions)
def save_and_sign(session, *, by, proof, token, **draft):
    """Save a draft as the page shows it and sign it, in one transaction, so that what is signed is what the signer saw.

    `token` and `draft` are the other arguments of save_draft. A page that was saved under this token before is saved
    once more. Returns the session. Raises ValidationError as save_draft does; then nothing is saved. Raises NotSigned
    with the messages of sign_session when the draft is saved but incomplete, and NotProved when it is saved and
    complete, but `proof` is empty.
    """
    with database_refusals(), transaction.atomic():
        held = _hold_for_signing(session)
        if str(token) in held.recent_saves:
            # The stored draft is not what the page shows, if the page was changed since, or another one was saved.
            draft |= {"version": None, "follows": token}
            token = uuid.uuid4()
        saved = save_draft(session, by=by, token=token, **draft)
        try:
            with transaction.atomic():
                return sign_session(saved, by=by, proof=proof)
        except ValidationError as refusal:
            is_unproved = getattr(refusal, "code", "") == "proof"
            not_signed = (NotProved if is_unproved else NotSigned)(refusal)
    raise not_signed


@needs(may_write_sessions)
def sign_as_shown(session, *, by, version, proof):
    """Sign a stored draft of which the signer's page showed this version, and return it.

    Raises StaleSession when it was saved again since, and ValidationError as sign_session does.
    """
    with database_refusals(), transaction.atomic():
        if _hold_for_signing(session).version != version:
            raise StaleSession("This session was changed after you opened this page. Read it again.", code="stale")
        return sign_session(session, by=by, proof=proof)


def _hold_for_signing(session):
    """Lock everything that signing changes before the save writes to the patient's audit trail. Returns the draft.

    All services lock in this order; another order could cause a deadlock.
    """
    locked = locked_draft(session)
    Patient.objects.select_for_update(no_key=True).get(pk=locked.patient_id)
    Appointment.objects.select_for_update().filter(pk=locked.appointment_id).first()
    return locked


def _is_new_count(before, session):
    return any(before[field] != getattr(session, field) for field in ("needles_inserted", "needles_removed"))


def _refuse_out_of_bounds(session, needlings, measurements, *, on):
    if errors := bounds.session_errors(session):
        raise ValidationError(errors)
    for row in needlings:
        if errors := bounds.needling_errors(row, on=on):
            raise ValidationError(errors)
    for row in measurements:
        if errors := bounds.measurement_errors(row):
            raise ValidationError(errors)


def _refuse_recalled(stored, needlings, *, on):
    """Refuse a recalled lot, except in a row that had it before: that use must stay traceable."""
    before = {row.pk: row.needle_id for row in stored}
    for row in needlings:
        if row.needle and row.needle.is_recalled_on(on) and before.get(row.pk) != row.needle_id:
            raise ValidationError({"needle": f"Lot {row.needle.lot} was recalled. Choose another."})


def _replace_rows(model, session, stored, rows):
    """Replace the stored rows of a draft, writing only those that differ. Returns the changes for the audit trail."""
    before = {row.pk: row for row in stored}
    for order, row in enumerate(rows):
        row.session, row.sort_order = session, order
    new = [row.pk for row in rows if row.pk not in before]
    if new and model.objects.filter(pk__in=new).exists():
        # The browser chooses the ids. An id that is already in use belongs to another record.
        raise ValidationError("A row of this page belongs to another session. Reload the page.")
    if gone := before.keys() - {row.pk for row in rows}:
        model.objects.filter(pk__in=gone).delete()
    changed = [row for row in rows if row.pk not in before or _values(row) != _values(before[row.pk])]
    fields = [field.name for field in model._meta.concrete_fields if not field.primary_key]
    model.objects.bulk_create(changed, update_conflicts=True, unique_fields=["id"], update_fields=fields)
    return row_changes(before.values(), rows)


def _values(row):
    return [getattr(row, field.attname) for field in row._meta.concrete_fields]


def _replace_events(session, stored, events, by):
    """Replace the reactions of a draft, at most one of each type. Returns the changes for the audit trail."""
    before = {event.type: event for event in stored}
    at_first = [copy(event) for event in before.values()]
    after = {event.type: event for event in events}
    if gone := before.keys() - after.keys():
        session.events.at_session().filter(type__in=gone).delete()
    for type_, event in after.items():
        if type_ in before:
            _update_event(before[type_], event)
        else:
            event.session, event.recorded_by, event.recorded_at = session, by, timezone.now()
            event.save(force_insert=True)
    return row_changes(at_first, [before.get(type_, event) for type_, event in after.items()])


def _update_event(stored, event):
    if (stored.grade, stored.action) != (event.grade, event.action):
        stored.grade, stored.action = event.grade, event.action
        stored.save(update_fields=["grade", "action"])
