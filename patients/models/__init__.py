"""Who is treated, and for which complaint."""

from .episode import BodyRegion, Episode
from .patient import NameGram, Patient, RecordNumberCounter
from .screening import Screening, ScreeningAnswer, ScreeningQuestion
from .trail import TrailEntry

__all__ = [
    "BodyRegion",
    "Episode",
    "NameGram",
    "Patient",
    "RecordNumberCounter",
    "Screening",
    "ScreeningAnswer",
    "ScreeningQuestion",
    "TrailEntry",
]
