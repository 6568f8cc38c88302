"""What was done, and what it changed."""

from .amendment import Amendment
from .catalogue import Muscle, Threshold, TriggerPoint
from .event import AdverseEvent, FollowUp
from .event_report import EventReport
from .measurement import Measurement
from .needle import Needle
from .needling import Needling
from .reader import ChartReader
from .session import TreatmentSession
from .warning_answer import WarningAnswer

__all__ = [
    "AdverseEvent",
    "Amendment",
    "ChartReader",
    "EventReport",
    "FollowUp",
    "Measurement",
    "Muscle",
    "Needle",
    "Needling",
    "Threshold",
    "TreatmentSession",
    "TriggerPoint",
    "WarningAnswer",
]
