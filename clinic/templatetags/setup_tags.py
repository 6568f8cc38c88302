"""The list of steps that set up a clinic, for the start page of the admin."""

from django import template

from clinic.first_run import open_steps, steps

register = template.Library()


@register.simple_tag
def steps_to_do():
    """All steps while one that the clinic needs is open; [] afterwards."""
    return steps() if open_steps() else []
