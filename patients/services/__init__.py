"""What people do with patients' records: one verb a function, one transaction, by= the person."""

from .episodes import close_episode, open_episode, update_episode
from .people import StalePatient, checked_patient, register_patient, register_patients, update_patient
from .screenings import take_screening
from .trail import record_created, record_trail

__all__ = [
    "StalePatient",
    "checked_patient",
    "close_episode",
    "open_episode",
    "record_created",
    "record_trail",
    "register_patient",
    "register_patients",
    "take_screening",
    "update_episode",
    "update_patient",
]
