"""Shows what is known about the depth of a muscle in a needling row."""

from django import template
from django.template.loader import render_to_string

from treatments.evidence.depth import MEAN_IS_NO_LIMIT, NOTHING_KNOWN, KnownDepth, depth_facts

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
