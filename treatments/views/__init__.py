"""Pages of the treatment record."""

from .after_visit_link import after_visit_link
from .assessments import (
    assessment_amend,
    assessment_detail,
    assessment_edit,
    assessment_hand_over,
    assessment_print,
    assessment_prove,
    assessment_start,
    assessment_withdraw,
)
from .attachments import (
    attachment_content,
    attachment_detail,
    attachment_download,
    attachments_export,
    patient_attachments,
)
from .case_reports import case_report_export, case_report_print, episode_report_export, episode_report_print
from .charts import muscle_history, patient_chart
from .day import running_timers, today
from .error_marks import error_mark_create, error_mark_detail
from .events import event_create, event_detail, event_report
from .exercises import exercise_create, exercise_picture, exercise_report, patient_exercises
from .fact_reviews import fact_list, fact_review, fact_reviews_export, fact_reviews_import
from .follow_ups import after_visit_list, after_visit_no_answer, follow_up_create
from .help import help
from .letters import (
    letter_detail,
    letter_edit,
    letter_given,
    letter_hand_over,
    letter_pdf,
    letter_print,
    letter_prove,
    letter_send,
    letter_start,
    letter_withdraw,
    patient_letters,
)
from .lots import lot_export, needle_lots, needle_trace
from .outcomes import patient_outcomes, score_correct, score_create
from .own_defaults import own_defaults, session_insert_snippet, snippet_add, snippet_edit, snippet_retire
from .patient_copy import (
    exercises_pdf,
    exercises_print,
    exercises_send,
    session_copy,
    session_copy_pdf,
    session_copy_send,
)
from .protocols import (
    protocol_edit,
    protocol_list,
    protocol_retire,
    session_make_protocol,
    session_undo_protocol,
    session_use_protocol,
)
from .questionnaires import (
    questionnaire_by_patient,
    questionnaire_create,
    questionnaire_hand_over,
    questionnaire_take_back,
)
from .records import session_amend, session_detail, session_hand_over, session_print, session_withdraw
from .second_opinions import stop_second
from .session_parts import session_parts
from .sessions import session_copy_setup, session_edit, session_repeat_answers, session_sign
from .signing import session_prove
from .starting import session_start
from .tablet import drawing_by_patient, drawing_take_back, tablet_hand_over
from .whole_records import whole_record

__all__ = [
    "after_visit_link",
    "after_visit_list",
    "after_visit_no_answer",
    "assessment_amend",
    "assessment_detail",
    "assessment_edit",
    "assessment_hand_over",
    "assessment_print",
    "assessment_prove",
    "assessment_start",
    "assessment_withdraw",
    "case_report_export",
    "case_report_print",
    "episode_report_export",
    "episode_report_print",
    "drawing_by_patient",
    "drawing_take_back",
    "error_mark_create",
    "error_mark_detail",
    "attachment_content",
    "attachment_detail",
    "attachment_download",
    "attachments_export",
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
    "letter_detail",
    "letter_edit",
    "letter_given",
    "letter_hand_over",
    "letter_pdf",
    "letter_print",
    "letter_prove",
    "letter_send",
    "letter_start",
    "letter_withdraw",
    "patient_letters",
    "lot_export",
    "muscle_history",
    "needle_lots",
    "needle_trace",
    "patient_attachments",
    "patient_chart",
    "patient_exercises",
    "patient_outcomes",
    "protocol_edit",
    "protocol_list",
    "protocol_retire",
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
    "session_repeat_answers",
    "session_detail",
    "session_edit",
    "session_hand_over",
    "session_make_protocol",
    "session_print",
    "session_parts",
    "session_prove",
    "session_sign",
    "session_start",
    "session_undo_protocol",
    "session_use_protocol",
    "session_withdraw",
    "stop_second",
    "running_timers",
    "own_defaults",
    "session_insert_snippet",
    "snippet_add",
    "snippet_edit",
    "snippet_retire",
    "tablet_hand_over",
    "today",
    "whole_record",
]
