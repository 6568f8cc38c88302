"""When the next visit after a session is due."""

from datetime import timedelta

from django.utils import timezone

A_WEEK = 7


def next_visit_on(session):
    """The local date from which the next visit is looked for: the plan's interval after the session.

    Without a plan it is the same weekday of the next week. That is where the search starts, not a recommendation.
    """
    interval = session.episode and session.episode.planned_interval_days
    return timezone.localdate(session.started_at) + timedelta(days=interval or A_WEEK)
