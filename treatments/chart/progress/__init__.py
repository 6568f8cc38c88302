"""The progress of one episode: outcome scores, measurements, and change of pain by muscle needled. Only reads.

A single patient has no control group: these figures describe and prove nothing, and the pages that show them say so.
"""

from .before_visit import BeforeVisit, Due, before_session, before_visit, due_of
from .figures import FEWEST, Figure, figure_of
from .measurement_progress import MeasurementProgress, measurement_progress_of
from .reassessment import Reassessment, reassessment_due
from .responses import MuscleResponse, Response, responses_of
from .score_progress import MeasureCourse, Point, Target, measure_courses, target_of
from .summary import Progress, progress_of, reassessment_of

__all__ = [
    "FEWEST",
    "BeforeVisit",
    "Due",
    "Figure",
    "MeasureCourse",
    "MeasurementProgress",
    "MuscleResponse",
    "Point",
    "Progress",
    "Reassessment",
    "Response",
    "Target",
    "before_session",
    "before_visit",
    "due_of",
    "figure_of",
    "measure_courses",
    "measurement_progress_of",
    "progress_of",
    "reassessment_due",
    "reassessment_of",
    "responses_of",
    "target_of",
]
