"""This month and the last one in five figures, for the start page of the admin."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from treatments.models import FollowUp
from treatments.outcomes.filters import Filters
from treatments.outcomes.review import Review


@dataclass(frozen=True)
class MonthFigures:
    """A month and the Review of its signed needling sessions.

    Also how many of the sessions have a follow-up, of how many patients they are, and of how many those are that have
    both pain scores.
    """

    month: date
    review: Review
    followed_up: int
    patients: int
    rated_patients: int


def two_months(*, today=None, using="default"):
    """The MonthFigures of the month of `today` and of the month before, latest first. Ten queries."""
    this_month = (today or timezone.localdate()).replace(day=1)
    last_month = (this_month - timedelta(days=1)).replace(day=1)
    return [_figures(month, using) for month in (this_month, last_month)]


def _figures(month, using):
    filters = Filters(since=month, until=month)
    asked = FollowUp.objects.counting().filter(session=OuterRef("session"))
    counts = (
        filters.facts()
        .using(using)
        .aggregate(
            followed_up=Count("pk", filter=Q(Exists(asked))),
            patients=Count("course__patient", distinct=True),
            rated_patients=Count("course__patient", distinct=True, filter=Q(change__isnull=False)),
        )
    )
    return MonthFigures(month, Review(filters, None, using=using), **counts)
