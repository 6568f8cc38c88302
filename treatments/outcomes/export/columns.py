"""The columns of the export: from them come the header, the rows and the data dictionary.

Those of a session are declared here, those of a needling in treatments/record/fields.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from django.db.models import BooleanField, DecimalField

from patients.models import BodyRegion, Patient
from patients.models.patient import whole_years
from treatments.models import Needling, TreatmentSession
from treatments.record.fields import NEEDLING

# The oldest are too few to be told apart by five years.
OLDEST_BAND = 90
CO_TREATMENTS = TreatmentSession.CoTreatment.choices


@dataclass(frozen=True)
class Column:
    """`of` answers with the cell: of a Visit (see .rows) for a session's column, of a needling's row for the others."""

    name: str
    unit: str
    meaning: str
    of: Callable
    identifies: bool = False


def columns(*, identified):
    """(columns of a session, columns of a needling), in the order of the file."""
    return [column for column in OF_SESSION if identified or not column.identifies], OF_NEEDLING


def _pseudonym(what):
    return lambda visit: visit.pseudonyms.of(what, getattr(visit.session, "pk" if what == "session" else what))


def _of_session(name):
    return attrgetter(f"session.{name}")


def _label(choices, name):
    """A value of TextChoices in words, the way the pages say it."""
    labels = dict(choices.choices)
    get = attrgetter(name)
    return lambda row: labels.get(get(row), "")


def _words(values):
    return "; ".join(values)


def _age_band(visit):
    age = whole_years(visit.session.patient__born_on, visit.began.date())
    if age >= OLDEST_BAND:
        return f"{OLDEST_BAND} and over"
    # "to", because spreadsheets make a date of 10-14.
    return f"{age // 5 * 5} to {age // 5 * 5 + 4}"


def _days(visit):
    return (visit.began.date() - visit.first_day).days if visit.first_day else None


def _co_treatments(visit):
    chosen = visit.session.co_treatments
    return _words(label for value, label in CO_TREATMENTS if value in chosen)


def _as_it_is(path):
    """The cell of a needling's value: choices and yes or no in words, decimal numbers as a spreadsheet counts with."""
    get, field = attrgetter(path), _model_field(path)
    if field.choices:
        labels = dict(field.choices)
        return lambda row: labels.get(get(row), "")
    if isinstance(field, BooleanField):
        return lambda row: {True: "Yes", False: "No"}.get(get(row), "")
    if isinstance(field, DecimalField):
        return lambda row: None if get(row) is None else float(get(row))
    return get


def _model_field(path):
    """The model's field that a path such as muscle__name_en leads to."""
    model = Needling
    for name in path.split("__"):
        field = model._meta.get_field(name)
        model = field.related_model
    return field


OF_SESSION = [
    Column(
        "session", "", "Pseudonym of the session; its columns repeat in each row of a needling.", _pseudonym("session")
    ),
    Column("patient", "", "Pseudonym of the patient.", _pseudonym("patient")),
    Column("episode", "", "Pseudonym of the complaint under treatment; empty without one.", _pseudonym("episode")),
    Column("practitioner", "", "Pseudonym of whoever treated.", _pseudonym("practitioner")),
    Column("record_number", "", "Record number.", _of_session("patient__record_number"), identifies=True),
    Column("family_name", "", "Family name.", _of_session("patient__family_name"), identifies=True),
    Column("given_name", "", "Given name.", _of_session("patient__given_name"), identifies=True),
    Column("birth_date", "date", "Birth date.", _of_session("patient__born_on"), identifies=True),
    Column(
        "started_at",
        "date and time",
        "When the session began, on the clocks of the practitioner's site.",
        lambda visit: f"{visit.began:%Y-%m-%d %H:%M}",
        identifies=True,
    ),
    Column("practitioner_name", "", "Who treated.", lambda visit: visit.practitioner_name, identifies=True),
    Column("month", "year-month", "The month of the session, at the site.", lambda visit: f"{visit.began:%Y-%m}"),
    Column("days_since_first_session", "days", "Since the episode's first signed session; empty without one.", _days),
    Column("age_band", "years", "Whole years lived on the day of the session, in bands of five.", _age_band),
    Column("sex", "", "As registered.", _label(Patient.Sex, "session.patient__sex")),
    Column("region", "", "The region of the episode's complaint.", _label(BodyRegion, "session.episode__region")),
    Column("diagnosis_code", "ICD-10", "The episode's, when there is one.", _of_session("episode__diagnosis_code")),
    Column("position", "", "In which the patient lay or sat.", _label(TreatmentSession.Position, "session.position")),
    Column("pain_before", "points, 0 to 10", "NPRS before needling.", _of_session("pain_before")),
    Column("pain_after", "points, 0 to 10", "NPRS right after needling.", _of_session("pain_after")),
    Column(
        "pain_change",
        "points, -10 to 10",
        "pain_after - pain_before: below zero is less pain.",
        lambda visit: visit.session.pain_after - visit.session.pain_before,
    ),
    Column("needles_inserted", "needles", "Counted by hand in the whole session.", _of_session("needles_inserted")),
    Column("co_treatments", "", "What else was done, with semicolons between.", _co_treatments),
    Column("events", "", "Adverse events seen during the visit, by type.", lambda visit: _words(visit.events)),
    Column("later_events", "", "Adverse events heard of later, by type.", lambda visit: _words(visit.later_events)),
    Column(
        "worst_grade",
        "mild, significant, serious",
        "Of all the session's events, by the latest report; empty without a graded event.",
        lambda visit: visit.worst_grade,
    ),
]
OF_NEEDLING = [
    Column(export.name, export.unit, export.meaning, export.of or _as_it_is(export.read or field.name))
    for field in NEEDLING
    for export in field.exports
]
