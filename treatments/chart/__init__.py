"""Charts of one patient's sessions: pain course, outcome measure courses and heat map. Only reads."""

from .heat_map import MuscleHeat, heat_by_side, heat_map
from .measure_course import MeasureDrawing, draw_measure_course
from .pain_course import PainCourse, PainScore, draw_pain_course, pain_scores_of

__all__ = [
    "MeasureDrawing",
    "MuscleHeat",
    "PainCourse",
    "PainScore",
    "draw_measure_course",
    "draw_pain_course",
    "heat_by_side",
    "heat_map",
    "pain_scores_of",
]
