"""How completely the exported tables report what STRICTA and CARE-DN ask of a trial or a case series of needling.

The wording of the items is ours: STRICTA [@stricta-2010]; the numbers of the items of CARE-DN [@care-dn-2026] are ours
too.
"""

from collections import Counter

from .column import MISSING

STRICTA_MEANING = (
    "What STRICTA and CARE-DN ask, which column has it, in how many rows of that table, and in how many of them it is"
    " filled in. For an item without a column, it says where else to look."
)
STRICTA_HEADER = ["stricta", "care_dn", "asked", "table", "column", "rows", "filled"]
SESSIONS, NEEDLINGS, COURSES = "sessions", "needlings", "courses"
# (item of STRICTA, items of CARE-DN, what is asked, {table: its columns}; without columns, where else it is)
ITEMS = [
    ("1a", "DN-02", "Style of needling", {SESSIONS: ["approach"]}),
    (
        "1b",
        "DN-03",
        "Reasons for needling, and for these muscles",
        {SESSIONS: ["condition", "reasons", "hypothesis", "protocol"]},
    ),
    ("1c", "", "How the treatment varied from the plan", {SESSIONS: ["kind_of_visit", "protocol"]}),
    ("2a", "DN-08", "Needles and insertions", {SESSIONS: ["needles_inserted"], NEEDLINGS: ["insertions"]}),
    (
        "2b",
        "DN-04, DN-05, DN-06",
        "Names or places of the points, the side, and how they were found",
        {NEEDLINGS: ["muscle", "target", "trigger_point", "point_state", "taut_band", "level", "side", "found_by"]},
    ),
    (
        "2c",
        "DN-09, DN-14",
        "Depth, direction, the tissue reached and imaging",
        {NEEDLINGS: ["depth", "direction", "angle", "tissue_reached", "imaging", "imaged_depth"]},
    ),
    (
        "2d",
        "DN-11",
        "Response sought and found",
        {NEEDLINGS: ["response_sought", "twitch", "twitch_count", "referred_pain"]},
    ),
    (
        "2e",
        "DN-10",
        "Stimulation of the needle",
        {
            NEEDLINGS: [
                "technique",
                "strokes",
                "needling_time",
                "frequency",
                "current",
                "waveform",
                "pulse_width",
                "electrodes",
                "stimulation",
            ]
        },
    ),  # fmt: skip
    ("2f", "DN-12", "How long the needles stayed in", {NEEDLINGS: ["retention"]}),
    ("2g", "DN-13", "Type of needle", {NEEDLINGS: ["needle_diameter", "needle_length", "guide_tube"]}),
    ("3a", "DN-12", "Number of sessions", {COURSES: ["sessions", "planned_sessions"]}),
    ("3b", "DN-12", "How often, and how long each session takes", {SESSIONS: ["days_since_first_session", "length"]}),
    ("4a", "", "Other treatment on the same day", {SESSIONS: ["co_treatments"]}),
    ("4b", "DN-07", "Setting and position", {SESSIONS: ["site", "position"]}),
    ("", "DN-16", "Safety", {SESSIONS: ["events", "later_events"], NEEDLINGS: ["skin_preparation", "gloves"]}),
    (
        "5",
        "DN-15",
        "Who needled: profession, training, experience",
        {
            SESSIONS: [
                "years_of_needling",
                "years_in_practice",
                "training_courses",
                "course_hours",
                "training_hours",
            ]
        },
    ),
    ("6a, 6b", "", "The control or comparison", "the clinic has none: the trial must describe it"),
]


class FilledCells:
    """Counts the rows of tables, and the cells of each column that have a value, while the rows pass."""

    def __init__(self):
        self.rows, self.cells = Counter(), Counter()

    def counted(self, table, columns, rows):
        """Yield the rows of a table unchanged."""
        for row in rows:
            self.rows[table] += 1
            named = zip(columns, row, strict=True)
            self.cells.update((table, name) for name, cell in named if cell not in ("", None, MISSING))
            yield row


def stricta_rows(filled):
    """The rows for STRICTA_HEADER, once all tables have passed through `filled`."""
    for stricta, care_dn, asked, where in ITEMS:
        if isinstance(where, str):
            yield [stricta, care_dn, asked, "", where, "", ""]
            continue
        for table, names in where.items():
            for name in names:
                yield [stricta, care_dn, asked, table, name, filled.rows[table], filled.cells[table, name]]
