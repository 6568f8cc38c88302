"""The values of any row of a record as words for a reader, with their labels and units."""

from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.formats import date_format

from patients.models import Patient, PatientAnswers, ScreeningQuestion
from patients.models.trail import in_words
from patients.staff import printed_name
from treatments.models import FollowUpAnswers, Measurement, Needling, OutcomeScore

from .kinds import NOT_EXPORTED

# What is about the program, or is shown otherwise.
NOT_READ = NOT_EXPORTED | set(
    "id key version saved_at saved_by sort_order seal_version muscle_names content series family group".split()
)
DRAWN = {"drawing", "signature"}
UNITS = {
    "mm": "mm", "cm": "cm", "kg": "kg", "seconds": "s", "minutes": "min", "degrees": "°", "hz": "Hz", "ma": "mA",
    "us": "µs", "bytes": "bytes",
}  # fmt: skip


def title_of(row):
    """What a row is called, by the names that it had when it was signed."""
    if isinstance(row, Needling):
        return f"{row.target_name}, {row.get_side_display().lower()}"
    return str(row)


def facts_of(row, without=()):
    """[(label, text)] of every value of a row that is not empty, without the fields that are named in `without`."""
    fields = [
        field
        for field in row._meta.concrete_fields
        if field.name not in NOT_READ and field.name not in without and field.attname != "patient_id"
    ]
    facts = ((_label(field), text_of(row, field)) for field in fields)
    return [(label, text) for label, text in facts if text]


def text_of(row, field):
    """The value of a field as text; "" if it is empty, or is a "no" that nobody had to choose."""
    value = getattr(row, field.attname)
    if value in (None, "", [], {}) or (value is False and not field.null):
        return ""
    if special := SPECIAL.get((type(row), field.name)):
        return special(row)
    if field.name in DRAWN:
        return "Drawn; its points are in record.json."
    if field.is_relation:
        return _name(getattr(row, field.name))
    if field.choices:
        return str(getattr(row, f"get_{field.name}_display")())
    for name in (f"{field.name}_labels", f"{field.name.removesuffix('s')}_labels"):
        if hasattr(row, name):
            return ", ".join(map(str, getattr(row, name)))
    return f"{_plain(value)} {UNITS.get(field.name.rpartition('_')[2], '')}".rstrip()


def _label(field):
    label = str(field.verbose_name)
    return label[:1].upper() + label[1:]


def _name(row):
    if isinstance(row, get_user_model()):
        return printed_name(row)
    return row.record_number if isinstance(row, Patient) else str(row)


def _plain(value):
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "j M Y H:i")
    if isinstance(value, date):
        return date_format(value, "j M Y")
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ", ".join(part.replace("_", " ") for part in value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return in_words(value)


def _answers_on_tablet(row):
    """The patient's answers with the words of their questions."""
    asked = {str(question.pk): question.text for question in ScreeningQuestion.objects.filter(pk__in=row.answers)}
    return "; ".join(f"{asked.get(key, key)}: {in_words(answer)}" for key, answer in row.answers.items())


def _answers_of_score(name):
    return lambda row: "; ".join(f"{words}: {in_words(value)}" for _, words, value in getattr(row, name))


def _answers_by_measure(row):
    of_each = []
    for measure, answers in row.questionnaires.items():
        given = "; ".join(f"{words}: {in_words(value)}" for _, words, value in answers)
        of_each.append(f"{OutcomeScore.Measure(measure).label}: {given}")
    return ". ".join(of_each)


def _in_unit(name):
    return lambda row: f"{row.text_of(getattr(row, name))} {row.get_unit_display()}"


SPECIAL = {
    (FollowUpAnswers, "questionnaires"): _answers_by_measure,
    (PatientAnswers, "answers"): _answers_on_tablet,
    (OutcomeScore, "answers"): _answers_of_score("answers"),
    (OutcomeScore, "patient_answers"): _answers_of_score("patient_answers"),
    (Measurement, "before"): _in_unit("before"),
    (Measurement, "after"): _in_unit("after"),
}
