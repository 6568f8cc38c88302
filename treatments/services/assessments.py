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
from treatments.models import Amendment, Assessment
from treatments.permissions import may_amend_sessions, may_start_assessments, may_write_assessments
from treatments.record.assessment_fields import FIELDS
from treatments.record.assessments import assessment_errors, missing_of_assessment
from treatments.record.corrections import with_amendments
from treatments.record.sealing import assessment_hash

from .corrections import prepare_assessment_corrections
from .drafts import count_save, draft_to_write, refuse_stale, set_signed, withdraw
from .refusals import database_refusals
from .signing import Incomplete, sent_before, store_amendment

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
def save_assessment(assessment, *, by, version, token, values, patient_drawing=None, follows=None, settles=None):
    """Store `values`, {field: value}, in a draft and return it.

    With `patient_drawing`, a PatientDrawing that `by` confirms, the drawing becomes that of the assessment. The other
    arguments are those of save_draft. Raises StaleSession when somebody saved since, and ValidationError for values
    that cannot be true and for the drawing of another patient.
    """
    locked = draft_to_write(assessment, by=by)
    if patient_drawing:
        if patient_drawing.patient.person_id != locked.patient_id:
            raise ValidationError("This drawing belongs to another patient. Reload the page.")
        values = values | {"drawing": patient_drawing.drawing}
    if foreign := values.keys() - set(FIELDS):
        raise ValidationError(f"Nobody can type {', '.join(sorted(foreign))}.")
    if str(token) in locked.recent_saves:
        return locked
    refuse_stale(locked, version=version, follows=follows)
    before = field_values(locked)
    for field, value in values.items():
        setattr(locked, field, value)
    if patient_drawing:
        locked.patient_drawing = patient_drawing
    if errors := assessment_errors(locked):
        raise ValidationError(errors)
    count_save(locked, by=by, token=token, settles=settles)
    locked.save()
    add_audit_entry(Action.CHANGE, by=by, record=locked, changes=changes_between(before, locked))
    return locked


@needs(may_write_assessments)
def sign_assessment(assessment, *, by, version, proof):
    """Sign a stored draft of which the signer's page showed this version, and return it.

    `proof` says how `by` proved who they are. Raises StaleSession when it was saved again since, Incomplete when
    something is missing, and ValidationError with code "proof" when only the proof is.
    """
    with database_refusals(), transaction.atomic():
        locked = draft_to_write(assessment, by=by)
        refuse_stale(locked, version=version, follows=None)
        if errors := assessment_errors(locked):
            raise ValidationError(errors)
        if lacking := missing_of_assessment(locked):
            raise Incomplete(lacking)
        before = field_values(locked)
        require_proof(proof)
        set_signed(locked, by=by, at=timezone.now(), proof=proof)
        locked.complaint = locked.episode.complaint
        locked.content_hash = assessment_hash(locked)
        locked.save()
        add_audit_entry(Action.SIGN, by=by, record=locked, changes=changes_between(before, locked))
        return locked


@needs(may_amend_sessions)
@transaction.atomic
def amend_assessment(assessment, *, by, text, reason, proof, id, changes=()):
    """Add an Amendment to a signed assessment and return it. What was signed does not change.

    `changes` are Changes to its values, which count from then on. Without a `text`, the amendment says in words what
    they correct. `id` is chosen by the page; if the page is sent twice, the first amendment is returned. Raises
    ValidationError when the assessment is not signed, something is missing or a value is not possible, and
    OtherContent when the id belongs to another amendment.
    """
    locked = Assessment.objects.select_for_update(of=["self"]).select_related("patient")
    assessment = with_amendments(locked).get(pk=assessment.pk)
    if not assessment.is_signed:
        raise ValidationError("Only a signed assessment can be amended. A draft can be changed directly.")
    require_proof(proof)
    if (corrections := sent_before(id, changes)) is None:
        corrections = prepare_assessment_corrections(assessment, changes)
    amendment = Amendment(id=id, assessment=assessment, text=text.strip(), reason=reason.strip(), signed_by=by)
    amendment.proved_by_means = proof
    return store_amendment(amendment, corrections, by=by)


@needs(may_write_assessments)
@transaction.atomic
def withdraw_assessment(assessment, *, by, reason, proof):
    """Withdraw a draft with a reason and return it. It stays readable.

    Raises ValidationError without a reason or a proof.
    """
    return withdraw(draft_to_write(assessment, by=by), by=by, reason=reason, proof=proof)
