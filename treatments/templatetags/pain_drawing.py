"""The pain drawing of an assessment on the body chart."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from treatments.record.pain_sites import VIEWS

from .bodychart import plain_chart

register = template.Library()


@register.simple_tag
def drawing_views():
    """(value, label) of the views in which pain is drawn."""
    return [(value, label) for value, (label, *_) in VIEWS.items()]


@register.simple_tag
def pain_chart(view, drawing, first=()):
    """One view with the areas of a drawing, and dashed those of the `first` one."""
    areas = _areas(view, first or (), "pain-first")
    areas += format_html('<g data-areas="{}">{}</g>', view, _areas(view, drawing, "pain-now"))
    svg = plain_chart(view).rstrip().removesuffix("</svg>")
    return mark_safe(f"{svg}{areas}</svg>")  # noqa: S308 - our own file and numbers


@register.simple_tag
def drawn_views(drawing, first=()):
    """(value, label) of the views in which any of the two drawings has an area."""
    used = {area["view"] for area in [*drawing, *(first or ())]}
    return [(value, label) for value, label in drawing_views() if value in used]


def _areas(view, drawing, css):
    points = [area["points"] for area in drawing if area["view"] == view]
    texts = [(css, " ".join(f"{x},{y}" for x, y in each)) for each in points]
    return format_html_join("", '<polygon class="{}" points="{}"/>', texts)
