"""A filter of Django's admin as a list to pick from."""

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe

register = template.Library()
SELECTED = {True: mark_safe(" selected"), False: ""}


@register.simple_tag
def outcome_filter(changelist, spec):
    # Hundreds of options: a loop of the template's would take a tenth of the page's time.
    options = format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((choice["value"], SELECTED[choice["selected"]], choice["display"]) for choice in spec.choices(changelist)),
    )
    return render_to_string(spec.template, {"spec": spec, "options": options})
