"""Shows citations: "[@brady-2014]" in a text becomes "Brady 2014" with a link to the bibliography."""

from functools import lru_cache

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from patients.sources import Source, split_citations

register = template.Library()


@register.filter
def cited(text):
    """The text as HTML, with links that open in a new tab because the reader may be filling in a form."""
    return _cited(str(text))


@lru_cache(maxsize=5000)  # the page of a session shows hundreds of texts of the catalogue, always the same
def _cited(text):
    return format_html_join("", "{}", ((_link(part),) for part in split_citations(text)))


def _link(part):
    if not isinstance(part, Source):
        return part
    link = (
        '<a class="fl-cite" href="{}#{}" target="_blank">{}<span class="visually-hidden"> (opens a new tab)</span></a>'
    )
    return format_html(link, reverse("source_list"), part.key, part.cite)
