"""A filter of Django's admin as a list to pick from."""

from django import template
from django.template.loader import render_to_string

register = template.Library()


@register.simple_tag
def outcome_filter(changelist, spec):
    return render_to_string(spec.template, {"spec": spec, "choices": spec.choices(changelist)})
