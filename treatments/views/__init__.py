"""Pages of the treatment record."""

from .assessments import (
    assessment_amend,
    assessment_detail,
    assessment_edit,
    assessment_print,
    assessment_prove,
    assessment_start,
    assessment_withdraw,
)
from .case_reports import case_report_export, case_report_print, episode_report_export, episode_report_print
from .charts import muscle_history, patient_chart
from .day import running_timers, today
from .error_marks import error_mark_create, error_mark_detail
from .events import event_create, event_detail, event_report
from .exercises import exercise_create, exercise_picture, exercise_report, patient_exercises
from .fact_reviews import fact_list, fact_review, fact_reviews_export, fact_reviews_import
from .follow_ups import follow_up_create
from .help import help
from .lots import lot_export, needle_lots, needle_trace
from .outcomes import patient_outcomes, score_correct, score_create
from .patient_copy import (
    exercises_pdf,
    exercises_print,
    exercises_send,
    session_copy,
    session_copy_pdf,
    session_copy_send,
)
from .questionnaires import (
    questionnaire_by_patient,
    questionnaire_create,
    questionnaire_hand_over,
    questionnaire_take_back,
)
from .records import session_amend, session_detail, session_hand_over, session_print, session_withdraw
from .second_opinions import stop_second
from .sessions import session_copy_setup, session_edit, session_sign
from .signing import session_prove
from .starting import session_start

__all__ = [
    "assessment_amend",
    "assessment_detail",
    "assessment_edit",
    "assessment_print",
    "assessment_prove",
    "assessment_start",
    "assessment_withdraw",
    "case_report_export",
    "case_report_print",
    "episode_report_export",
    "episode_report_print",
    "error_mark_create",
    "error_mark_detail",
    "event_create",
    "event_detail",
    "event_report",
    "exercise_create",
    "exercise_picture",
    "exercise_report",
    "exercises_pdf",
    "exercises_print",
    "exercises_send",
    "fact_list",
    "fact_review",
    "fact_reviews_export",
    "fact_reviews_import",
    "follow_up_create",
    "help",
    "lot_export",
    "muscle_history",
    "needle_lots",
    "needle_trace",
    "patient_chart",
    "patient_exercises",
    "patient_outcomes",
    "questionnaire_by_patient",
    "questionnaire_create",
    "questionnaire_hand_over",
    "questionnaire_take_back",
    "score_correct",
    "score_create",
    "session_amend",
    "session_copy",
    "session_copy_pdf",
    "session_copy_send",
    "session_copy_setup",
    "session_detail",
    "session_edit",
    "session_hand_over",
    "session_print",
    "session_prove",
    "session_sign",
    "session_start",
    "session_withdraw",
    "stop_second",
    "running_timers",
    "today",
]
