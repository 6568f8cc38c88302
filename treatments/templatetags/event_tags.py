"""Adverse events on pages that belong to no view of ours."""

from django import template

from treatments.chart.event_history import open_event_counts as counts

register = template.Library()


@register.simple_tag
def open_event_counts():
    """The counts of the clinic's open events for the admin's start page."""
    return counts()
