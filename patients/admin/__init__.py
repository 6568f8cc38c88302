"""The admin of patients' records, screening questions and consent forms."""

from .consents import ConsentAdmin, ConsentFormAdmin
from .questions import ScreeningQuestionAdmin
from .read_only import MarksError, NeverDeleted, ReadOnly, ReadOnlyInline
from .records import PATIENT_SEARCH_FIELDS, EpisodeAdmin, PatientAdmin, ScreeningAdmin

__all__ = [
    "PATIENT_SEARCH_FIELDS",
    "ConsentAdmin",
    "ConsentFormAdmin",
    "EpisodeAdmin",
    "MarksError",
    "NeverDeleted",
    "PatientAdmin",
    "ReadOnly",
    "ReadOnlyInline",
    "ScreeningAdmin",
    "ScreeningQuestionAdmin",
]
