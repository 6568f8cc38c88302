"""Adverse events on admin pages, which have no view of our own."""

from django import template

from treatments.chart.event_history import open_event_counts as counts

register = template.Library()


@register.simple_tag
def open_event_counts():
    """The counts of the clinic's open events for the admin's start page."""
    return counts()
