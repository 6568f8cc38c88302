"""The admin of patients' records and of what patients are asked."""

from .consents import ConsentAdmin, ConsentFormAdmin
from .questions import ScreeningQuestionAdmin
from .read_only import NeverDeleted, ReadOnly, ReadOnlyInline
from .records import OF_PATIENT, EpisodeAdmin, PatientAdmin, ScreeningAdmin

__all__ = [
    "OF_PATIENT",
    "ConsentAdmin",
    "ConsentFormAdmin",
    "EpisodeAdmin",
    "NeverDeleted",
    "PatientAdmin",
    "ReadOnly",
    "ReadOnlyInline",
    "ScreeningAdmin",
    "ScreeningQuestionAdmin",
]
