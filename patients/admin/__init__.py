"""The admin of patients' records, screening questions and consent forms."""

from .consents import ConsentAdmin, ConsentFormAdmin
from .imports import FileImportAdmin
from .long_lists import LatestFirst
from .merges import PatientMergeAdmin
from .questions import ScreeningQuestionAdmin
from .read_only import MarksError, NeverDeleted, ReadOnly, ReadOnlyInline
from .records import EpisodeAdmin, PatientAdmin, ScreeningAdmin
from .searching import ListsPatients, SearchesPatients
from .trail import TrailEntryAdmin

__all__ = [
    "ConsentAdmin",
    "ConsentFormAdmin",
    "EpisodeAdmin",
    "LatestFirst",
    "FileImportAdmin",
    "ListsPatients",
    "MarksError",
    "NeverDeleted",
    "PatientAdmin",
    "PatientMergeAdmin",
    "ReadOnly",
    "ReadOnlyInline",
    "ScreeningAdmin",
    "ScreeningQuestionAdmin",
    "SearchesPatients",
    "TrailEntryAdmin",
]
