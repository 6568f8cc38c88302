"""What a reader of the exported tables needs beside them: the codes, the thresholds, and how each panel is computed."""

from patients.models import BodyRegion
from treatments.models import Threshold

CODES_MEANING = "The values that a column with a fixed list can have."
THRESHOLDS_MEANING = "The published thresholds in use, with the courses that each is for."
CODES_HEADER = ["table", "column", "value"]
THRESHOLDS_HEADER = [
    "measure", "kind", "value", "unit", "population", "regions", "least_weeks", "first_score_from", "first_score_to",
    "rule", "source",
]  # fmt: skip
# (panel of the page, how to compute it from the tables with a spreadsheet's filters, averages and counts). Intervals
# that allow for several sessions of one patient need a statistics program, which is then named.
RECIPES = [
    (
        "Sessions with needling",
        "sessions: keep the rows whose kind_of_visit is with needling. All panels of sessions begin with these. Count"
        " the rows, and the different values of patient.",
    ),
    (
        "Pain change within a session",
        "sessions: the average of pain_change, without empty cells. The interval is that of a mean with errors"
        " clustered by patient and t with patients - 1 degrees of freedom; in statsmodels, OLS on a constant with"
        " cov_type cluster and use_t.",
    ),
    (
        "By muscle, region, technique, needle, point or depth",
        "needlings: keep one row for each session and value, look up pain_change in sessions, and average by value.",
    ),
    (
        "By practitioner, site and month",
        "sessions: the average of pain_change by practitioner, site or month.",
    ),
    (
        "Twitch",
        "needlings: a session had a twitch if any of its rows says Yes, none if any says No and none Yes, and otherwise"
        " none was sought. Look up pain_change in sessions and average by group.",
    ),
    (
        "Adverse events",
        "events: count the rows by type or grade, and the different values of session. Divide by the number of sessions"
        " with needling.",
    ),
    (
        "After the visit",
        "follow_ups: keep hours_after from 12 to under 84. Those under 36 belong to 24 h, under 60 to 48 h, and the"
        " others to 72 h; of several for one session and time, keep the last. Subtract pain_before of the session"
        " from pain, and average.",
    ),
    (
        "Courses",
        "courses: keep the rows with pain_last, and average pain_last - pain_first.",
    ),
    (
        "Responders",
        "courses and thresholds: keep the courses that the threshold is for, and count those whose pain_first -"
        " pain_last is at least its value, or that share of pain_first if its unit is %. Pain scores are whole, so"
        " round the fall that is needed up, and to 1 at least. Divide by the courses with pain_last; for “a missing"
        " score counts as no response”, by all of them.",
    ),
    (
        "Time to response",
        "sessions: sort those of an episode by days_since_first_session. The course responded after as many treatments"
        " as there are sessions before the first one whose pain_before has fallen by the threshold; otherwise it was"
        " followed for one treatment fewer than it has sessions. The curve is Kaplan and Meier's.",
    ),
    (
        "Outcome measures",
        "scores: for each episode and measure, subtract the first value from the last one, and average.",
    ),
    (
        "Measured before and after",
        "measurements: average after - before by kind, muscle, movement, mode and side, where both are there.",
    ),
    (
        "Attendance",
        "attendance: count the rows by status. Visits that were kept free are those attended, missed, or cancelled by"
        " the patient with notice_hours under 24; missed and late visits are divided by these.",
    ),
    ("How courses ended", "courses: count the rows with closed Yes by closing_reason."),
]


def codes(declared):
    """Rows of CODES_HEADER. `declared` lists (name, columns, meaning) of the tables."""
    for table, columns, _ in declared:
        for column in columns:
            for choice in column.choices:
                yield [table, column.name, choice]


def thresholds():
    """Rows of THRESHOLDS_HEADER of the thresholds in use. One query."""
    for one in Threshold.objects.in_use():
        regions = "; ".join(BodyRegion(region).label for region in one.regions.split())
        yield [
            one.get_measure_display(), one.get_kind_display(), float(one.value), one.unit, one.population, regions,
            one.least_weeks, one.baseline_low, one.baseline_high, one.rules, one.source,
        ]  # fmt: skip
