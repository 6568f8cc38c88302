"""A filter of the admin as a select."""

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe

register = template.Library()
SELECTED = {True: mark_safe(" selected"), False: ""}


@register.simple_tag
def outcome_filter(changelist, spec):
    # Built in Python, because a template loop over hundreds of options takes a tenth of the page's time.
    options = format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((choice["value"], SELECTED[choice["selected"]], choice["display"]) for choice in spec.choices(changelist)),
    )
    return render_to_string(spec.template, {"spec": spec, "options": options})
