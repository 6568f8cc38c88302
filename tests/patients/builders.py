"""Screenings and consents for tests, made through the services."""

from datetime import timedelta

from django.core.management import call_command
from django.utils import timezone

from patients.conflicts import conflicts_between
from patients.consents import current_form, needs_guardian
from patients.models import BodyRegion, Consent, ImportedAlert, ScreeningQuestion
from patients.services import give_consent, record_refusal, take_screening
from patients.services.imported_alerts import record_imported_alerts

# A small drawing as the pad sends it.
STROKES = [[[40, 100], [60, 40], [80, 100]], [[90, 70], [140, 65]]]


def make_screening(patient, *, by):
    """A screening two days ago: yes to fainting, no to everything else. The questions must be loaded."""
    answers = {question: (question.key == "fainting", "") for question in ScreeningQuestion.objects.asked()}
    taken_at, conflicts = timezone.now() - timedelta(days=2), all_conflicts(answers, patient)
    return take_screening(patient, by=by, answers=answers, conflicts=conflicts, taken_at=taken_at)


def all_conflicts(answers, patient):
    """The keys of all conflicts, for screenings of which it does not matter that answers do not fit together."""
    last = patient.screenings.latest_first().first()
    answered = {question: answer[0] for question, answer in answers.items()}
    details = {question.key: " ".join(map(str, answer[1:])) for question, answer in answers.items()}
    return [conflict.key for conflict in conflicts_between(answered, patient, last=last, details=details)]


def make_form():
    call_command("load_consent_form", verbosity=0)
    return current_form()


def agree(patient, *, by, **fields):
    """A valid consent: all regions, everything explained, signed on the screen by the patient or a guardian."""
    values = {
        "form": current_form() or make_form(),
        "method": "written",
        "scope": BodyRegion.values,
        "explained": Consent.NEEDED_POINTS,
        "signing": "drawn",
        "signed_name": patient.full_name,
        "signature": STROKES,
    }
    if needs_guardian(patient, on=timezone.localdate()) and "guardian_name" not in fields:
        values |= {"guardian_name": "Ola Mensah", "guardian_relationship": "Mother", "signed_name": "Ola Mensah"}
    return give_consent(patient, by=by, **(values | fields))


def consent_verbally(patient, *, by, **fields):
    return agree(patient, by=by, **({"method": "verbal", "signing": "", "signed_name": "", "signature": None} | fields))


def decline(patient, *, by, **fields):
    """A refusal after everything was explained."""
    values = {"form": current_form() or make_form(), "explained": Consent.NEEDED_POINTS}
    return record_refusal(patient, by=by, **(values | fields))


def make_imported_alert(patient, *, by, words="Penicillin", **fields):
    """An allergy from a file of another system; `by` is an admin."""
    alert = ImportedAlert(patient=patient, words=words, file_name="allergies.csv", **{"kind": "allergy"} | fields)
    return record_imported_alerts([alert], by=by)[0]
