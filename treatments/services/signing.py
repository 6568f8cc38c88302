"""Sign a session, amend a signed one, or withdraw a draft."""

from contextlib import nullcontext
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clinic.models import Appointment
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values, row_changes
from patients.integrity.proof import require_proof
from patients.models import TrailEntry
from patients.services.once import OtherContent, record_once
from patients.staff import printed_name
from treatments.models import Amendment, Correction, TreatmentSession, WarningAnswer, with_rows
from treatments.permissions import may_amend_sessions, may_write_sessions
from treatments.record.agreed_rows import is_agreed
from treatments.record.basis import basis_of
from treatments.record.basis_changes import changes_during
from treatments.record.bounds import session_errors
from treatments.record.completeness import missing
from treatments.record.context import context_of
from treatments.record.corrections import change_set, sentences
from treatments.record.event_rules import why_not_withdrawable
from treatments.record.sealing import SEAL_VERSION, amendment_hash, content_hash
from treatments.record.visit_kinds import unused_values
from treatments.record.warnings import advice_shown, warning_statuses

from .corrections import contents_of, prepare_corrections, save_corrections
from .drafts import draft_to_write, set_signed, withdraw
from .lots import lock_lots
from .summaries import summarised
from .targets import store_free_entries_of
from .visits import set_visit_status

Action = TrailEntry.Action
Meaning = TreatmentSession.Meaning


class Incomplete(ValidationError):
    """The draft lacks something that signing needs; `lacking` is the list of Missing."""

    def __init__(self, lacking):
        super().__init__([f"Still missing: {item.label}." for item in lacking])
        self.lacking = lacking


@needs(may_write_sessions)
@transaction.atomic
def sign_session(session, *, by, proof):
    """Sign a complete draft with name, time, meaning, proof and the hash of its content, and return it.

    `proof` says how `by` proved who they are, such as "PIN"; it is asked for last. After that the session can no longer
    be changed. Raises Incomplete when something is missing, ValidationError for impossible values, then with code
    "proof" without a proof, and PermissionDenied unless `by` is the author.
    """
    now = timezone.now()
    lock_lots([draft_to_write(session, by=by)], at=now)
    session = with_rows(TreatmentSession.objects).get(pk=session.pk)
    if errors := session_errors(session):
        raise ValidationError(errors)
    basis = basis_of(session, session.needlings.all())
    statuses = warning_statuses(session, precautions=basis.precautions, consents=basis.consents)
    if lacking := missing(session, basis=basis, open_=[status for status in statuses if status.is_open]):
        raise Incomplete(lacking)
    require_proof(proof)
    not_agreed, advice = _answers_without_agreement(session), advice_shown(session, statuses)
    if not_agreed or advice:
        WarningAnswer.objects.filter(pk__in=[answer.pk for answer in not_agreed]).delete()
        WarningAnswer.objects.bulk_create(advice)
        session = with_rows(TreatmentSession.objects).get(pk=session.pk)
    before = field_values(session)
    seal(session, basis, by=by, at=now, proof=proof)
    with summarised(session):
        session.context.save(force_insert=True)
        session.save()
    changes = changes_between(before, session) | row_changes(not_agreed, advice)
    add_audit_entry(Action.SIGN, by=by, record=session, changes=changes)
    if session.appointment_id:
        set_visit_status(session.appointment, Appointment.Status.DONE, by=by)
    return session


def _answers_without_agreement(session):
    """Answers to stops to which no other person has agreed for these rows.

    Their warnings no longer apply, because otherwise signing would have been refused. They are not part of the record.
    """
    author = session.practitioner.user_id
    answers = [answer for answer in session.warning_answers.all() if answer.seconded_by_id]
    rows = session.needlings.all()
    return [answer for answer in answers if answer.seconded_by_id == author or not is_agreed(answer, rows)]


def seal(session, basis, *, by, at, proof):
    """Set signature, proof, Basis, context and hash of a complete draft, loaded `with_rows()`.

    The caller saves the session and its new `context`. What the page hides for this kind of visit is left out.
    """
    own = Meaning.AUTHORED if session.is_with_needling else Meaning.ATTENDED
    set_signed(session, by=by, at=at, proof=proof, meaning=own)
    session.complaint = session.episode.complaint if session.episode else ""
    for field, empty in unused_values(session).items():
        setattr(session, field, empty)
    if session.is_with_needling:  # other visits do not rest on a screening or a consent
        session.screening, session.consent = basis.screening.screening, basis.consent.consent
        session.basis_changes = [change.as_dict() for change in changes_during(basis, with_seals=True)]
    rows = [*session.needlings.all(), *session.measurements.all()]
    session.muscle_names = sorted({row.muscle.slug: str(row.muscle) for row in rows if row.muscle}.items())
    session.context = context_of(session)
    session.content_hash = content_hash(session)


@needs(may_amend_sessions)
@transaction.atomic
def amend_session(session, *, by, text, reason, proof, id, changes=()):
    """Add an Amendment to a signed session and return it. What was signed does not change.

    `changes` are the Changes to values and rows; charts and figures use them from then on. Without a `text`, the
    amendment says in words what they correct. `id` is chosen by the page; if the page is sent twice, the first
    amendment is returned. `proof` says how `by` proved who they are. Raises ValidationError when the session is not
    signed, when the reason, the proof or both text and corrections are empty, or for a value that its field does not
    take, and OtherContent when the id belongs to another amendment.
    """
    session = TreatmentSession.objects.select_for_update(of=("self",)).select_related("patient").get(pk=session.pk)
    if not session.is_signed:
        raise ValidationError("Only a signed session can be amended. A draft can be changed directly.")
    require_proof(proof)
    store_free_entries_of(changes)
    rows = []
    if (corrections := sent_before(id, changes)) is None:
        corrections, rows = prepare_corrections(session, changes)
    amendment = Amendment(id=id, session=session, text=text.strip(), reason=reason.strip(), signed_by=by)
    amendment.proved_by_means = proof
    with summarised(session, by_rows=True) if corrections else nullcontext():
        stored = store_amendment(amendment, corrections, rows, by=by)
        if stored is amendment:
            lock_lots([session], at=amendment.signed_at)
    return stored


def store_amendment(amendment, corrections, rows=(), *, by):
    """Store a new Amendment of a locked record with its unsaved corrections and rows, once for its id, and return it.

    Without a text of its own, it says in words what it corrects. Raises ValidationError if it says nothing, and
    OtherContent when the id belongs to another amendment.
    """
    amendment.text = amendment.text or sentences(corrections)
    if not amendment.text:
        raise ValidationError({"text": "Nothing differs from the record. Correct a value, or write what to add."})
    stored = record_once(
        amendment,
        by=by,
        same=["session_id", "assessment_id", "text", "reason"],
        prepare=partial(seal_amendment, corrections=corrections),
        action=Action.AMEND,
        more_changes=change_set(corrections),
    )
    if stored is amendment:
        save_corrections(amendment, corrections, rows)
    return stored


def sent_before(id, changes):
    """The Corrections of the stored amendment with this id; None if there is none.

    Raises OtherContent if the page now corrects something else.
    """
    if not Amendment.objects.filter(pk=id).exists():
        return None
    corrections = list(Correction.objects.filter(amendment=id))
    sent = {content for change in changes for content in contents_of(change)}
    if not {(one.kind, one.row_id, one.field, one.field and one.value) for one in corrections} <= sent:
        raise OtherContent
    return corrections


def seal_amendment(amendment, *, corrections=()):
    """Give a new Amendment its number, its time and name, and its place in the chain of hashes of its record."""
    before = amendment.record.amendments.order_by("number").last()
    amendment.number = before.number + 1 if before else 1
    amendment.signed_at, amendment.signed_name = timezone.now(), printed_name(amendment.signed_by)
    amendment.previous_hash = (before or amendment.record).content_hash
    amendment.seal_version = SEAL_VERSION
    amendment.content_hash = amendment_hash(amendment, corrections)


@needs(may_write_sessions)
@transaction.atomic
def withdraw_draft(session, *, by, reason, proof):
    """Withdraw a draft with a reason and return it. It stays readable; its appointment can have another session.

    `proof` says how `by` proved who they are. Raises ValidationError without a reason or a proof, and when the draft
    records a significant or serious reaction.
    """
    session = draft_to_write(session, by=by)
    if sentence := why_not_withdrawable(session):
        raise ValidationError(sentence)
    appointment = session.appointment
    withdraw(session, by=by, reason=reason, proof=proof, appointment=None)
    if appointment and appointment.status == Appointment.Status.IN_SESSION:
        set_visit_status(appointment, Appointment.Status.ARRIVED, by=by)
    return session
