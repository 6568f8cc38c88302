"""Start, save, sign and withdraw letters, send them, and record to whom they were given."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from clinic.diary.messages import why_no_email
from clinic.diary.messaging import messenger
from clinic.models import Practitioner
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.integrity.proof import require_proof
from patients.integrity.seal import sha256_of_bytes
from patients.models import Episode, Patient, TrailEntry
from patients.services.once import record_once
from treatments.chart.letter_text import first_draft
from treatments.models import Disclosure, Letter
from treatments.permissions import may_send_letters, may_start_letters, may_write_letters
from treatments.record.letters import FIELDS, can_leave, missing_of_letter, recipient_of, set_names
from treatments.record.sealing import letter_hash

from .documents import deliver
from .drafts import count_save, draft_to_write, refuse_stale, set_signed, withdraw
from .refusals import database_refusals
from .signing import Incomplete

Action = TrailEntry.Action
SUBJECT = "Letter from {site}"
TEXT = """Hello,

The attached letter about a patient is from {site}. It is for {to} alone. If that is not you, please delete it
and tell us.
{call}
Please do not reply to this message.
"""


@needs(may_start_letters)
@transaction.atomic
def start_letter(episode, *, by, kind, id):
    """Start a letter about an episode with a text from its record, and return the draft.

    The draft of this kind that `by` already has there is returned instead. `kind` is a Letter.Kind, `id` is chosen by
    the page. Raises ValidationError when `by` is not an active practitioner, or the episode was entered in error or
    belongs to a merged record.
    """
    Patient.objects.select_for_update(no_key=True).get(pk=episode.patient_id)
    episode = Episode.objects.select_related("patient").get(pk=episode.pk)
    practitioner = Practitioner.objects.active().filter(user=by).first()
    if practitioner is None:
        raise ValidationError("Only a practitioner can write a letter. Ask the admin to add you as one.")
    if kind not in Letter.Kind.values:
        raise ValidationError("Choose the kind of letter from the list.")
    mine = Letter.objects.filter(patient=episode.patient)
    started = mine.filter(pk=id) | mine.drafts().filter(episode=episode, practitioner=practitioner, kind=kind)
    if letter := started.first():
        return letter
    if episode.error_mark_id or episode.patient.merged_into_id:
        raise ValidationError("This episode was entered in error, or its record was merged into another one.")
    subject, body = first_draft(episode, kind, author=practitioner)
    letter = Letter(pk=id, patient=episode.patient, episode=episode, practitioner=practitioner, kind=kind, saved_by=by)
    letter.opened_at, letter.subject, letter.body = timezone.now(), subject, body
    for field, value in recipient_of(episode, kind).items():
        setattr(letter, field, value)
    letter.save(force_insert=True)
    add_audit_entry(Action.CREATE, by=by, record=letter, changes=changes_between(None, letter))
    return letter


@needs(may_write_letters)
@database_refusals()
@transaction.atomic
def save_letter(letter, *, by, version, token, values, follows=None, settles=None):
    """Store `values`, {field: value}, in a draft and return it.

    The other arguments are those of save_draft. Raises StaleSession when somebody saved since.
    """
    locked = draft_to_write(letter, by=by)
    if foreign := values.keys() - set(FIELDS):
        raise ValidationError(f"Nobody can type {', '.join(sorted(foreign))}.")
    if str(token) in locked.recent_saves:
        return locked
    refuse_stale(locked, version=version, follows=follows)
    before = field_values(locked)
    for field, value in values.items():
        setattr(locked, field, value)
    count_save(locked, by=by, token=token, settles=settles)
    locked.save()
    add_audit_entry(Action.CHANGE, by=by, record=locked, changes=changes_between(before, locked))
    return locked


@needs(may_write_letters)
def sign_letter(letter, *, by, version, proof):
    """Sign a stored draft of which the signer's page showed this version, and return it.

    `proof` says how `by` proved who they are. Raises StaleSession when it was saved again since, Incomplete when
    something is missing, and ValidationError with code "proof" when only the proof is.
    """
    with database_refusals(), transaction.atomic():
        locked = draft_to_write(letter, by=by)
        refuse_stale(locked, version=version, follows=None)
        if lacking := missing_of_letter(locked):
            raise Incomplete(lacking)
        before = field_values(locked)
        require_proof(proof)
        set_signed(locked, by=by, at=timezone.now(), proof=proof)
        set_names(locked)
        locked.content_hash = letter_hash(locked)
        locked.save()
        add_audit_entry(Action.SIGN, by=by, record=locked, changes=changes_between(before, locked))
        return locked


@needs(may_write_letters)
@transaction.atomic
def withdraw_letter(letter, *, by, reason, proof):
    """Withdraw a draft with a reason and return it. It stays readable.

    Raises ValidationError without a reason or a proof.
    """
    return withdraw(draft_to_write(letter, by=by), by=by, reason=reason, proof=proof)


@needs(may_send_letters)
def send_letter(letter, *, by, address, patient_agreed, pdf, id):
    """Send a signed letter as PDF to an e-mail address, once for each `id`, which the page chooses.

    Returns its Disclosure, whose `problem` says why if it was not sent, or if nobody can know. Raises ValidationError
    if the letter cannot leave, the patient did not agree or the site sends no e-mail. It is in the audit trail before
    it is sent, and no transaction is open meanwhile, so a slow mail server makes nobody else wait.
    """
    validate_email(address)
    site = letter.practitioner.site
    with transaction.atomic():
        if why := why_no_email(site):
            raise ValidationError(f"The e-mail was not sent: {why}")
        email = messenger("email")
        sent = Disclosure(pk=id, way=Disclosure.Way.EMAIL, address=address, state=Disclosure.State.UNKNOWN)
        sent.document_hash = sha256_of_bytes(pdf)
        stored = _record(sent, letter, by, patient_agreed)
    if stored is not sent:
        return stored
    call = f"\nIf you have questions, call {site.phone}.\n" if site.phone else ""
    text = TEXT.format(site=site.name, to=letter.recipient_name, call=call)
    document = (f"letter-{letter.dated_at:%Y-%m-%d}.pdf", pdf)
    texts = {"subject": SUBJECT.format(site=site.name), "text": text}
    problem, is_known = deliver(email, to=address, reference=f"letter-{id}", document=document, **texts)
    return _settle(sent, by, problem, is_known)


@needs(may_send_letters)
@transaction.atomic
def record_letter_given(letter, *, by, way, address, patient_agreed, id):
    """Record that a signed letter went out on paper, by `way` Disclosure.Way.POST or PATIENT; return the Disclosure.

    `id` is chosen by the page; if the page is sent twice, the first one is returned. Raises ValidationError if the
    letter cannot leave, the patient did not agree, or the address is missing.
    """
    if way == Disclosure.Way.EMAIL:
        raise ValidationError("A letter that goes by e-mail cannot be recorded as sent on paper.")
    given = Disclosure(pk=id, way=way, state=Disclosure.State.SENT)
    given.address = "" if way == Disclosure.Way.PATIENT else address.strip()
    return _record(given, letter, by, patient_agreed)


def _record(disclosure, letter, by, patient_agreed):
    locked = Letter.objects.select_for_update(of=["self"]).get(pk=letter.pk)
    if not can_leave(locked):
        raise ValidationError("This letter cannot be sent, because it is not signed or was entered in error.")
    if not patient_agreed:
        raise ValidationError({"patient_agreed": "Ask the patient first, and record that they agree."})
    disclosure.letter, disclosure.patient_agreed, disclosure.disclosed_by = locked, True, by
    disclosure.disclosed_at = timezone.now()
    is_patient = disclosure.way == Disclosure.Way.PATIENT
    disclosure.recipient_name = locked.patient.full_name if is_patient else locked.recipient_name
    return record_once(disclosure, by=by, same=["letter_id", "way", "address"])


@transaction.atomic
def _settle(sent, by, problem, is_known):
    before = field_values(sent)
    state = Disclosure.State
    sent.problem = problem
    if is_known or not problem:
        sent.state = state.NOT_SENT if problem else state.SENT
    sent.save(update_fields=["state", "problem"])
    add_audit_entry(Action.CHANGE, by=by, record=sent, changes=changes_between(before, sent))
    return sent
