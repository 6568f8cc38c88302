"""What people do with patients' records: one verb a function, one transaction, by= the person."""

from patients.audit.recording import record_created, record_trail

from .consents import draft_form, give_consent, publish_form, record_refusal, withdraw_consent
from .episodes import close_episode, open_episode, update_episode
from .people import StalePatient, checked_patient, register_patient, register_patients, update_patient
from .questions import add_question, revise_question
from .screenings import Said, confirm_screening, take_screening

__all__ = [
    "Said",
    "StalePatient",
    "add_question",
    "checked_patient",
    "close_episode",
    "confirm_screening",
    "draft_form",
    "give_consent",
    "open_episode",
    "publish_form",
    "record_created",
    "record_refusal",
    "record_trail",
    "register_patient",
    "register_patients",
    "revise_question",
    "take_screening",
    "update_episode",
    "update_patient",
    "withdraw_consent",
]
