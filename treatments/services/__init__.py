"""All writes to the treatment record. Each function is one transaction; `by` is the user who acts."""

from .answers import agree_to_stop
from .assessments import amend_assessment, save_assessment, sign_assessment, start_assessment, withdraw_assessment
from .catalogue import load_catalogue
from .documents import send_document
from .error_marks import confirm_error_mark, decline_error_mark, mark_in_error
from .events import record_event, report_event
from .exercises import (
    add_exercise,
    prescribe_exercise,
    record_exercise_report,
    retire_exercise,
    revise_exercise,
)
from .exports import record_outcomes_export
from .fact_reviews import import_fact_reviews, review_fact
from .follow_ups import record_follow_up
from .lots import lift_recall, recall_lot
from .readings import record_reading_of_reasons_alone
from .scores import record_answers, record_outcome_score
from .sessions import save_and_copy_setup, save_and_sign, save_draft, sign_as_shown, start_session
from .setup import copy_setup
from .signing import amend_session, hand_over_draft, sign_session, withdraw_draft
from .summaries import rebuild_summaries

__all__ = [
    "import_fact_reviews",
    "review_fact",
    "amend_assessment",
    "add_exercise",
    "amend_session",
    "confirm_error_mark",
    "copy_setup",
    "decline_error_mark",
    "hand_over_draft",
    "lift_recall",
    "load_catalogue",
    "mark_in_error",
    "prescribe_exercise",
    "rebuild_summaries",
    "recall_lot",
    "record_event",
    "record_exercise_report",
    "record_follow_up",
    "record_answers",
    "record_outcome_score",
    "record_outcomes_export",
    "record_reading_of_reasons_alone",
    "report_event",
    "retire_exercise",
    "revise_exercise",
    "save_and_copy_setup",
    "save_assessment",
    "save_and_sign",
    "save_draft",
    "agree_to_stop",
    "sign_as_shown",
    "sign_assessment",
    "sign_session",
    "start_assessment",
    "send_document",
    "start_session",
    "withdraw_assessment",
    "withdraw_draft",
]
