"""Formats of scores, changes and needlings."""

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.timezone import localtime

from treatments.chart.axis import trimmed
from treatments.chart.progress.figures import FEWEST
from treatments.record.field_texts import value_texts

register = template.Library()

# Built in Python, because a chart has dozens of rows: it may take 10 times the floor of docs/performance.md.
NEEDLING = (
    '<tr><th scope="row"><span class="fl-side" aria-hidden="true">{}</span><span class="visually-hidden">{}</span> {}'
    ' {}</th><td>{}</td><td class="num" data-label="ins.">{}</td><td class="num" data-label="twitch">{}</td></tr>'
)
SCORE = '<tr><th scope="row">{}{}</th><td class="num">{}</td><td class="num">{}</td><td class="num">{}</td>'
SCORE += '<td class="num">{}</td></tr>'
DRAFT = mark_safe(' <span class="fl-meta">draft</span>')
CORRECTED = mark_safe(' <span class="fl-meta">corrected</span>')


@register.simple_tag
def needling_rows(needlings):
    """A table row for each needling."""
    return format_html_join("", NEEDLING, map(_needling_cells, needlings))


@register.filter
def mean_change(heat):
    """The mean change of a MuscleHeat. Like every mean, it is not shown of fewer than FEWEST values."""
    return f"too few ({heat.rated})" if 0 < heat.rated < FEWEST else change(heat.mean_change)


@register.simple_tag
def score_rows(scores):
    """A table row for each PainScore."""
    return format_html_join("", SCORE, map(_score_cells, scores))


def _needling_cells(needling):
    insertions = "–" if needling.insertions is None else needling.insertions
    side = needling.get_side_display()
    place = format_html("{}{}", needling.place, CORRECTED) if needling.is_corrected else needling.place
    where = side[:1], side, needling.target_name, place
    return *where, how(needling), insertions, needling.twitch_text or "–"


def _score_cells(score):
    day = date_format(localtime(score.at), "j M Y")
    pains = ["no data" if pain is None else pain for pain in (score.before, score.after)]
    marks = ("" if score.is_signed else DRAFT) + (CORRECTED if score.is_corrected else "")
    return day, marks, *pains, change(score.change), "–" if score.later is None else score.later


@register.filter
def change(points, decimals=1):
    """A change with its sign: −2, +1.5, 0; a dash if unknown."""
    if points is None:
        return "–"
    size = trimmed(abs(points), decimals)
    return size if size == "0" else f"{'−' if points < 0 else '+'}{size}"


@register.filter
def how(needling):
    """Needle, depth, technique and retention in one line, as far as recorded."""
    return ", ".join(value_texts(needling, "in_line")) or "–"


@register.filter
def notes(needling):
    """The findings at the point and the patient's response in one line."""
    return " · ".join(value_texts(needling, "in_notes"))


@register.filter
def signed(value, decimals=1):
    """A score as text: −2, 35.5, 40."""
    return trimmed(value, decimals)
