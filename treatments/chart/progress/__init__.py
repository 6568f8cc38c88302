"""What became of one patient's complaint: scores, measurements, and pain by what was needled. Only reads.

One patient treated by one clinic has no control group: what is shown here describes, and its pages say so.
"""

from .figures import FEWEST, Figure, figure_of
from .measurement_progress import Measured, measured_of
from .reassessment import Reassessment, reassessment_due
from .responses import MuscleResponse, Response, responses_of
from .score_progress import MeasureCourse, Point, Target, measure_courses, target_of
from .summary import Progress, progress_of, reassessment_of

__all__ = [
    "FEWEST",
    "Figure",
    "MeasureCourse",
    "Measured",
    "MuscleResponse",
    "Point",
    "Progress",
    "Reassessment",
    "Response",
    "Target",
    "figure_of",
    "measure_courses",
    "measured_of",
    "progress_of",
    "reassessment_due",
    "reassessment_of",
    "responses_of",
    "target_of",
]
