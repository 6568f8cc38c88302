"""Pages of the treatment record."""

from .charts import muscle_history, patient_chart
from .day import today
from .follow_ups import follow_up_create
from .records import session_amend, session_copy, session_detail, session_hand_over, session_print, session_withdraw
from .sessions import session_edit, session_sign, session_start

__all__ = [
    "follow_up_create",
    "muscle_history",
    "patient_chart",
    "session_amend",
    "session_copy",
    "session_detail",
    "session_edit",
    "session_hand_over",
    "session_print",
    "session_sign",
    "session_start",
    "session_withdraw",
    "today",
]
