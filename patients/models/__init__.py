"""Patients, their episodes of care, screenings and consents, and the audit trail."""

from .body_measure import BodyMeasure
from .consent import Consent, ConsentForm
from .contact import PatientContact
from .destruction import Destruction, DestructionCertificate
from .episode import BodyRegion, Episode
from .error_mark import ErrorMark
from .file_import import FileImport, ImportedRow
from .identifier import PatientIdentifier
from .imported_alert import ImportedAlert
from .legal_hold import LegalHold
from .merge import PatientMerge
from .patient import NameGram, Patient, RecordNumberCounter
from .screening import PatientAnswers, Screening, ScreeningAnswer, ScreeningQuestion
from .trail import TrailEntry

__all__ = [
    "BodyMeasure",
    "BodyRegion",
    "Consent",
    "ConsentForm",
    "Destruction",
    "DestructionCertificate",
    "Episode",
    "ErrorMark",
    "FileImport",
    "ImportedAlert",
    "ImportedRow",
    "LegalHold",
    "NameGram",
    "Patient",
    "PatientAnswers",
    "PatientContact",
    "PatientIdentifier",
    "PatientMerge",
    "RecordNumberCounter",
    "Screening",
    "ScreeningAnswer",
    "ScreeningQuestion",
    "TrailEntry",
]
