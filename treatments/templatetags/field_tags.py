"""Choices as HTML. In Python, because a session of twelve rows has some five hundred of them."""

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe

register = template.Library()

RADIO = (
    '<input class="btn-check" type="radio" name="{0}" id="id_{0}_{1}" value="{1}"{3}{4}>'
    '<label for="id_{0}_{1}">{2}</label>'
)
CHECKED, SELECTED, UNSELECT = mark_safe(" checked"), mark_safe(" selected"), mark_safe(" data-unselect")


@register.simple_tag
def radios(field, rows=None, choices=None, keep=False):
    """The choices of a bound field as joined buttons; `rows` are model rows to choose from instead, `choices` some of
    them. A button tapped again is taken back unless `keep`."""
    choices = choices or (field.field.choices if rows is None else [(row.pk, row) for row in rows])
    name, current, undo = field.html_name, str(field.value()), "" if keep else UNSELECT
    marked = ((name, value, label, CHECKED if str(value) == current else "", undo) for value, label in choices)
    return format_html_join("", RADIO, marked)


@register.simple_tag
def options(field):
    """The choices of a bound field, or the rows it looks up, as options of a select."""
    rows = getattr(field.field, "rows", None)
    choices = field.field.choices if rows is None else rows.all().items()
    current = str(field.value())
    marked = ((value, SELECTED if str(value) == current else "", label) for value, label in choices)
    return format_html_join("", '<option value="{}"{}>{}</option>', marked)
