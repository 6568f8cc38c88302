"""What a patient who reports a warning sign after needling is told to do at once."""

from treatments.models.follow_up_answers import WarningSign

# Emergency help at once, as the patient copy says too [@mintken-2025]. With the others the patient calls the clinic.
EMERGENCY = frozenset({WarningSign.BREATH, WarningSign.CHEST})


def is_emergency(signs):
    """Whether one of these WarningSigns needs emergency help rather than a call to the clinic."""
    return bool(EMERGENCY & set(signs))
