"""How scores, changes and needlings are written."""

from django import template

from .session_tags import minutes

register = template.Library()


@register.filter
def change(points):
    """A change of pain with its sign: −2, +1.5, 0; a dash when it is not known."""
    if points is None:
        return "–"
    size = f"{abs(points):.1f}".removesuffix(".0")
    return size if size == "0" else f"{'−' if points < 0 else '+'}{size}"


@register.filter
def how(needling):
    """Needle, depth, technique and retention in one line, without what was not recorded."""
    parts = [
        needling.needle.size if needling.needle else "",
        f"{needling.depth_mm} mm" if needling.depth_mm else "",
        needling.get_technique_display().lower(),
        minutes(needling.retention_seconds) if needling.retention_seconds else "",
    ]
    return ", ".join(part for part in parts if part) or "–"
