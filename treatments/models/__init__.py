"""What was done, and what it changed."""

from .amendment import Amendment
from .catalogue import Muscle, Threshold, TriggerPoint
from .event import AdverseEvent, FollowUp
from .measurement import Measurement
from .needle import Needle
from .needling import Needling
from .session import TreatmentSession
from .warning_answer import WarningAnswer

__all__ = [
    "AdverseEvent",
    "Amendment",
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
