"""The treatment record: sessions with their rows, adverse events, scores, the catalogue and summaries."""

from .amendment import Amendment
from .assessment import Assessment
from .catalogue import Muscle, TargetKind, TriggerPoint
from .correction import Correction
from .event import AdverseEvent, FollowUp
from .event_report import EventReport
from .exercise import Exercise, ExercisePicture, ExercisePrescription, ExerciseReport
from .fact_review import FactReview
from .measurement import Measurement
from .needle import Needle
from .needling import Needling
from .outcome import Outcome
from .outcome_score import OutcomeScore
from .reader import ChartReader
from .record import with_rows
from .scales import SCALES, Scale
from .session import TreatmentSession
from .session_context import SessionContext
from .summary import Axis, Course, CourseKey, EventSummary, SessionFact, SessionSummary
from .threshold import Threshold
from .warning_answer import WarningAnswer

__all__ = [
    "AdverseEvent",
    "Amendment",
    "Assessment",
    "Axis",
    "ChartReader",
    "Correction",
    "Course",
    "CourseKey",
    "EventReport",
    "EventSummary",
    "Exercise",
    "ExercisePicture",
    "ExercisePrescription",
    "ExerciseReport",
    "FactReview",
    "FollowUp",
    "Measurement",
    "Muscle",
    "Needle",
    "Needling",
    "Outcome",
    "OutcomeScore",
    "SCALES",
    "Scale",
    "SessionContext",
    "SessionFact",
    "SessionSummary",
    "TargetKind",
    "Threshold",
    "TreatmentSession",
    "TriggerPoint",
    "WarningAnswer",
    "with_rows",
]
