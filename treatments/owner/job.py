"""One line of the work list on the start page of the admin, and its words."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode

# In the order of the list: most urgent first.
LATE, SOON, NONE = "late", "soon", "none"
NAMED = 3


@dataclass(frozen=True)
class Job:
    """A line of the list: how many records wait, which (in words), and the address of the list that has them."""

    title: str
    icon: str
    count: int
    detail: str
    url: str
    urgency: str


def job(title, icon, count, detail, address, *, late=False, **query):
    """The Job whose records are in the admin's list `address`, with the filters `query`."""
    url = reverse(f"admin:{address}_changelist") + (f"?{urlencode(query)}" if query else "")
    return Job(title, icon, count, detail, url, NONE if not count else LATE if late else SOON)


def counted(parts):
    """ "1 serious; 2 overdue" from (count, words); zeros are left out."""
    return "; ".join(f"{count} {words}" for count, words in parts if count)


def named(texts):
    """The first texts, and how many more there are."""
    more = [f"{len(texts) - NAMED} more"] if len(texts) > NAMED else []
    return "; ".join([*texts[:NAMED], *more])


def day_words(day):
    """A date as the list shows it, such as "5 Mar 2026"."""
    return date_format(day, "j M Y")


def days_ago(moment, now):
    """How many local days ago a moment was, in words."""
    days = (timezone.localdate(now) - timezone.localdate(moment)).days
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")
