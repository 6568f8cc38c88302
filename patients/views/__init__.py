"""Pages about patients."""

from .body_measures import body_measures
from .consents import consent_create, consent_detail, consent_pdf, consent_withdraw
from .contacts import contact_edit, patient_contacts
from .episodes import episode_close, episode_create, episode_edit
from .families import desk_note, patient_family
from .identifiers import identifiers
from .imported_alerts import imported_alerts
from .imports import import_detail, import_list, import_progress
from .merges import merge_create, merge_detail, merge_list
from .people import patient_create, patient_detail, patient_edit, patient_search
from .screenings import screening_confirm, screening_create
from .sources import source_list
from .tablet import (
    consent_by_patient,
    consent_hand_over,
    consent_take_back,
    screening_by_patient,
    screening_hand_over,
    screening_take_back,
)

__all__ = [
    "body_measures",
    "consent_by_patient",
    "consent_create",
    "consent_detail",
    "consent_hand_over",
    "consent_pdf",
    "consent_take_back",
    "consent_withdraw",
    "contact_edit",
    "desk_note",
    "identifiers",
    "imported_alerts",
    "import_detail",
    "import_list",
    "import_progress",
    "episode_close",
    "episode_create",
    "episode_edit",
    "merge_create",
    "merge_detail",
    "merge_list",
    "patient_contacts",
    "patient_create",
    "patient_detail",
    "patient_edit",
    "patient_family",
    "patient_search",
    "screening_by_patient",
    "screening_confirm",
    "screening_create",
    "screening_hand_over",
    "screening_take_back",
    "source_list",
]
