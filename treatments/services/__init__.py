"""All writes to the treatment record. Each function is one transaction; `by` is the user who acts."""

from .answers import agree_to_stop
from .assessments import amend_assessment, save_assessment, sign_assessment, start_assessment, withdraw_assessment
from .attachments import add_attachment
from .catalogue import load_catalogue
from .destruction import accept_destruction, ask_for_destruction, carry_out_destruction, refuse_destruction
from .documents import send_document
from .drafts import hand_over_draft
from .error_marks import confirm_error_mark, decline_error_mark, mark_in_error
from .events import record_event, report_event
from .exercises import (
    add_exercise,
    prescribe_exercise,
    record_exercise_report,
    retire_exercise,
    revise_exercise,
)
from .exports import record_emergency_sheet, record_lot_export, record_outcomes_export, record_whole_export
from .fact_reviews import import_fact_reviews, review_fact
from .follow_ups import record_follow_up
from .letters import (
    record_letter_given,
    save_letter,
    send_letter,
    sign_letter,
    start_letter,
    withdraw_letter,
)
from .lots import lift_recall, recall_lot
from .own_defaults import set_own_defaults
from .patient_answers import (
    record_patient_answers,
    record_questions_opening,
    record_wrong_birth_date,
    send_warning_alerts,
)
from .patient_drawings import keep_patient_drawing
from .protocols import (
    make_protocol,
    retire_protocol,
    save_and_make_protocol,
    save_and_use_protocol,
    undo_protocol_use,
    update_protocol,
)
from .readings import record_reading_of_reasons_alone
from .repeated_answers import save_and_repeat_answers
from .scores import record_answers, record_outcome_score
from .sessions import save_and_copy_setup, save_and_sign, save_draft, sign_as_shown, start_session
from .setup import copy_setup
from .signing import amend_session, sign_session, withdraw_draft
from .snippets import add_snippet, retire_snippet, save_and_insert_snippet, update_snippet
from .summary_rebuild import rebuild_summaries

__all__ = [
    "accept_destruction",
    "ask_for_destruction",
    "carry_out_destruction",
    "refuse_destruction",
    "keep_patient_drawing",
    "import_fact_reviews",
    "review_fact",
    "amend_assessment",
    "add_attachment",
    "add_exercise",
    "add_snippet",
    "amend_session",
    "confirm_error_mark",
    "copy_setup",
    "decline_error_mark",
    "hand_over_draft",
    "lift_recall",
    "load_catalogue",
    "make_protocol",
    "mark_in_error",
    "prescribe_exercise",
    "rebuild_summaries",
    "retire_snippet",
    "save_and_insert_snippet",
    "set_own_defaults",
    "update_snippet",
    "recall_lot",
    "record_letter_given",
    "save_letter",
    "send_letter",
    "sign_letter",
    "start_letter",
    "withdraw_letter",
    "record_event",
    "record_exercise_report",
    "record_follow_up",
    "record_answers",
    "record_patient_answers",
    "record_questions_opening",
    "record_wrong_birth_date",
    "send_warning_alerts",
    "record_outcome_score",
    "record_emergency_sheet",
    "record_lot_export",
    "record_outcomes_export",
    "record_reading_of_reasons_alone",
    "record_whole_export",
    "report_event",
    "retire_exercise",
    "retire_protocol",
    "revise_exercise",
    "save_and_copy_setup",
    "save_and_make_protocol",
    "save_assessment",
    "save_and_repeat_answers",
    "save_and_sign",
    "save_and_use_protocol",
    "save_draft",
    "agree_to_stop",
    "sign_as_shown",
    "sign_assessment",
    "sign_session",
    "start_assessment",
    "send_document",
    "start_session",
    "undo_protocol_use",
    "update_protocol",
    "withdraw_assessment",
    "withdraw_draft",
]
