"""Shows reviewed facts: depths in a row, groups of muscles, what is not needled, advice."""

import json

from django import template
from django.template.loader import render_to_string
from django.utils.html import escape, format_html

from patients.templatetags.citations import cited
from treatments.evidence import advice
from treatments.evidence.depth import NOTHING_KNOWN, depth_facts
from treatments.evidence.groups import shown_groups
from treatments.evidence.not_needled import shown_not_needled
from treatments.evidence.reviews import reviews_in_force, with_reviews

register = template.Library()
MOST_BLOCKS = 2000  # of about 2 kB
_blocks = {}


@register.simple_tag
def reviewed_advice():
    """{key of an Advice, with underscores: its words, empty if it was withdrawn}. One query."""
    reviews = reviews_in_force(advice.KIND)
    return {key.replace("-", "_"): advice.advice_words(key, reviews) for key in advice.advice()}


@register.simple_tag
def depth_of(muscle, depths, level):
    """The block of one row at this level, or at an unknown one. `depths` is a DepthsFor. Empty without a muscle."""
    return _block(depths.of(muscle.slug, level=level or "")) if muscle else ""


@register.simple_tag
def depth_orders(depths):
    """{slug: order} of each muscle with facts, from which the browser makes the block of a row (see depth_parts)."""
    return {slug: _order(slug, depths.of(slug)) for slug in depth_facts()}


@register.simple_tag
def depth_order_of(muscle, depths, level):
    """The order for one row at this level, as JSON."""
    return json.dumps(_order(muscle.slug, depths.of(muscle.slug, level=level)) if muscle else None)


def _order(slug, known):
    """Which facts to show, as places in depth_facts(), the first one first; and what other studies found."""
    if not known.first:
        return {"facts": [], "others": ""}
    facts = depth_facts()[slug]
    return {"facts": [facts.index(shown.fact) for shown in known.facts], "others": escape(known.other_studies)}


def depth_parts(reviews):
    """{slug: HTML of the parts of each fact, in the order of depth_facts()}: equal on all pages, unlike their order."""
    return {
        slug: [_parts(shown, len(facts)) for shown in with_reviews(facts, reviews)]
        for slug, facts in depth_facts().items()
    }


def _parts(shown, number):
    """`head` and `about` are for the fact that is read first, `item` for the list of all."""
    return {
        "head": render_to_string("treatments/_depth_head.html", {"shown": shown, "number": number}),
        "about": render_to_string("treatments/_depth_about.html", {"fact": shown.fact}),
        "item": render_to_string("treatments/_fact.html", {"shown": shown}),
    }


def _block(known):
    """The block of a KnownDepth. A page needs many, and few of them are new, so the process remembers them."""
    of_facts = ((shown.fact.fact_key, shown.fact.fingerprint, shown.review_text, shown.words) for shown in known.facts)
    key = known.advice, *of_facts
    if key not in _blocks:
        if len(_blocks) >= MOST_BLOCKS:
            _blocks.clear()
        _blocks[key] = render_to_string("treatments/_depth.html", {"known": known, "nothing_known": NOTHING_KNOWN})
    return _blocks[key]


def groups_of_muscles(reviews):
    """The groups that the browser searches for, each with the slugs of its members."""
    return [
        {"name": group.title, "words": [group.title, *group.words], "members": group.members}
        for group in shown_groups(reviews)
    ]


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
