"""What a patient's sessions add up to: the pain course and where the needles went. Only reads."""

from .heat_map import MuscleHeat, heat_by_side, heat_map
from .measure_course import MeasureDrawing, draw_measure_course
from .pain_course import PainCourse, Score, draw_pain_course, scores_of

__all__ = [
    "MeasureDrawing",
    "MuscleHeat",
    "PainCourse",
    "Score",
    "draw_measure_course",
    "draw_pain_course",
    "heat_by_side",
    "heat_map",
    "scores_of",
]
