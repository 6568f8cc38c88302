"""The related tables of an export: each column is declared once, with its unit and its meaning."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import OuterRef, Subquery, TextField
from django.db.models.functions import MD5, Cast
from django.utils import timezone

from clinic.models import Appointment
from patients.models import BodyRegion, Episode
from patients.models.patient_key import person
from treatments.models import AdverseEvent, Course, FollowUp, Measurement, Needling, OutcomeScore, TargetKind

Status = Appointment.Status
HOUR_SECONDS = 3600


@dataclass(frozen=True)
class TableColumn:
    """`of` returns the cell from a row of the query and the Pseudonyms of the file."""

    name: str
    unit: str
    meaning: str
    of: Callable
    identifies: bool = False
    choices: tuple = ()  # the labels that it can have


@dataclass(frozen=True)
class Table:
    """`rows` makes the query from (Filters, a queryset of their sessions); `fields` are what it reads."""

    name: str
    meaning: str
    rows: Callable
    fields: list
    columns: list


def key_of(what, path=None, meaning=""):
    """The column with the pseudonym of a row that another table has too."""
    path = path or what
    return TableColumn(
        what, "", meaning or f"Pseudonym of the {what}.", lambda row, names: names.of(what, getattr(row, path))
    )


def value(name, unit, meaning, path=None):
    """The column of a number or of words that are as stored."""
    path = path or name
    return TableColumn(name, unit, meaning, lambda row, names: number(getattr(row, path)))


def label(name, meaning, choices, path=None):
    """The column of a choice, as the pages show it."""
    path, labels = path or name, dict(choices)
    return TableColumn(
        name, "", meaning, lambda row, names: labels.get(getattr(row, path), ""), choices=tuple(labels.values())
    )


def number(cell):
    """A decimal number as a float; anything else as it is."""
    return float(cell) if hasattr(cell, "as_tuple") else cell


def _hours_after(row, moment):
    return round((moment - row.session__started_at).total_seconds() / HOUR_SECONDS, 1) if moment else None


def in_no_order(rows):
    """Rows with their person, in an order that says nothing about when they were written, but is always the same."""
    return rows.annotate(person=person()).order_by(MD5(Cast("pk", TextField())), "pk")


# Rows of sessions ---------------------------------------------------------------------


def _measurements(filters, sessions):
    return Measurement.objects.filter(session__in=sessions).order_by("session", "sort_order", "pk")


MEASUREMENTS = Table(
    "measurements",
    "What was measured in a session before and after.",
    _measurements,
    "session kind muscle__name_en muscle__kind movement mode side before after".split(),
    [
        key_of("session"),
        label("kind", "What was measured.", Measurement.Kind.choices),
        TableColumn(
            "muscle",
            "",
            "Muscle; empty for a movement and for a target in the practitioner’s own words.",
            lambda row, names: "" if row.muscle__kind == TargetKind.FREE else row.muscle__name_en or "",
        ),
        label(
            "movement",
            "Movement, for a range of motion or a strength.",
            Measurement._meta.get_field("movement").choices,
        ),
        label("mode", "Active or passive.", Measurement.Mode.choices),
        label("side", "Side of the body.", Needling.Side.choices),
        value("before", "kPa, degrees, mm, N or grade", "Value before, in the unit in which its kind is stored."),
        value("after", "kPa, degrees, mm, N or grade", "Value after, in the same unit."),
    ],
)


def _events(filters, sessions):
    return AdverseEvent.objects.counting().with_state().filter(session__in=sessions).order_by("session", "pk")


EVENTS = Table(
    "events",
    "Adverse events of the sessions, with the grade of their latest report.",
    _events,
    "session session__started_at type present_grade appeared_later began_at report_count is_open".split(),
    [
        key_of("session"),
        label("type", "Type of the event.", AdverseEvent.Type.choices),
        label("grade", "Grade, from the latest report.", AdverseEvent.Grade.choices, "present_grade"),
        TableColumn("later", "", "Whether it appeared after the visit.", lambda row, names: _yes(row.appeared_later)),
        TableColumn(
            "hours_after",
            "hours",
            "From the start of the session to the beginning of the event, if that was recorded.",
            lambda row, names: _hours_after(row, row.began_at),
        ),
        value("reports", "reports", "How many reports there are.", "report_count"),
        TableColumn("open", "", "Whether it is still open.", lambda row, names: _yes(row.is_open)),
    ],
)


def _follow_ups(filters, sessions):
    return FollowUp.objects.counting().filter(session__in=sessions).order_by("session", "contacted_at", "pk")


FOLLOW_UPS = Table(
    "follow_ups",
    "What patients said when they were asked 24 to 72 hours after a session.",
    _follow_ups,
    "session session__started_at contacted_at pain soreness".split(),
    [
        key_of("session"),
        TableColumn(
            "hours_after",
            "hours",
            "From the start of the session to the contact.",
            lambda row, names: _hours_after(row, row.contacted_at),
        ),
        value("pain", "points, 0 to 10", "NPRS at the contact."),
        value("soreness", "points, 0 to 10", "Soreness at the needled sites."),
    ],
)


# Rows of courses ----------------------------------------------------------------------


def _scores(filters, sessions):
    first = Course.objects.filter(episode=OuterRef("episode")).values("first_session__context__took_place_on")[:1]
    scores = OutcomeScore.objects.current().filter(episode__in=sessions.order_by().values("episode"))
    return scores.annotate(first_day=Subquery(first), person=person()).order_by(
        "episode", "scored_on", "recorded_at", "pk"
    )


SCORES = Table(
    "scores",
    "Scores of questionnaires in the episodes of these sessions, without those that were corrected or withdrawn.",
    _scores,
    "person episode measure scored_on value first_day".split(),
    [
        key_of("patient", "person"),
        key_of("episode"),
        label("measure", "Questionnaire or scale.", OutcomeScore.Measure.choices),
        value("value", "as the scale", "Total score; NDI and ODI in percent."),
        TableColumn(
            "days_since_first_session",
            "days",
            "From the first signed needling session of the episode; below zero before it.",
            lambda row, names: (row.scored_on - row.first_day).days if row.first_day else None,
        ),
        TableColumn("month", "year-month", "Month of the score.", lambda row, names: f"{row.scored_on:%Y-%m}"),
        TableColumn("scored_on", "date", "Day of the score.", lambda row, names: f"{row.scored_on}", identifies=True),
    ],
)


def _courses(filters, sessions):
    facts = filters.facts().order_by().values("course")
    return in_no_order(Course.objects.filter(pk__in=facts))


COURSES = Table(
    "courses",
    "The courses of treatment that these sessions belong to: all signed needling sessions of a patient in one episode.",
    _courses,
    "person episode practitioner site sessions pain_first pain_last episode__planned_sessions episode__region"
    " episode__closed_on episode__closing_reason".split(),
    [
        key_of("patient", "person"),
        key_of("episode"),
        key_of("practitioner", meaning="Pseudonym of the practitioner of the latest session."),
        key_of("site", meaning="Pseudonym of the site of the latest session."),
        value("sessions", "sessions", "Signed needling sessions of the course, whatever the filters."),
        value("pain_first", "points, 0 to 10", "NPRS before the first session."),
        value("pain_last", "points, 0 to 10", "NPRS before the latest session; empty with a single session."),
        value("planned_sessions", "sessions", "Planned for the episode.", "episode__planned_sessions"),
        label("region", "Body region of the episode.", BodyRegion.choices, "episode__region"),
        TableColumn("closed", "", "Whether the episode is closed.", lambda row, names: _yes(row.episode__closed_on)),
        label(
            "closing_reason",
            "Why it was closed; empty while it is open and where it was not recorded.",
            Episode.ClosingReason.choices,
            "episode__closing_reason",
        ),
    ],
)


# Visits -------------------------------------------------------------------------------


def _attendance(filters, sessions):
    visits = Appointment.objects.filter(filters.days("takes_place_on"), filters.people(), is_booking_undone=False)
    return in_no_order(visits)


def _lead_days(row, names):
    if row.booked_at is None or row.afterwards_reason or row.takes_place_on is None:
        return None
    return max(0, (row.takes_place_on - timezone.localdate(row.booked_at)).days)


def _notice_hours(row, names):
    if row.status != Status.CANCELLED or row.cancelled_at is None:
        return None
    return round((row.starts_at - row.cancelled_at) / timedelta(hours=1), 1)


ATTENDANCE = Table(
    "attendance",
    "All visits in the diary of the period, site and practitioner; the other filters do not apply.",
    _attendance,
    "pk person practitioner site type__name status starts_at takes_place_on booked_at afterwards_reason cancelled_at"
    " is_cancelled_by_clinic".split(),
    [
        key_of("visit", "pk"),
        key_of("patient", "person"),
        key_of("practitioner"),
        key_of("site"),
        value("kind", "", "Kind of visit, as the clinic names it.", "type__name"),
        label("status", "What became of the visit.", Status.choices),
        TableColumn(
            "month",
            "year-month",
            "Month of the visit at its site.",
            lambda row, names: f"{row.takes_place_on:%Y-%m}" if row.takes_place_on else "",
        ),
        TableColumn(
            "lead_days",
            "days",
            "Days from the day of the booking to that of the visit, if the booking was recorded.",
            _lead_days,
        ),
        TableColumn("notice_hours", "hours", "From the cancellation to the start of the visit.", _notice_hours),
        TableColumn(
            "cancelled_by_clinic",
            "",
            "Whether the clinic cancelled it.",
            lambda row, names: _yes(row.is_cancelled_by_clinic) if row.status == Status.CANCELLED else "",
        ),
    ],
)


def _yes(value):
    return "Yes" if value else "No"


# Beside the tables of sessions and needlings, whose columns are declared with the export of one table.
TABLES = [MEASUREMENTS, EVENTS, FOLLOW_UPS, SCORES, COURSES, ATTENDANCE]
