"""Patients, their episodes of care, screenings and consents, and the audit trail."""

from .body_measure import BodyMeasure
from .consent import Consent, ConsentForm
from .episode import BodyRegion, Episode
from .error_mark import ErrorMark
from .patient import NameGram, Patient, RecordNumberCounter
from .screening import PatientAnswers, Screening, ScreeningAnswer, ScreeningQuestion
from .trail import TrailEntry

__all__ = [
    "BodyMeasure",
    "BodyRegion",
    "Consent",
    "ConsentForm",
    "Episode",
    "ErrorMark",
    "NameGram",
    "Patient",
    "PatientAnswers",
    "RecordNumberCounter",
    "Screening",
    "ScreeningAnswer",
    "ScreeningQuestion",
    "TrailEntry",
]
