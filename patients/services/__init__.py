"""What people do with patients' records. Each service is one transaction; `by` is the user who acts."""

from patients.audit.recording import add_audit_entry, add_created_entries

from .body_measures import record_body_measure
from .consents import draft_form, give_consent, publish_form, record_refusal, withdraw_consent
from .episodes import close_episode, open_episode, update_episode
from .families import leave_family, link_family
from .people import StalePatient, checked_patient, register_patient, register_patients, update_patient
from .questions import add_question, revise_question
from .screenings import Answer, confirm_screening, keep_patient_answers, take_screening

__all__ = [
    "Answer",
    "StalePatient",
    "add_question",
    "checked_patient",
    "close_episode",
    "confirm_screening",
    "keep_patient_answers",
    "draft_form",
    "give_consent",
    "leave_family",
    "link_family",
    "open_episode",
    "publish_form",
    "add_created_entries",
    "record_body_measure",
    "record_refusal",
    "add_audit_entry",
    "register_patient",
    "register_patients",
    "revise_question",
    "take_screening",
    "update_episode",
    "update_patient",
    "withdraw_consent",
]
