"""Start and save sessions."""

from copy import copy

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clinic.models import Appointment, Practitioner
from patients.audit.recording import record_trail
from patients.integrity.authorization import needs, require
from patients.integrity.changes import differences, row_differences, state_of
from patients.models import Patient, TrailEntry
from treatments.models import Measurement, Needling, TreatmentSession
from treatments.permissions import may_start_sessions, may_write_sessions
from treatments.record import bounds
from treatments.record.authorship import may_write
from treatments.record.fields import NEEDLING, SESSION, names
from treatments.safety import against_copying
from treatments.safety.past_events import known_before, past_events_of
from treatments.services.signing import draft_to_write

from .answers import replace_answers
from .refusals import database_refusals
from .signing import locked_draft, sign_session
from .visits import move_visit_on

# What a new session takes over: the set-up. Never what was found or done: pain, insertions, twitch, events, consent.
SETUP_FIELDS = names(NEEDLING, "copied")
SETUP_OF_SESSION = names(SESSION, "copied")
RECENT_SAVES = 50


class StaleSession(ValidationError):
    """The session was saved by somebody else, or in another tab, after this page was opened."""


class NotSigned(ValidationError):
    """The draft is saved, but it cannot be signed yet."""


@needs(may_start_sessions)
@transaction.atomic
def start_session(patient, *, by, session_id, appointment=None):
    """Open a draft, from an appointment or without one, with last time's set-up. Starting twice starts once."""
    # The patient's row is the lock: two presses of Start come one after the other, and see each other's session.
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    appointment = appointment and Appointment.objects.select_for_update().get(pk=appointment.pk)
    _refuse_start(patient, by, appointment)
    started = TreatmentSession.objects.filter(pk=session_id) | TreatmentSession.objects.filter(
        appointment__isnull=False, appointment=appointment
    )
    if session := started.first():
        return _same_patient(session, patient)
    session = TreatmentSession(
        pk=session_id,
        patient=patient,
        episode=_only_open_episode(patient),
        practitioner=by.practitioner,
        appointment=appointment,
        started_at=timezone.now().replace(second=0, microsecond=0),
        saved_by=by,
    )
    session.save(force_insert=True)
    record_trail(TrailEntry.Action.CREATE, by=by, record=session, changes=differences(None, session))
    if appointment:
        move_visit_on(appointment, Appointment.Status.IN_SESSION, by=by)
    return copy_setup(session, by=by)


def _refuse_start(patient, by, appointment):
    if not Practitioner.objects.active().filter(user=by).exists():
        raise ValidationError("Only a practitioner can start a session. Ask the admin to add you as one.")
    if sentence := patient.why_not_treatable:
        raise ValidationError(sentence)
    if appointment and appointment.patient_id != patient.pk:
        raise ValidationError("This appointment belongs to another patient.")
    if appointment and appointment.status in (Appointment.Status.CANCELLED, Appointment.Status.NO_SHOW):
        raise ValidationError("This appointment was cancelled or missed. Book a new one, or start without it.")


def _same_patient(session, patient):
    if session.patient_id != patient.pk:
        raise ValidationError("This session belongs to another patient.")
    return session


def _only_open_episode(patient):
    episodes = list(patient.episodes.open()[:2])
    return episodes[0] if len(episodes) == 1 else None


@needs(may_write_sessions)
@transaction.atomic
def copy_setup(session, *, by, past_events_are_known=False):
    """Take over muscles, points, needles, depth and technique of the last session of this complaint.

    Nothing is copied past an adverse event that safety.against_copying() names, unless the person has been shown it
    and copies all the same: `past_events_are_known`.
    """
    require(may_write(by, session), "Only the physiotherapist whose session it is can copy into it.")
    last = _last_session_before(session)
    if last is None or session.needlings.exists():
        return session
    if not past_events_are_known and events_against_copying(session, last):
        return session
    today = timezone.localdate(session.started_at)
    before = state_of(session)
    rows = last.needlings.filter(muscle__is_active=True).select_related("needle")
    copies = Needling.objects.bulk_create(_setup_of(row, session, today) for row in rows)
    session.copied_from = last
    for field in SETUP_OF_SESSION:
        setattr(session, field, getattr(last, field))
    session.saved_by = by
    session.save(update_fields=["copied_from", *SETUP_OF_SESSION, "saved_by", "saved_at"])
    changes = differences(before, session) | row_differences([], copies)
    record_trail(TrailEntry.Action.CHANGE, by=by, record=session, changes=changes, note="Set-up copied")
    return session


def events_against_copying(session, last, *, past_events=None):
    """The PastEvents for which the set-up of `last` is not copied into this session without a question.

    One query, none when the patient's `past_events` are given.
    """
    events = past_events_of(session.patient) if past_events is None else past_events
    on = timezone.localdate(session.started_at)
    return against_copying(known_before(session, events, on=on), last)


@needs(may_write_sessions)
@transaction.atomic
def save_and_copy_setup(session, *, by, **draft):
    """Store a draft as the page shows it, then copy last time's set-up into it in spite of what happened since.

    `draft` is what save_draft takes. The page has shown the events and the physiotherapist has said to copy. Raises
    ValidationError as save_draft does. Returns the session; rows that are there already are left alone.
    """
    saved = save_draft(session, by=by, **draft)
    return copy_setup(saved, by=by, past_events_are_known=True)


def _last_session_before(session):
    earlier = (
        TreatmentSession.objects.standing()
        .filter(patient_id=session.patient_id, episode_id=session.episode_id, started_at__lte=session.started_at)
        .exclude(pk=session.pk)
    )
    return earlier.filter(needlings__isnull=False).latest_first().first()


def _setup_of(row, session, today):
    fields = ["sort_order", "muscle", "side", *SETUP_FIELDS]
    copy = Needling(session=session, **{field: getattr(row, field) for field in fields})
    if copy.needle and not copy.needle.is_usable_on(today):
        copy.needle = None
    return copy


@needs(may_write_sessions)
@database_refusals()
@transaction.atomic
def save_draft(
    session, *, by, version, token, values, needlings, measurements, events, answers=(), follows=None, settles=None
):
    """Store a draft as the page shows it.

    `version` is what the page was opened with: StaleSession when the stored one has moved on, unless `token` shows
    that this very save has arrived before, or `follows`, the token of the sender's previous save, that nobody else
    has saved since. `settles` is the token of a refused save that this one decides upon: it counts as arrived, too.
    `values` are the session's own fields; `needlings`, `measurements` and
    `events` are unsaved rows that replace the stored ones by their ids; `answers` are unsaved WarningAnswers that
    replace the stored ones by what they answer. Returns the session. Raises ValidationError for what cannot be true.
    """
    locked = draft_to_write(session, by=by)
    if str(token) in locked.recent_saves:
        return locked
    if locked.version != version and locked.recent_saves[-1:] != [str(follows)]:
        raise StaleSession("This session was changed after you opened it. Compare both versions.", code="stale")
    before = state_of(locked)
    for field, value in values.items():
        setattr(locked, field, value)
    on = timezone.localdate(locked.started_at)
    _refuse_implausible(locked, needlings, measurements, on=on)
    # Rows change only with the version: what was loaded with this version is what is stored.
    stored = session if session.version == locked.version else locked
    _refuse_recalled(stored.needlings.all(), needlings, on=on)
    changes = _replace_rows(Needling, locked, stored.needlings.all(), needlings)
    changes |= _replace_rows(Measurement, locked, stored.measurements.all(), measurements)
    changes |= _replace_events(locked, stored.reactions, events, by)
    changes |= replace_answers(locked, stored.warning_answers.all(), answers, by)
    locked.version += 1
    locked.recent_saves = [*locked.recent_saves, *([str(settles)] if settles else []), str(token)][-RECENT_SAVES:]
    locked.saved_by = by
    locked.save()
    record_trail(TrailEntry.Action.CHANGE, by=by, record=locked, changes=differences(before, locked) | changes)
    return locked


@needs(may_write_sessions)
def save_and_sign(session, *, by, **draft):
    """Store a draft as the page shows it and sign it, in one transaction: what is signed is what the signer saw.

    `draft` is what save_draft takes. Raises ValidationError as save_draft does, and then nothing is saved; raises
    NotSigned with the sentences of sign_session when the draft is saved but is not complete. Returns the session.
    """
    with database_refusals(), transaction.atomic():
        _hold_for_signing(session)
        saved = save_draft(session, by=by, **draft)
        try:
            with transaction.atomic():
                return sign_session(saved, by=by)
        except ValidationError as refusal:
            not_signed = NotSigned(refusal.messages)
    raise not_signed


def _hold_for_signing(session):
    """Lock what signing changes before the save writes into the patient's trail, in the order of all who write there:
    two who wait for each other would both lose.
    """
    locked = locked_draft(session)
    Patient.objects.select_for_update(no_key=True).get(pk=locked.patient_id)
    Appointment.objects.select_for_update().filter(pk=locked.appointment_id).first()


def _refuse_implausible(session, needlings, measurements, *, on):
    if errors := bounds.session_errors(session):
        raise ValidationError(errors)
    for row in needlings:
        if errors := bounds.needling_errors(row, on=on):
            raise ValidationError(errors)
    for row in measurements:
        if errors := bounds.measurement_errors(row):
            raise ValidationError(errors)


def _refuse_recalled(stored, needlings, *, on):
    """A recalled lot is not chosen any more. Where it was chosen before it stays, so that its use can be traced."""
    before = {row.pk: row.needle_id for row in stored}
    for row in needlings:
        if row.needle and row.needle.is_recalled_on(on) and before.get(row.pk) != row.needle_id:
            raise ValidationError({"needle": f"Lot {row.needle.lot} was recalled. Choose another."})


def _replace_rows(model, session, stored, rows):
    """Make the stored rows of a draft the given ones, touching only what differs. Returns the differences."""
    before = {row.pk: row for row in stored}
    for order, row in enumerate(rows):
        row.session, row.sort_order = session, order
    new = [row.pk for row in rows if row.pk not in before]
    if new and model.objects.filter(pk__in=new).exists():
        # Ids come from the browser: one that is taken belongs to somebody else's record.
        raise ValidationError("A row of this page belongs to another session. Reload the page.")
    if gone := before.keys() - {row.pk for row in rows}:
        model.objects.filter(pk__in=gone).delete()
    changed = [row for row in rows if row.pk not in before or _values(row) != _values(before[row.pk])]
    fields = [field.name for field in model._meta.concrete_fields if not field.primary_key]
    model.objects.bulk_create(changed, update_conflicts=True, unique_fields=["id"], update_fields=fields)
    return row_differences(before.values(), rows)


def _values(row):
    return [getattr(row, field.attname) for field in row._meta.concrete_fields]


def _replace_events(session, stored, events, by):
    """Reactions of a draft are known by their type: one of each. Returns the differences."""
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
    return row_differences(at_first, [before.get(type_, event) for type_, event in after.items()])


def _update_event(stored, event):
    if (stored.grade, stored.action) != (event.grade, event.action):
        stored.grade, stored.action = event.grade, event.action
        stored.save(update_fields=["grade", "action"])
