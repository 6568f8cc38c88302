"""What the apps above contribute to the pages of this one. They set it in their AppConfig.ready.

An app never names one above it, not even in a string; tests/test_arrows.py checks it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from patients.staff import printed_name


@dataclass
class Registry:
    # The permission of those who treat, as "app.verb_model". The lead of an episode is chosen among them.
    treating_permission: str = "patients.add_episode"
    # Describes a user's training in the words that a patient reads before consenting.
    describe_training: Callable = printed_name
    # The name of the page about a patient that a clinician works from.
    clinical_page: str = "patient_detail"
    # Each takes a list of patients and returns {patient id: [patients.alerts.Alert, ...]} in one query.
    alert_providers: list[Callable] = field(default_factory=list)


registry = Registry()
