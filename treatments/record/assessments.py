"""Assessments: what a draft still needs, what is impossible, and with which earlier one a reassessment is compared."""

from treatments.models import Assessment
from treatments.models.assessment import PAINS
from treatments.record.bounds import PAIN, is_outside, start_error
from treatments.record.completeness import Missing
from treatments.record.corrections import as_corrected_all, is_amended_assessment
from treatments.record.pain_sites import drawing_error, sites_error


def missing_of_assessment(assessment):
    """The list of Missing of a draft. Only red flags are required: everything else may stay empty."""
    lacking = []
    if assessment.is_late_entry and not assessment.late_entry_reason.strip():
        lacking.append(Missing("reason for the late entry", "id_late_entry_reason"))
    if not assessment.red_flags:
        lacking.append(Missing("red flags", "id_red_flags"))
    elif assessment.red_flags != Assessment.RedFlags.NONE and not assessment.red_flags_detail.strip():
        is_found = assessment.red_flags == Assessment.RedFlags.FOUND
        lacking.append(
            Missing("which red flags" if is_found else "why red flags were not asked", "id_red_flags_detail")
        )
    return lacking


def assessment_errors(assessment):
    """{field: message} for what cannot be true in an Assessment."""
    errors = {field: PAIN[-1] for field in PAINS if is_outside(getattr(assessment, field), PAIN)}
    if sentence := start_error(assessment.started_at, assessment.patient):
        errors["started_at"] = sentence
    if sentence := sites_error(assessment.sites):
        errors["sites"] = sentence
    if sentence := drawing_error(assessment.drawing):
        errors["drawing"] = sentence
    return errors


def first_assessment_of(assessment):
    """The first signed assessment of the same episode that counts and was before this one, as it was corrected.

    None if this is the first. One query, and two more if it was amended.
    """
    signed = Assessment.objects.counting().signed().filter(episode=assessment.episode_id)
    earlier = signed.exclude(pk=assessment.pk).filter(started_at__lte=assessment.started_at)
    found = earlier.annotate(amended=is_amended_assessment()).order_by("started_at", "signed_at")
    return next(iter(as_corrected_all(found[:1])), None)
