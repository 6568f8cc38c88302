"""Shows published facts on the page of a session: depths in a row, groups of muscles, what is not needled."""

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html

from patients.templatetags.citations import cited
from treatments.evidence.depth import MEAN_IS_NO_LIMIT, NOTHING_KNOWN, KnownDepth, depth_facts
from treatments.evidence.groups import shown_groups
from treatments.evidence.not_needled import shown_not_needled

register = template.Library()
WORDS = {"mean_is_no_limit": MEAN_IS_NO_LIMIT, "nothing_known": NOTHING_KNOWN}


@register.simple_tag
def depth_of(muscle, depths, level):
    """The block of one row at this level, or at an unknown one. `depths` is a DepthsFor. Empty without a muscle."""
    return _block(depths.of(muscle.slug, level=level or "")) if muscle else ""


@register.simple_tag
def depth_blocks(depths):
    """{slug: block} of each muscle with facts, for rows that the browser adds; "" has the block of all others."""
    return {slug: _block(depths.of(slug)) for slug in depth_facts()} | {"": _block(KnownDepth([]))}


def _block(known):
    return render_to_string("treatments/_depth.html", {"known": known} | WORDS)


@register.simple_tag
def groups_of_muscles(reviews):
    """The groups that the browser searches for, each with the slugs of its members."""
    return [
        {"name": group.title, "words": [group.title, *group.words], "members": group.members}
        for group in shown_groups(reviews)
    ]


@register.simple_tag
def not_needled_words(reviews):
    """What the browser needs to say why something is not needled. `source` is safe HTML with links and the review."""
    return [
        {
            "words": shown.fact.words,
            "label": shown.fact.label,
            "why": shown.words,
            "instead": shown.fact.instead,
            "source": format_html("{}. {}", cited(shown.citation), shown.review_text),
        }
        for shown in shown_not_needled(reviews)
    ]
