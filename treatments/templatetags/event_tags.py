"""Adverse events and marks of records in error on admin pages, which have no view of our own."""

from django import template

from patients.models import ErrorMark
from treatments.chart.event_history import open_event_counts as counts

register = template.Library()


@register.simple_tag
def open_event_counts():
    """The counts of the clinic's open events for the admin's start page."""
    return counts()


@register.simple_tag
def waiting_error_marks():
    """The number of records that wait to be confirmed as entered in error."""
    return ErrorMark.objects.waiting().count()
