"""Pages about people."""

from .episodes import episode_close, episode_create, episode_edit
from .people import patient_create, patient_detail, patient_edit, patient_search
from .screenings import screening_create

__all__ = [
    "episode_close",
    "episode_create",
    "episode_edit",
    "patient_create",
    "patient_detail",
    "patient_edit",
    "patient_search",
    "screening_create",
]
