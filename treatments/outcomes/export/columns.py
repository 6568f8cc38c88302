"""The columns of the export, from which the header, the rows and the data dictionary are made.

Those of a session are declared here, with those of its reasons and of who needled in .reasons and .training, those of a
needling in treatments/record/fields.py.
"""

from operator import attrgetter

from django.db.models import BooleanField, DecimalField

from patients.models import BodyRegion, Patient
from patients.models.birth import BirthDate
from patients.models.condition import CodeSystem, conditions
from treatments.models import Needling, TreatmentSession
from treatments.models.late_entry import is_late_entry
from treatments.record.fields import NEEDLING

from .column import ExportColumn
from .reasons import OF_REASONS
from .training import OF_TRAINING

# People of this age are so few that a band of five years could identify them.
OLDEST_BAND = 90
CO_TREATMENTS = TreatmentSession.CoTreatment.choices


def columns(*, identified):
    """([ExportColumns of sessions], [ExportColumns of needlings]), in the order of the file."""
    of_session = [*OF_SESSION, *OF_REASONS, *OF_TRAINING[identified]]
    return [column for column in of_session if identified or not column.identifies], OF_NEEDLING


def _pseudonym(what):
    field = {"session": "pk", "patient": "person", "episode": "counted_episode", "site": "context__site"}.get(
        what, what
    )
    return lambda visit: visit.pseudonyms.of(what, getattr(visit.session, field))


def _of_session(name):
    return attrgetter(f"session.{name}")


def _labelled(name, meaning, choices, path):
    """The column of a TextChoices value, as the pages show it."""
    labels, get = dict(choices.choices), attrgetter(path)
    return ExportColumn(name, "", meaning, lambda row: labels.get(get(row), ""), choices=tuple(choices.labels))


def _birth_date(visit):
    birth = BirthDate(visit.session.person_born_on, visit.session.person_birth_precision)
    return birth.day if birth.is_exact or birth.day is None else str(birth)


def _age_band(visit):
    age = visit.session.context__patient_age
    if age is None:
        return ""
    if age >= OLDEST_BAND:
        return f"{OLDEST_BAND} and over"
    # With "to", because spreadsheets read 10-14 as a date.
    return f"{age // 5 * 5} to {age // 5 * 5 + 4}"


def _days(visit):
    session = visit.session
    return (session.context__took_place_on - session.first_day).days if session.first_day else None


def _pain_change(visit):
    before, after = visit.session.pain_before, visit.session.pain_after
    return None if before is None or after is None else after - before


def _minutes(visit):
    session = visit.session
    return round((session.ended_at - session.started_at).total_seconds() / 60) if session.ended_at else None


def _condition(visit):
    """Only a name of the list, so that the column can never hold free text."""
    listed = conditions().get(visit.session.episode_condition)
    return listed.name if listed else ""


def _co_treatments(visit):
    chosen = visit.session.co_treatments
    return "; ".join(label for value, label in CO_TREATMENTS if value in chosen)


def _late_entry(visit):
    if visit.session.opened_at is None:
        return ""
    return "Yes" if is_late_entry(visit.session) else "No"


def _value(path):
    """The function for a needling's cell: choices and booleans as their labels, decimal numbers as floats."""
    get, field = attrgetter(path), _model_field(path)
    if field.choices:
        labels = dict(field.choices)
        return lambda row: labels.get(get(row), "")
    if isinstance(field, BooleanField):
        return lambda row: {True: "Yes", False: "No"}.get(get(row), "")
    if isinstance(field, DecimalField):
        return lambda row: None if get(row) is None else float(get(row))
    return get


def _labels(path):
    return tuple(label for value, label in _model_field(path).choices or () if value)


def _model_field(path):
    """The model field at the end of a path such as muscle__name_en."""
    model = Needling
    for name in path.split("__"):
        field = model._meta.get_field(name)
        model = field.related_model
    return field


OF_SESSION = [
    ExportColumn(
        "session",
        "",
        "Pseudonym of the session. Its columns are repeated in the row of each needling.",
        _pseudonym("session"),
    ),
    ExportColumn("patient", "", "Pseudonym of the patient.", _pseudonym("patient")),
    ExportColumn("episode", "", "Pseudonym of the episode; empty without one.", _pseudonym("episode")),
    ExportColumn("practitioner", "", "Pseudonym of the practitioner.", _pseudonym("practitioner")),
    ExportColumn("record_number", "", "Record number.", _of_session("person_record_number"), identifies=True),
    ExportColumn("family_name", "", "Family name.", _of_session("person_family_name"), identifies=True),
    ExportColumn("given_name", "", "Given name.", _of_session("person_given_name"), identifies=True),
    ExportColumn(
        "birth_date",
        "date",
        "Birth date; in words if it is not known to the day, empty if it is not known.",
        _birth_date,
        identifies=True,
    ),
    ExportColumn(
        "started_at",
        "date and time",
        "When the session started, in the time zone that the site had when it was signed.",
        lambda visit: f"{visit.began:%Y-%m-%d %H:%M}",
        identifies=True,
    ),
    ExportColumn(
        "practitioner_name", "", "Name of the practitioner.", lambda visit: visit.practitioner_name, identifies=True
    ),
    ExportColumn(
        "site",
        "",
        "Pseudonym of the site where the session took place, as known when it was signed.",
        _pseudonym("site"),
    ),
    ExportColumn("site_name", "", "Name of that site.", _of_session("context__site__name"), identifies=True),
    ExportColumn(
        "month",
        "year-month",
        "Month of the session, in the time zone that the site had when it was signed.",
        lambda visit: f"{visit.session.context__took_place_on:%Y-%m}",
    ),
    ExportColumn(
        "days_since_first_session",
        "days",
        "Days since the first signed needling session of the episode; empty without an episode.",
        _days,
    ),
    ExportColumn(
        "age_band",
        "years",
        "Age in completed years on the day of the session, as known when it was signed, in bands of five years.",
        _age_band,
    ),
    _labelled("sex", "As registered.", Patient.Sex, "session.person_sex"),
    _labelled("region", "Body region of the episode.", BodyRegion, "session.episode_region"),
    ExportColumn(
        "condition",
        "",
        "Condition of the episode, chosen from the list.",
        _condition,
    ),
    ExportColumn(
        "diagnosis_code",
        "ICD-10",
        "Diagnosis code of the episode, if recorded.",
        _of_session("episode_code"),
    ),
    _labelled(
        "code_system",
        "Classification of the diagnosis code; empty where it was not recorded.",
        CodeSystem,
        "session.episode_code_system",
    ),
    _labelled(
        "kind_of_visit",
        "Full needling, needling that was stopped early, or a visit without needling.",
        TreatmentSession.VisitKind,
        "session.visit_kind",
    ),
    _labelled(
        "departure",
        "How the patient left, if needling was stopped early.",
        TreatmentSession.Departure,
        "session.departure",
    ),
    _labelled("position", "Position of the patient.", TreatmentSession.Position, "session.position"),
    _labelled("approach", "Approach of the needling.", TreatmentSession.Approach, "session.approach"),
    ExportColumn("length", "minutes", "From the start of the session to its end, if the end was noted.", _minutes),
    ExportColumn("pain_before", "points, 0 to 10", "NPRS before needling.", _of_session("pain_before")),
    ExportColumn("pain_after", "points, 0 to 10", "NPRS right after needling.", _of_session("pain_after")),
    ExportColumn(
        "pain_change",
        "points, -10 to 10",
        "pain_after - pain_before. Below zero is less pain. Empty if one of them is.",
        _pain_change,
    ),
    ExportColumn(
        "needles_inserted",
        "needles",
        "Needles inserted in the session, as counted by the practitioner.",
        _of_session("needles_inserted"),
    ),
    ExportColumn("co_treatments", "", "Other treatments in the session, separated by semicolons.", _co_treatments),
    ExportColumn(
        "late_entry",
        "",
        "Whether the session is dated before its record was opened; empty where the opening was not stored.",
        _late_entry,
    ),
    ExportColumn(
        "measurements",
        "",
        "What was measured before and after, with units, separated by semicolons.",
        lambda visit: "; ".join(visit.measurements),
    ),
    ExportColumn(
        "events",
        "",
        "Types of adverse events during the visit, separated by semicolons.",
        lambda visit: "; ".join(visit.events),
    ),
    ExportColumn(
        "later_events",
        "",
        "Types of adverse events reported after the visit, separated by semicolons.",
        lambda visit: "; ".join(visit.later_events),
    ),
    ExportColumn(
        "worst_grade",
        "mild, significant, serious",
        "Worst grade of all events of the session, from their latest reports; empty without a graded event.",
        lambda visit: visit.worst_grade,
    ),
]
OF_SESSION += [
    ExportColumn(
        "corrections",
        "corrections",
        "Values and rows that amendments have corrected since the signature. All columns have the corrected values.",
        lambda visit: visit.corrections,
    ),
    ExportColumn(
        "as_signed",
        "",
        "What was signed before each correction, in their order; corrections of free text are left out.",
        lambda visit: "; ".join(visit.as_signed),
    ),
]
OF_NEEDLING = [
    ExportColumn(
        export.name,
        export.unit,
        export.meaning,
        export.of or _value(export.read or field.name),
        choices=() if export.of else _labels(export.read or field.name),
    )
    for field in NEEDLING
    for export in field.exports
]
