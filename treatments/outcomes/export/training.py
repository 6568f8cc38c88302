"""The training and experience of who needled, on the day of each session: item 5 of STRICTA [@stricta-2010].

Files without names have bands instead of numbers, and leave out what fewer than FEWEST_ALIKE practitioners share.
"""

from collections import defaultdict
from dataclasses import astuple, dataclass, fields
from operator import attrgetter

from clinic.models import Practitioner

from .column import FEWEST_ALIKE, MISSING, SUPPRESSED, ExportColumn

# The first number of each band. Our own choice, without a source.
YEARS, COURSES, HOURS = (0, 5, 10, 20), (0, 1, 2, 3), (0, 20, 50, 100, 200)


@dataclass(frozen=True)
class Training:
    """What is recorded of a practitioner, as on one day: numbers, bands or words. The order is that of the columns."""

    years_of_needling: int | str
    years_in_practice: int | str
    training_courses: int | str
    course_hours: int | str
    training_hours: int | str


BANDS = (YEARS, YEARS, COURSES, HOURS, HOURS)


class TrainingOfPractitioners:
    """Answers what the practitioners of a queryset of sessions had learned on the day of a session.

    Two queries; one more for files without names, to count who has the same.
    """

    def __init__(self, sessions, *, identified):
        self._identified, self._rare, self._known = identified, set(), {}
        needled = sessions.counting().signed().order_by()
        practitioners = Practitioner.objects.using(sessions.db).filter(pk__in=needled.values("practitioner"))
        self._practitioners = {one.pk: one for one in practitioners.order_by().prefetch_related("courses")}
        if not identified:
            days = needled.values_list("practitioner", "context__took_place_on").distinct()
            self._rare = _rare(self._banded(*row) for row in days.iterator())

    def on(self, practitioner, day):
        """The Training of a practitioner, given by key, on a day, as the file may show it."""
        if (practitioner, day) not in self._known:
            self._known[practitioner, day] = self._shown(practitioner, day)
        return self._known[practitioner, day]

    def _shown(self, practitioner, day):
        if self._identified:
            return training_on(self._practitioners[practitioner], day)
        _, training = self._banded(practitioner, day)
        values = astuple(training)
        # What is not recorded says nothing about the person, so it stays.
        hidden = [SUPPRESSED if value != MISSING else MISSING for value in values]
        if values[:1] in self._rare:
            return Training(*hidden)
        return Training(*values[:1], *hidden[1:]) if values in self._rare else training

    def _banded(self, practitioner, day):
        """(the practitioner's key, their Training in bands)."""
        exact = astuple(training_on(self._practitioners[practitioner], day))
        return practitioner, Training(*map(_band, exact, BANDS))


def training_on(practitioner, day):
    """The Training of a Practitioner, with their `courses` loaded, as known today for this day.

    Courses that were completed later do not count. Where nothing is recorded, the value is MISSING.
    """
    recorded = practitioner.courses.all()
    completed = [course for course in recorded if course.completed_on <= day]
    hours = [course.hours for course in completed if course.hours is not None]
    return Training(
        _years(practitioner.needling_since, day),
        _years(practitioner.qualified_in, day),
        len(completed) if recorded else MISSING,
        sum(hours) if hours or (recorded and not completed) else MISSING,
        practitioner.needling_training_hours or MISSING,
    )


def _years(since, day):
    return day.year - since if since and since <= day.year else MISSING


def _band(value, starts):
    """The band of a number, such as "5 to 9". With "to", because spreadsheets read 5-9 as a date."""
    return value if value == MISSING else next(words for start, words in reversed(_bands(starts)) if value >= start)


def _bands(starts):
    """[(first number, words)] of each band."""
    *others, last = starts
    ends = [following - 1 for following in starts[1:]]
    words = [f"{start}" if start == end else f"{start} to {end}" for start, end in zip(others, ends, strict=True)]
    return [*zip(others, words, strict=True), (last, f"{last} and over")]


def _rare(practitioners):
    """What fewer than FEWEST_ALIKE practitioners share: (years of needling,), and all five values together.

    `practitioners` yields (key, Training) for each of their days. Values of which all are missing are not rare.
    """
    who = defaultdict(set)
    for practitioner, training in practitioners:
        values = astuple(training)
        who[values[:1]].add(practitioner)
        who[values].add(practitioner)
    return {values for values, found in who.items() if len(found) < FEWEST_ALIKE and set(values) != {MISSING}}


def _described(identified):
    """The columns. Without names they can have bands, `suppressed` or `missing`."""
    meanings = {
        "years_of_needling": ("years", "Since the year in which the practitioner began with dry needling."),
        "years_in_practice": ("years", "Since the year in which the practitioner qualified."),
        "training_courses": (
            "courses",
            "Recorded courses and examinations in dry needling that the practitioner had completed by the day of the"
            " session.",
        ),
        "course_hours": ("hours", "Of these courses, as far as their hours are recorded."),
        "training_hours": (
            "hours",
            "Training in dry needling altogether, as recorded for the practitioner today. It has no date, so it can"
            " contain training after the session.",
        ),
    }
    in_file = f"“{MISSING}” where it is not recorded."
    if not identified:
        in_file += f" In bands, and “{SUPPRESSED}” where fewer than {FEWEST_ALIKE} practitioners have the same."
    return [
        ExportColumn(
            one.name,
            meanings[one.name][0],
            f"{meanings[one.name][1]} {in_file}",
            attrgetter(f"training.{one.name}"),
            choices=(MISSING,) if identified else (*(words for _, words in _bands(starts)), SUPPRESSED, MISSING),
        )
        for one, starts in zip(fields(Training), BANDS, strict=True)
    ]


# With names: {True: columns, False: columns}.
OF_TRAINING = {identified: _described(identified) for identified in (True, False)}
