"""Start, save, sign, amend and withdraw assessments."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clinic.models import Practitioner
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.integrity.proof import require_proof
from patients.models import Episode, Patient, TrailEntry
from patients.services.once import record_once
from patients.staff import printed_name
from treatments.models import Amendment, Assessment
from treatments.permissions import may_amend_sessions, may_start_assessments, may_write_assessments
from treatments.record.assessments import FIELDS, assessment_errors, missing_of_assessment
from treatments.record.sealing import SEAL_VERSION, assessment_hash

from .drafts import count_save, draft_to_write, refuse_stale, require_reason, set_withdrawn
from .refusals import database_refusals
from .sessions import NotProved, NotSigned
from .signing import Incomplete, seal_amendment

Action = TrailEntry.Action


@needs(may_start_assessments)
@transaction.atomic
def start_assessment(episode, *, by, id):
    """Create a draft in an open episode and return it; the draft that `by` already has there is returned instead.

    `id` is chosen by the page. Raises ValidationError when the patient cannot be treated, the episode is closed or
    `by` is not an active practitioner.
    """
    patient = Patient.objects.select_for_update(no_key=True).get(pk=episode.patient_id)
    episode = Episode.objects.get(pk=episode.pk)
    practitioner = Practitioner.objects.active().filter(user=by).first()
    if practitioner is None:
        raise ValidationError("Only a practitioner can assess a patient. Ask the admin to add you as one.")
    if sentence := patient.why_not_treatable:
        raise ValidationError(sentence)
    mine = Assessment.objects.filter(patient=patient)
    started = mine.filter(pk=id) | mine.drafts().filter(episode=episode, practitioner=practitioner)
    if assessment := started.first():
        return assessment
    if not episode.is_open:
        raise ValidationError("This episode is closed. Open a new one for this complaint.")
    now = timezone.now()
    assessment = Assessment(pk=id, patient=patient, episode=episode, practitioner=practitioner, saved_by=by)
    assessment.started_at, assessment.opened_at = now.replace(second=0, microsecond=0), now
    assessment.save(force_insert=True)
    add_audit_entry(Action.CREATE, by=by, record=assessment, changes=changes_between(None, assessment))
    return assessment


@needs(may_write_assessments)
@database_refusals()
@transaction.atomic
def save_assessment(assessment, *, by, version, token, values, follows=None, settles=None):
    """Store `values`, {field: value}, in a draft and return it.

    The other arguments are those of save_draft. Raises StaleSession when somebody saved since, and ValidationError
    for values that cannot be true.
    """
    locked = draft_to_write(assessment, by=by)
    if foreign := values.keys() - set(FIELDS):
        raise ValidationError(f"Nobody can type {', '.join(sorted(foreign))}.")
    if str(token) in locked.recent_saves:
        return locked
    refuse_stale(locked, version=version, follows=follows)
    before = field_values(locked)
    for field, value in values.items():
        setattr(locked, field, value)
    if errors := assessment_errors(locked):
        raise ValidationError(errors)
    count_save(locked, by=by, token=token, settles=settles)
    locked.save()
    add_audit_entry(Action.CHANGE, by=by, record=locked, changes=changes_between(before, locked))
    return locked


@needs(may_write_assessments)
def sign_assessment(assessment, *, by, version, proof):
    """Sign a stored draft of which the signer's page showed this version, and return it.

    `proof` says how `by` proved who they are. Raises StaleSession when it was saved again since, NotSigned when
    something is missing, and NotProved when only the proof is.
    """
    with database_refusals(), transaction.atomic():
        locked = draft_to_write(assessment, by=by)
        refuse_stale(locked, version=version, follows=None)
        if errors := assessment_errors(locked):
            raise ValidationError(errors)
        if lacking := missing_of_assessment(locked):
            raise NotSigned(Incomplete(lacking))
        try:
            require_proof(proof)
        except ValidationError as refusal:
            raise NotProved(refusal) from None
        before = field_values(locked)
        locked.status, locked.proved_by_means = Assessment.Status.SIGNED, proof
        locked.signed_at, locked.signed_by, locked.signed_name = timezone.now(), by, printed_name(by)
        locked.signed_meaning = Assessment.Meaning.AUTHORED
        locked.complaint = locked.episode.complaint
        locked.seal_version = SEAL_VERSION
        locked.content_hash = assessment_hash(locked)
        locked.version += 1
        locked.save()
        add_audit_entry(Action.SIGN, by=by, record=locked, changes=changes_between(before, locked))
        return locked


@needs(may_amend_sessions)
@transaction.atomic
def amend_assessment(assessment, *, by, text, reason, proof, id):
    """Add an Amendment in words to a signed assessment and return it. What was signed does not change.

    `id` is chosen by the page; if the page is sent twice, the first amendment is returned. Raises ValidationError when
    the assessment is not signed or something is missing, and OtherContent when the id belongs to another amendment.
    """
    assessment = Assessment.objects.select_for_update(of=["self"]).select_related("patient").get(pk=assessment.pk)
    if not assessment.is_signed:
        raise ValidationError("Only a signed assessment can be amended. A draft can be changed directly.")
    if not text.strip():
        raise ValidationError({"text": "Write what to correct or add."})
    require_proof(proof)
    amendment = Amendment(id=id, assessment=assessment, text=text.strip(), reason=reason.strip(), signed_by=by)
    amendment.proved_by_means = proof
    same = ["assessment_id", "text", "reason"]
    return record_once(amendment, by=by, same=same, prepare=seal_amendment, action=Action.AMEND)


@needs(may_write_assessments)
@transaction.atomic
def withdraw_assessment(assessment, *, by, reason, proof):
    """Withdraw a draft with a reason and return it. It stays readable.

    Raises ValidationError without a reason or a proof.
    """
    locked = draft_to_write(assessment, by=by)
    require_reason(reason)
    require_proof(proof)
    before = field_values(locked)
    set_withdrawn(locked, by=by, reason=reason, proof=proof)
    locked.save()
    add_audit_entry(Action.WITHDRAW, by=by, record=locked, changes=changes_between(before, locked))
    return locked
