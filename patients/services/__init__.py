"""What people do with patients' records. Each service is one transaction; `by` is the user who acts."""

from patients.audit.recording import (
    add_audit_entry,
    add_created_entries,
    add_entry_about_many,
    add_strangers_refusal,
)

from .body_measures import record_body_measure
from .consents import draft_form, give_consent, publish_form, record_refusal, withdraw_consent
from .contacts import change_contact, end_contact, record_contact
from .episodes import close_episode, open_episode, update_episode
from .families import leave_family, link_family
from .identifiers import record_identifier, remove_identifier
from .imported_alerts import confirm_imported_alert, end_imported_alert
from .imports import (
    choose_for_import,
    discard_import,
    store_import,
    store_table,
    undo_import,
    upload_import,
)
from .legal_holds import lift_legal_hold, place_legal_hold
from .merge_requests import ask_for_merge, decline_merge, keep_record
from .merges import confirm_merge, undo_merge
from .people import StalePatient, checked_patient, register_patient, register_patients, update_patient
from .questions import add_question, revise_question
from .screenings import Answer, confirm_screening, keep_patient_answers, take_screening
from .trail import record_trail_export

__all__ = [
    "upload_import",
    "undo_import",
    "store_table",
    "store_import",
    "discard_import",
    "choose_for_import",
    "Answer",
    "StalePatient",
    "add_question",
    "checked_patient",
    "ask_for_merge",
    "close_episode",
    "confirm_imported_alert",
    "confirm_merge",
    "end_imported_alert",
    "confirm_screening",
    "keep_patient_answers",
    "decline_merge",
    "keep_record",
    "draft_form",
    "give_consent",
    "leave_family",
    "lift_legal_hold",
    "link_family",
    "open_episode",
    "publish_form",
    "add_created_entries",
    "add_entry_about_many",
    "add_strangers_refusal",
    "record_body_measure",
    "change_contact",
    "end_contact",
    "record_contact",
    "record_identifier",
    "record_refusal",
    "remove_identifier",
    "record_trail_export",
    "add_audit_entry",
    "place_legal_hold",
    "register_patient",
    "register_patients",
    "revise_question",
    "take_screening",
    "undo_merge",
    "update_episode",
    "update_patient",
    "withdraw_consent",
]
