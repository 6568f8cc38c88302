"""Imported allergies and alerts: which screening question each is about, and how the banner shows them.

That a word means a question follows from the words of the questions, not from a clinical source.
"""

import re

from django.db.models import F
from django.urls import reverse
from django.utils.text import Truncator

from patients.alerts import Alert
from patients.models import ImportedAlert
from patients.models.patient_key import person
from patients.partial_dates import partial_date_words
from patients.precautions import LONGEST_LABEL

# {key of a screening question: beginnings of words that mean a yes to it, in what other systems write}.
OF_ALLERGIES = {
    "latex": "latex rubber",
    "metal_allergy": "nickel chrom cobalt metal stainless steel",
}
OF_ALERTS = OF_ALLERGIES | {
    "anticoag_deep": "warfarin apixaban rivaroxaban edoxaban dabigatran heparin anticoagul thinner",
    "severe_bleeding_disorder": "haemophil hemophil willebrand thrombocytop",
    "device": "pacemaker defibrillator",
    "epilepsy": "epilep seizure",
    "pregnancy": "pregnan",
    "diabetes": "diabet",
    "lymphoedema_area": "lymphoedema lymphedema",
    "heart_valve": "endocarditis",
    "fainting": "faint syncop vasovagal",
    "needle_phobia": "trypanophobia",
    "immunity": "immunosuppress immunodefic immunocomprom",
    "lung": "pneumothorax emphysema copd",
    "blood_borne": "hepatitis hiv",
}
# Texts that say that nothing is known, such as "No known allergies" or "NKDA". Only a screening can record that.
NEGATIONS = set(
    "no not nil none nihil nka nkda nda nkma denies unknown kein keine keinerlei aucun aucune geen ninguna ninguno"
    " nessuna nessun nenhuma brak na".split()
)
BESIDE_NEGATIONS = set(
    "known drug drugs food foods medication medications medicine medicines environmental allergy allergies allergic"
    " alert alerts adverse reaction reactions history of to any recorded reported noted relevant significant current"
    " specified stated other at present bekannt bekannte bekannten allergie allergien connue connues bekend bekende"
    " conocida conocidas alergia alergias nota note allergia allergies".split()
)
UNCONFIRMED = "not confirmed"


def says_none(text):
    """Whether this text says that there is no allergy or alert, as in "No known allergies" or "NKDA"."""
    words = _words(text)
    return not words - NEGATIONS - BESIDE_NEGATIONS and bool(words & NEGATIONS or not words)


def question_of(alert):
    """The key of the screening question that an ImportedAlert is a yes to.

    "" if it is about none or about several, and if it may say no.
    """
    known = OF_ALLERGIES if alert.kind == ImportedAlert.Kind.ALLERGY else OF_ALERTS
    words = _words(alert.words)
    if words & NEGATIONS:
        return ""
    found = {
        question
        for question, starts in known.items()
        if any(word.startswith(start) for word in words for start in starts.split())
    }
    return found.pop() if len(found) == 1 else ""


def _words(text):
    return set(re.findall(r"\w+", text.casefold().replace("n/a", "na")))


def with_known_since(alerts):
    """The ImportedAlerts as a list, each with `known_since` in words: "Mar 2019", or "" where nobody knew it."""
    alerts = list(alerts)
    for alert in alerts:
        alert.known_since = partial_date_words(alert.noted_on) if alert.noted_on else ""
    return alerts


def imported_alerts(patients):
    """{patient id: [Alert, ...]} of these patients. One query. Registered with patients.registry."""
    found = {patient.person_id: [] for patient in patients}
    rows = ImportedAlert.objects.current().filter(patient__in=[patient.pk for patient in patients])
    for row in rows.annotate(person=person()).order_by("kind", F("confirmed_at").asc(nulls_first=True), "words", "pk"):
        found[row.person].append(_alert(row))
    return {patient.pk: found[patient.person_id] for patient in patients}


def _alert(row):
    state = "" if row.is_confirmed else f", {UNCONFIRMED}"
    question = question_of(row)
    sentence = f"From another system, {row.file_name}."
    if not row.is_confirmed:
        sentence += " Ask the patient, then confirm it or end it."
    return Alert(
        key=f"imported_alert-{row.pk}",
        label=Truncator(f"{row.get_kind_display()}{state}: {row.in_words}").chars(LONGEST_LABEL),
        sentence=sentence,
        url=reverse("imported_alerts", args=[row.person]),
        is_urgent=False,
        known_at=row.recorded_at,
        question_key=question,
        means_yes=bool(question),
    )
