"""Alerts about a patient that come from the apps above this one, beside the precautions of the screening."""

from dataclasses import dataclass
from datetime import datetime

from patients.registry import registry


@dataclass(frozen=True)
class Alert:
    """One thing that every page about the patient shows, with a link to where it is recorded.

    `question_key` names the screening question that it is an answer to, if any; `means_yes` whether that answer is
    yes for those who have not asked the patient since `known_at`.
    """

    key: str
    label: str
    sentence: str
    url: str
    is_urgent: bool
    known_at: datetime
    question_key: str = ""
    means_yes: bool = False


def alerts_of(patient):
    """The Alerts about a patient. As many queries as there are registered providers: one."""
    return alerts_by_patient([patient])[patient.pk]


def alerts_by_patient(patients):
    """{patient id: [Alert, ...]}, from all registered providers."""
    found = {patient.pk: [] for patient in patients}
    for provider in registry.alert_providers:
        for pk, alerts in provider(patients).items():
            found[pk] += alerts
    return found


def alerts_to_ask_about(alerts, screening):
    """Those of the Alerts that mean yes to a question and became known after this Screening was taken."""
    return [alert for alert in alerts if alert.means_yes and (not screening or alert.known_at > screening.taken_at)]
