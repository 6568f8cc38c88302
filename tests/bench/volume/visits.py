"""The sessions themselves, each with its needlings and sometimes a reaction."""

from datetime import timedelta

from tests.demo.visits import OVER_BEFORE_LEAVING
from treatments.models import AdverseEvent, EventReport, Needling, TreatmentSession

from .courses import SLOTS, clock, read_visit
from .invented import YEARS, generator, iso
from .patterns import NEEDLING, SETS_OF_REACTIONS, WRITTEN, sets_of_reactions
from .writing import NULL, Rows

AT_ONCE = 20_000
# Keys are consecutive, which is faster for the indexes; in the app they are random.
SESSION_KEY, NEEDLING_KEY, EVENT_KEY, REPORT_KEY = (f"{n}0000000000040008000000" + "{:09x}" for n in range(1, 5))
NO_HASH = "0" * 64
ROWS = (2, 3, 3, 4, 4, 4, 5, 5, 6)  # 4 on average
FEWER_POINTS = (-1, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 4)  # from before the needles to after them
UPS_AND_DOWNS = (-1, 0, 0, 1)
POSITIONS = {"low_back": "prone", "upper_back": "prone", "leg": "prone", "chest": "supine", "abdomen": "supine"}
STILL_OPEN = timedelta(days=30)  # fainting of the last days has not been reported on yet


class Visits:
    """Writes visits, a batch at a time."""

    def __init__(self, courses, days, staff, patterns, seed, until):
        self.courses, self.days, self.staff, self.patterns = courses, days, staff, patterns
        self.rng = generator(seed, "visits")
        self.reactions = sets_of_reactions(seed)
        self.iso = [iso(day) for day in days]
        self.half = [min(2 * YEARS - 1, index * 2 * YEARS // len(days)) for index in range(len(days))]
        self.closed_before = sum(day < until - STILL_OPEN for day in days)
        self.starts, self.seen, self.signed = ([clock(slot, m) for slot in range(SLOTS)] for m in (0, 15, 40))
        self.small = [str(number) for number in range(100)]
        self._open_tables()

    def _open_tables(self):
        self.sessions = Rows(
            TreatmentSession,
            "id patient_id episode_id practitioner_id started_at position pain_before pain_after needles_inserted"
            " needles_removed no_reaction saved_at saved_by_id signed_at signed_by_id signed_name".split(),
            consent_confirmed=True,
            advice=["soreness", "keep_moving"],
            version=2,
            status="signed",
            signed_meaning="authored",
            proved_by_means="password",
            content_hash=NO_HASH,
        )
        self.needlings = Rows(Needling, ["id", "session_id", "sort_order", *NEEDLING])
        self.events = Rows(
            AdverseEvent,
            "id session_id needling_id type grade action outcome onset_at resolved_on recorded_at"
            " recorded_by_id".split(),
        )
        self.reports = Rows(
            EventReport,
            "id event_id recorded_at recorded_by_id grade action outcome".split(),
            number=1,
            proved_by_means="password",
            is_closed=True,
        )
        self.tables = [self.sessions, self.needlings, self.events, self.reports]
        self.needling_count = self.event_count = self.report_count = 0

    def write(self, visits):
        for start in range(0, len(visits), AT_ONCE):
            for number, visit in enumerate(visits[start : start + AT_ONCE], start):
                self._add(number, visit)
            for table in self.tables:
                table.write()

    def _add(self, number, visit):
        chance, small = self.rng.random, self.small
        day, slot, of, index = read_visit(visit)
        course = self.courses[of]
        # Sometimes a colleague covers for the practitioner.
        staff = self.staff[course.staff if chance() < 0.92 else int(chance() * len(self.staff))]
        reactions = self.reactions[int(chance() * SETS_OF_REACTIONS)]
        before = round(course.pain - course.eases * index + UPS_AND_DOWNS[int(chance() * 4)])
        before = min(10, max(0, before))
        after = min(10, max(0, before - FEWER_POINTS[int(chance() * 16)]))
        rows = self.patterns.rows(course.region, course.side, self.half[day], self.rng, ROWS[int(chance() * 9)])
        needles = small[len(rows) + int(chance() * 1.5)]
        key, user = SESSION_KEY.format(number), str(staff.user_id)
        date = self.iso[day]
        signed_at = f"{date} {self.signed[slot]}"
        self.sessions.add(
            key, str(course.patient + 1), str(of + 1), str(staff.practitioner_id),
            f"{date} {self.starts[slot]}", POSITIONS.get(course.region, "side_lying"), small[before], small[after],
            needles, needles, small[not reactions], signed_at, user, signed_at, user, staff.name,
        )  # fmt: skip
        first = self.needling_count
        for order, row in enumerate(rows):
            self.needlings.add(NEEDLING_KEY.format(first + order), key, small[order], *row)
        self.needling_count += len(rows)
        for type_ in reactions:
            self._react(type_, key, NEEDLING_KEY.format(first + int(chance() * len(rows))), day, slot, user)

    def _react(self, type_, session, needling, day, slot, user):
        date = self.iso[day]
        key, seen_at = EVENT_KEY.format(self.event_count), f"{date} {self.seen[slot]}"
        written = WRITTEN[type_]
        resolved_on = date if type_ in OVER_BEFORE_LEAVING else NULL
        self.events.add(key, session, needling, *written, seen_at, resolved_on, seen_at, user)
        self.event_count += 1
        if written[1] != "mild" and day < self.closed_before:
            at = f"{date} {self.signed[slot]}"
            report = REPORT_KEY.format(self.report_count)
            self.reports.add(report, key, at, user, written[1], written[2], "Recovered at once.")
            self.report_count += 1
