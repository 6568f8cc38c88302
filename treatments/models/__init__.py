"""The treatment record: sessions with their rows, adverse events, scores, the catalogue and summaries."""

from .amendment import Amendment
from .assessment import Assessment
from .attachment import Attachment, AttachmentContent
from .catalogue import Muscle, TargetKind, TriggerPoint
from .correction import Correction
from .destroyed_sum import DestroyedSum
from .event import AdverseEvent, FollowUp
from .event_report import EventReport
from .exercise import Exercise, ExercisePicture, ExercisePrescription, ExerciseReport
from .fact_review import FactReview
from .follow_up_answers import FollowUpAnswers, WarningSign
from .letter import Disclosure, Letter
from .measurement import Measurement
from .needle import Needle
from .needling import Needling
from .needling_defaults import NeedlingDefaults
from .outcome import Outcome
from .outcome_score import OutcomeScore
from .patient_drawing import PatientDrawing
from .protocol import Protocol, ProtocolRow, ProtocolUse
from .reader import ChartReader
from .record import with_rows
from .record_check import RecordCheck
from .retention_case import RetentionCase
from .scales import SCALES, Scale
from .session import TreatmentSession
from .session_context import SessionContext
from .snippet import Snippet
from .spread import EventSpread, SpreadSummary
from .summary import Axis, Course, CourseKey, EventSummary, FollowUpFact, SessionFact, SessionSummary
from .threshold import Threshold
from .warning_answer import WarningAnswer

__all__ = [
    "AdverseEvent",
    "Amendment",
    "Assessment",
    "Attachment",
    "AttachmentContent",
    "Axis",
    "ChartReader",
    "Correction",
    "Course",
    "CourseKey",
    "DestroyedSum",
    "Disclosure",
    "EventReport",
    "EventSpread",
    "EventSummary",
    "Exercise",
    "ExercisePicture",
    "ExercisePrescription",
    "ExerciseReport",
    "FactReview",
    "FollowUp",
    "FollowUpAnswers",
    "Letter",
    "Measurement",
    "Muscle",
    "Needle",
    "Needling",
    "NeedlingDefaults",
    "Outcome",
    "OutcomeScore",
    "PatientDrawing",
    "Protocol",
    "ProtocolRow",
    "ProtocolUse",
    "RecordCheck",
    "RetentionCase",
    "SCALES",
    "Scale",
    "SessionContext",
    "FollowUpFact",
    "SessionFact",
    "SessionSummary",
    "Snippet",
    "SpreadSummary",
    "TargetKind",
    "Threshold",
    "TreatmentSession",
    "TriggerPoint",
    "WarningAnswer",
    "WarningSign",
    "with_rows",
]
