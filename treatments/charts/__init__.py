"""What a patient's sessions add up to: the pain course and where the needles went. Only reads."""

from .heat_map import MuscleHeat, heat_by_side, heat_map
from .pain_course import PainCourse, Score, draw_pain_course, scores_of

__all__ = ["MuscleHeat", "PainCourse", "Score", "draw_pain_course", "heat_by_side", "heat_map", "scores_of"]
