"""Alerts about a patient beside the precautions of the screening: what was imported, and those of the apps above."""

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


def alerts_of(patient, known=None):
    """The Alerts about a patient. As many queries as there are registered providers: two. `known` as below."""
    return alerts_by_patient([patient], known)[patient.pk]


def alerts_by_patient(patients, known=None):
    """{patient id: [Alert, ...]}, from all registered providers.

    `known` is {provider: what it returns} of those whose result the page has already; each saves a query.
    """
    found, known = {patient.pk: [] for patient in patients}, known or {}
    for provider in registry.alert_providers:
        for pk, alerts in (known[provider] if provider in known else provider(patients)).items():
            found[pk] += alerts
    return found


def alerts_to_ask_about(alerts, screening):
    """Those of the Alerts that mean yes to a question and became known after this Screening was taken."""
    return [alert for alert in alerts if alert.means_yes and (not screening or alert.known_at > screening.taken_at)]
