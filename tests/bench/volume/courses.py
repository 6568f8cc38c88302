"""Episodes of care, and their visits in time order."""

from dataclasses import dataclass
from itertools import accumulate

from .invented import COMPLAINTS, generator

REGIONS = list(COMPLAINTS)
# How many visits an episode has: 3 to 6 in most, some many more [@gattie-2020].
VISITS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16)
VISIT_WEIGHTS = (5, 7, 14, 16, 16, 15, 7, 6, 6, 5, 3)
WORKING_DAYS_APART = (2, 3, 4, 5, 5, 5, 6, 7, 10)
FIRST_MINUTE, SLOTS, SLOT_MINUTES = 7 * 60, 120, 5
# A visit is one number that sorts by time: the slot, then the course, then which of its visits it is.
COURSE_BITS, VISIT_BITS = 28, 6


@dataclass(slots=True)
class Course:
    """An episode: patient, complaint, practitioner, first pain score and its reduction per visit."""

    patient: int
    region: str
    staff: int
    side: str
    pain: float
    eases: float
    first_day: int
    last_day: int
    visits: int


def courses(scale, days, seed):
    """(list of Course, sorted list of visits as numbers) with exactly so many visits in all."""
    rng = generator(seed, "courses")
    weights = list(accumulate(share for share, *_ in COMPLAINTS.values()))
    lengths = list(accumulate(VISIT_WEIGHTS))
    found, visits = [], []
    while len(visits) < scale.sessions:
        day, wanted = rng.randrange(days), rng.choices(VISITS, cum_weights=lengths)[0]
        number = len(found)
        course = Course(
            # Every patient has one course, and many have more.
            patient=number if number < scale.patients else rng.randrange(scale.patients),
            region=rng.choices(REGIONS, cum_weights=weights)[0],
            staff=rng.randrange(scale.practitioners),
            side=rng.choice(("left", "right")),
            pain=min(9.5, max(2, rng.gauss(6.2, 1.6))),
            eases=rng.gauss(0.45, 0.4),
            first_day=day,
            last_day=day,
            visits=0,
        )
        while course.visits < wanted and day < days and len(visits) < scale.sessions:
            slot = day * SLOTS + rng.randrange(SLOTS)
            visits.append((slot << COURSE_BITS | number) << VISIT_BITS | course.visits)
            course.last_day, course.visits = day, course.visits + 1
            day += rng.choice(WORKING_DAYS_APART)
        found.append(course)
    visits.sort()
    return found, visits


def read_visit(visit):
    """(day, slot of the day, number of the course, which of its visits)."""
    course = visit >> VISIT_BITS & (1 << COURSE_BITS) - 1
    day, slot = divmod(visit >> VISIT_BITS + COURSE_BITS, SLOTS)
    return day, slot, course, visit & (1 << VISIT_BITS) - 1


def clock(slot, minutes=0):
    """The time of day of a slot, in UTC."""
    hour, minute = divmod(FIRST_MINUTE + slot * SLOT_MINUTES + minutes, 60)
    return f"{hour:02d}:{minute:02d}:00"
