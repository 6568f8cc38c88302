"""Courses of treatment: patient, complaint, visits and pain scores."""

import math
from dataclasses import dataclass, field
from datetime import date, timedelta

from .diary import on_weekday
from .stories import STORIES, Story

WINDOW_DAYS = 182


@dataclass(eq=False)
class Course:
    """One episode to be written: the visits in order, and the pain at each."""

    patient: object
    story: Story
    side: str
    lead: object
    days: list
    is_open: bool
    pains: list = field(default_factory=list)  # (before, after) for each visit
    slugs: list = field(default_factory=list)  # the muscles that matter in this person
    episode: object = None

    @property
    def complaint(self):
        return self.story.complaint.format(side=self.side, Side=self.side.capitalize())


def plan_courses(patients, clinic, rng):
    """One or two courses for most patients; the second one lies before the first in time."""
    courses = []
    for patient in patients:
        is_open = rng.random() < 0.42
        back = rng.randint(1, 13) if is_open else rng.randint(15, 140)
        course = _course(patient, clinic, clinic.today - timedelta(days=back), is_open, rng)
        courses.append(course)
        if rng.random() < 0.3:
            ended = course.days[0] - timedelta(days=rng.randint(14, 50))
            earlier = _course(patient, clinic, ended, False, rng)
            if earlier.days[0] >= clinic.today - timedelta(days=WINDOW_DAYS):
                courses.append(earlier)
    return courses


def _course(patient, clinic, last_day, is_open, rng):
    stories = [story for story in STORIES if patient.age <= story.oldest]
    story = rng.choices(stories, [story.weight for story in stories])[0]
    days = _days(last_day, rng.choices([2, 3, 4, 5, 6, 7, 8], [5, 12, 20, 24, 20, 12, 7])[0], clinic.today, rng)
    course = Course(
        patient=patient,
        story=story,
        side=rng.choice(["left", "right", "right"]),
        lead=rng.choice(clinic.practitioners),
        days=days,
        is_open=is_open,
        slugs=[story.muscles[0], *rng.sample(story.muscles[1:], rng.randint(2, len(story.muscles) - 1))],
    )
    _add_pains(course, len(days) + 1, rng)  # one more, should the next visit be today
    return course


def _days(last_day, count, today, rng):
    """Visits about a week apart, ending on that day; none before the half year of the demo."""
    days = [on_weekday(last_day)]
    while len(days) < count:
        day = on_weekday(days[0] - timedelta(days=rng.choice([5, 7, 7, 7, 8, 10, 14])))
        if day < today - timedelta(days=WINDOW_DAYS):
            break
        days.insert(0, day)
    return days


def _add_pains(course, count, rng):
    """Add pain scores that fall to a lowest value, quickly, slowly or not at all, with noise on every score."""
    start = min(9.0, max(3.0, rng.gauss(6.4, 1.4)))
    floor = start * rng.choices([0.15, 0.35, 0.6, 1.05], [30, 35, 20, 15])[0]
    speed = rng.uniform(0.25, 0.7)
    for visit in range(count):
        level = floor + (start - floor) * math.exp(-speed * visit) + rng.gauss(0, 0.6)
        before = _score(level)
        after = _score(before - rng.choices([-1, 0, 1, 2, 3], [7, 21, 34, 28, 10])[0])
        course.pains.append((before, after))


def _score(value):
    return min(10, max(0, round(value)))


def is_due(course, day: date):
    """Whether the next visit could plausibly be on that day."""
    return course.is_open and (day - course.days[-1]).days >= 3
