"""Practitioners and sites compared as if all of them had treated patients with the same pain, region and duration.

The model is in docs/decisions/032-adjusted-comparisons.md.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass

from django.db.models import F, Value
from django.db.models.functions import Coalesce

from clinic.models import Practitioner, Site
from treatments.estimates import TAIL, Interval, t_quantile
from treatments.regression import Observation, fit

from .baseline import DURATION
from .patients import FEWEST_PATIENTS

WHO, WHERE = "who", "site_of"
# The key in DURATIONS of complaints that had lasted twelve weeks or more.
LONG = "long"
HEADINGS = {WHO: "By practitioner", WHERE: "By site"}


@dataclass(frozen=True)
class AdjustedRow:
    """One practitioner or site. `adjusted` is None if the data cannot separate it from region or duration."""

    label: str
    courses: int
    patients: int
    pain: float
    long: float
    observed: float
    adjusted: float | None
    interval: Interval | None


@dataclass(frozen=True)
class _Course:
    """What the model knows of a course. `line` is the key of its practitioner or site."""

    line: int
    patient: int
    pain: int
    region: str
    duration: str
    change: int


def adjusted_lines(filters, using="default"):
    """[(heading, AdjustedRows)] of the practitioners and, if there are several, the sites. Four queries at most.

    The courses are those of Filters.courses() with both scores.
    """
    courses = filters.courses().using(using).filter(pain_end__isnull=False)
    columns = ("patient", "pain_first", Coalesce("episode__region", Value("")), DURATION, F("pain_end"))
    rows = list(courses.values_list(WHO, WHERE, *columns))
    people = {one.pk: str(one) for one in Practitioner.objects.using(using).select_related("user")}
    found = [(HEADINGS[WHO], _lines([_Course(row[0], *_of(row)) for row in rows], people))]
    if len({row[1] for row in rows}) > 1:
        places = dict(Site.objects.using(using).values_list("pk", "name"))
        found.append((HEADINGS[WHERE], _lines([_Course(row[1], *_of(row)) for row in rows], places)))
    return found


def _of(row):
    patient, first, region, duration, end = row[2:]
    return patient, first, region, duration, end - first


def _lines(courses, names):
    """The AdjustedRows of the courses. Those that the data cannot compare with the largest are not adjusted.

    If somebody is the only one who treats a region, and treats no other, the data cannot separate the two. Such courses
    are then left out of the model, because they would make its result arbitrary for the others too.
    """
    if not courses:
        return []
    by_line = defaultdict(list)
    for course in courses:
        by_line[course.line].append(course)
    model, columns, average = _fitted(courses)
    largest = columns["line", max(by_line, key=lambda key: len(by_line[key]))]
    comparable = {
        key
        for key in by_line
        if columns["line", key] == largest or model.estimate({columns["line", key]: 1.0, largest: -1.0})
    }
    if len(comparable) < len(by_line):
        model, columns, average = _fitted([course for course in courses if course.line in comparable])
    return [
        _row(names[key], by_line[key], model, average | {columns["line", key]: 1.0} if key in comparable else None)
        for key in sorted(by_line, key=names.get)
    ]


def _fitted(courses):
    """(Regression, {what: number of its column}, {column: its mean}) of the change of pain in these courses.

    Pain before is centred, so its mean is 0 and left out.
    """
    pain = sum(course.pain for course in courses) / len(courses)
    columns = {("line", key): number for number, key in enumerate(dict.fromkeys(course.line for course in courses))}
    columns["pain"] = len(columns)
    average = {}
    for name in ("region", "duration"):
        # The most frequent value has no column: the others are compared with it.
        for value, n in Counter(getattr(course, name) for course in courses).most_common()[1:]:
            average[len(columns)] = n / len(courses)
            columns[name, value] = len(columns)

    def cells(course):
        filled = [(columns["line", course.line], 1.0), (columns["pain"], course.pain - pain)]
        others = [("region", course.region), ("duration", course.duration)]
        return tuple(filled + [(columns[one], 1.0) for one in others if one in columns])

    model = fit([Observation(cells(one), one.change, one.patient) for one in courses], len(columns))
    return model, columns, average


def _row(label, mine, model, weights):
    n, patients = len(mine), len({course.patient for course in mine})
    adjusted, error = (model.estimate(weights) if weights else None) or (None, None)
    interval = None
    if adjusted is not None and error is not None and patients >= FEWEST_PATIENTS:
        half = t_quantile(1 - TAIL, model.clusters - 1) * error
        interval = Interval(adjusted - half, adjusted + half)
    return AdjustedRow(
        label=label,
        courses=n,
        patients=patients,
        pain=sum(course.pain for course in mine) / n,
        long=sum(course.duration == LONG for course in mine) / n,
        observed=sum(course.change for course in mine) / n,
        adjusted=adjusted,
        interval=interval,
    )
