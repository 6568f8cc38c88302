"""Inline body chart drawings, plain or shaded by how often each muscle was needled."""

import re
from functools import cache

from django import template
from django.template.loader import get_template
from django.utils.html import escape
from django.utils.safestring import mark_safe

from patients.web.pdf import css_file
from treatments.chart.detail_views import DETAIL_VIEWS, OTHER_SIDE, REGION_RADIUS, points_of
from treatments.chart.outlines import box_of, middle_of
from treatments.models import TargetKind
from treatments.models.catalogue import View

register = template.Library()

MUSCLE = re.compile(r'class="(muscle[^"]*)" data-muscle="([^"]+)"[^>]*? data-side="([a-z]+)" d="([^"]+)"')
WIDTH, HEIGHT, LATERAL_WIDTH = 400, 900, 300
MARGIN, NARROWEST, ASPECT = 35, 260, 1.2
# The side view is drawn for the left side and flipped for the right.
VIEWS = [
    (View.POSTERIOR, None),
    (View.ANTERIOR, None),
    (View.HEAD_NECK_LATERAL, "left"),
    (View.HEAD_NECK_LATERAL, "right"),
]
PIN_STEP = 18  # between the pins of rows at the same muscle


@register.simple_tag
def bodychart(view):
    """The drawing of a view (a View value), with the points of what has no area in any drawing."""
    details = [detail for detail in DETAIL_VIEWS if detail.drawing == view]
    points = {(p.slug, p.side): p.path(detail.radius) for detail in reversed(details) for p in detail.points}
    marks = "".join(_mark(*place, path) for place, path in points.items() if place[0] not in _with_area())
    svg = _drawing(view).replace("</g>\n</svg>", f"{marks}</g>\n</svg>")
    # The enlarged views repeat what is in this group.
    svg = svg.replace(">\n", f'>\n<g id="drawing-{view}">', 1).replace('<g class="deep">', '</g><g class="deep">')
    return mark_safe(svg)  # noqa: S308 - our own file


@register.simple_tag
def detail_chart(detail):
    """A DetailView with all its points. The drawing that it enlarges is on the page already, or belongs to no View."""
    on_page = detail.drawing in View.values
    inside = f'<use href="#drawing-{detail.drawing}"/>' if on_page else _inside(detail)
    points = "".join(_letter(point, detail.radius) for point in detail.points)
    boxes = f'data-right="{detail.view_box()}" data-left="{detail.view_box("left")}"'
    return mark_safe(_detail_svg(detail, "right", inside, points, f'role="group" {boxes}'))  # noqa: S308 - our own data


@register.simple_tag
def heat_charts(sessions_by_side, heats=()):
    """The drawings needed to show every target of {(slug, side): sessions}; without any, the plain back view.

    `heats` (MuscleHeats) have the names for the captions of enlarged views.
    """
    wanted, charts = set(sessions_by_side), []
    for view, side in VIEWS:
        if shown := wanted & _boxes(view, side).keys():
            wanted -= shown
            charts.append(_shaded(view, side, sessions_by_side))
    names = {heat.slug: heat.name for heat in heats}
    for detail, side, _ in _details_with(wanted):
        charts.append(_shaded_detail(detail, side, sessions_by_side, names))
    return charts or [_shaded(View.POSTERIOR, None, {})]


@register.simple_tag
def record_charts(rows):
    """The drawings of a session's Needlings, each with its targets marked and a pin with the number of its row.

    Rows that did not happen keep their number and are not drawn. A midline row is drawn on both sides.
    """
    places, charts = {}, []
    for number, row in enumerate(rows, start=1):
        if getattr(row, "state", "") != "did_not_happen":
            for side in ("left", "right") if row.side == "midline" else (row.side,):
                is_free = row.muscle.kind == TargetKind.FREE
                slug = f"region-{row.muscle.region}" if is_free else row.muscle.slug
                places.setdefault((slug, side), []).append(number)
    for view, side in VIEWS:
        if shown := places.keys() & _boxes(view, side).keys():
            charts.append(_pinned(view, side, {place: places.pop(place) for place in sorted(shown)}))
    for detail, side, shown in _details_with(places):
        charts.append(_pinned_detail(detail, side, {place: places[place] for place in sorted(shown)}))
    return charts


@register.simple_tag
def paper_charts(rows):
    """Like `record_charts`, for a PDF: each drawing has its style inside."""
    style = f"<style>{css_file('bodychart-paper.css')}</style>"
    return [mark_safe(chart.replace(">", f">{style}", 1)) for chart in record_charts(rows)]  # noqa: S308 - our own files


@cache
def plain_chart(view):
    """The drawing of a view of treatments.record.pain_sites as a picture, with ids of its own."""
    svg = _drawing(view if view in View.values else View.HEAD_NECK_LATERAL)
    svg = svg.replace(' id="', f' id="{view}-').replace('href="#', f'href="#{view}-')
    svg = re.sub(r'role="group" aria-label="[^"]*"', 'role="img" aria-hidden="true"', svg, count=1)
    return _flipped(svg) if view == "right" else svg


def heat_class(sessions):
    """The CSS class: h1 for one session, h2 for two, h3 for three or four, h4 for five or more."""
    return "h" + str(1 if sessions == 1 else 2 if sessions == 2 else 3 if sessions < 5 else 4)


@cache
def _drawing(view):
    svg = get_template(f"bodychart/{View(view)}.svg").template.source
    marks = "".join(_mark(point.slug, point.side, point.path(REGION_RADIUS)) for point in points_of(view, view))
    return svg.replace('<g class="points"></g>', f'<g class="points">{marks}</g>')


def _shaded(view, side, sessions_by_side):
    def shade(match):
        sessions = sessions_by_side.get((match[2], side or match[3]))
        return match[0].replace(match[1], f"{match[1]} {heat_class(sessions)}", 1) if sessions else match[0]

    svg = MUSCLE.sub(shade, _drawing(view))
    if side == "right":
        svg = _flipped(svg)
    elif side is None:
        boxes = _boxes(view, side)
        svg = _zoomed(svg, [boxes[place] for place in sessions_by_side if place in boxes])
    attributes = 'role="img" aria-label="Muscles shaded by number of sessions. The table next to it has the numbers."'
    return mark_safe(re.sub(r'role="group" aria-label="[^"]*"', attributes, svg, count=1))  # noqa: S308 - our own file


def _pinned(view, side, places):
    """A drawing with these places, {(slug, side): numbers of rows}, marked and numbered."""

    def mark(match):
        return (
            match[0].replace(match[1], f"{match[1]} is-on", 1) if (match[2], side or match[3]) in places else match[0]
        )

    svg, pins, at = MUSCLE.sub(mark, _drawing(view)), {}, {}
    for place, numbers in places.items():
        x, y = _middles(view, side)[place]
        for step, number in enumerate(numbers):
            at.setdefault(number, []).append((x + PIN_STEP * step, y))
    for number, points in at.items():  # a row on the midline has one pin, between its two muscles
        pins[number] = tuple(sum(values) / len(points) for values in zip(*points, strict=True))
    if side == "right":
        svg, pins = _flipped(svg), {number: (LATERAL_WIDTH - x, y) for number, (x, y) in pins.items()}
    elif side is None:
        svg = _zoomed(svg, [_boxes(view, side)[place] for place in places])
    svg = svg.rstrip().removesuffix("</svg>") + "".join(map(_pin, pins, pins.values())) + "</svg>"
    label = f"Rows {', '.join(map(str, sorted(pins)))} on the body. The table of needling rows has the details."
    return mark_safe(re.sub(r'role="group" aria-label="[^"]*"', f'role="img" aria-label="{label}"', svg, count=1))  # noqa: S308 - our own file


def _pin(number, at, scale=1):
    place = f"translate({at[0]:.1f} {at[1]:.1f})" + (f" scale({scale:.2f})" if scale != 1 else "")
    return f'<g class="pin" transform="{place}"><circle r="8.5"/><text>{number}</text></g>'


def _flipped(svg):
    head, inside = svg.split(">", 1)
    inside = inside.replace('data-side="left"', 'data-side="right"').rstrip().removesuffix("</svg>")
    return f'{head}><g transform="matrix(-1 0 0 1 {LATERAL_WIDTH} 0)">{inside}</g></svg>'


def _zoomed(svg, boxes):
    """The drawing reduced to the part with shaded muscles, with the midline in the centre."""
    if not boxes:
        return svg
    reach = max(max(abs(x - WIDTH / 2) for x in (left, right)) for left, _, right, _ in boxes)
    width = min(WIDTH, max(NARROWEST, 2 * (reach + MARGIN)))
    top, bottom = min(box[1] for box in boxes) - MARGIN, max(box[3] for box in boxes) + MARGIN
    height = min(HEIGHT, max(bottom - top, width * ASPECT))
    top = min(max(0, (top + bottom - height) / 2), HEIGHT - height)
    zoom = f'viewBox="{(WIDTH - width) / 2:.0f} {top:.0f} {width:.0f} {height:.0f}"'
    return svg.replace(f'viewBox="0 0 {WIDTH} {HEIGHT}"', zoom, 1)


def _details_with(places):
    """Yield (DetailView, side, its places) until every one of these places, (slug, side), is shown.

    The side is None if the view shows both.
    """
    left = set(places)
    for detail in DETAIL_VIEWS:
        for side in ("right", "left") if detail.is_one_limb else (None,):
            if shown := {place for place in left if side in (None, place[1]) and _points_at(detail, place)}:
                left -= shown
                yield detail, side, shown


def _points_at(detail, place):
    slug, side = place
    return [point for point in detail.points if point.slug == slug and point.side in (side, "midline")]


def _shaded_detail(detail, side, sessions_by_side, names):
    points, caption = [], {}
    for point in detail.points:
        sides = (point.side,) if point.side != "midline" else OTHER_SIDE
        sessions = max(sessions_by_side.get((point.slug, each), 0) for each in sides)
        if sessions and point.side in (side or point.side, "midline"):
            points.append(_letter(point, detail.radius, heat_class(sessions)))
            caption[point.letter] = names.get(point.slug, "")
    svg = _detail_svg(detail, side, _inside(detail), "".join(points), 'role="img"')
    listed = ", ".join(f"<b>{letter}</b> {escape(name)}" for letter, name in caption.items() if name)
    return mark_safe(f'{svg}<p class="fl-meta mb-0">{_title(detail, side)}: {listed}</p>')  # noqa: S308 - escaped


def _pinned_detail(detail, side, places):
    marks, at = [], {}
    for place, numbers in places.items():
        for point in _points_at(detail, place):
            marks.append(_mark(point.slug, point.side, point.path(detail.radius), "is-on"))
            for step, number in enumerate(numbers):
                at.setdefault(number, []).append((point.x + 2 * detail.radius * step, point.y))
    scale = detail.radius * 1.2 / 8.5
    pins = "".join(
        _pin(number, [sum(values) / len(found) for values in zip(*found, strict=True)], scale)
        for number, found in at.items()
    )
    svg = _detail_svg(detail, side, _inside(detail), "".join(marks) + pins, 'role="img"')
    return mark_safe(f'{svg}<p class="fl-meta mb-0">{_title(detail, side)}</p>')  # noqa: S308 - our own data


def _detail_svg(detail, side, inside, points, attributes):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{detail.view_box(side)}" '
        f'class="bodychart bodychart--detail" {attributes} aria-label="{_title(detail, side)}">'
        f'<g class="ghost">{inside}</g><g class="detail-points">{points}</g></svg>'
    )


def _title(detail, side):
    return f"{detail.label}, {side}" if side else detail.label


@cache
def _inside(detail):
    """The drawing that a view enlarges, without its deep muscles and with ids of its own."""
    svg = get_template(f"bodychart/{detail.drawing}.svg").template.source
    inside = svg[svg.index(">") + 1 : svg.index('<g class="deep">')]
    return inside.replace(' id="', f' id="{detail.key}-').replace('href="#', f'href="#{detail.key}-')


def _mark(slug, side, path, state=""):
    names = f"muscle muscle--point {state}".rstrip()
    return f'<path class="{names}" data-muscle="{slug}" data-side="{side}" d="{path}"/>'


def _letter(point, radius, state=""):
    size = f'font-size="{radius * 1.25:.1f}"'
    text = f'<text x="{point.x:.1f}" y="{point.y:.1f}" {size}>{point.letter}</text>'
    return _mark(point.slug, point.side, point.path(radius), state) + text


@cache
def _with_area():
    """The slugs of what has an area in a drawing."""
    return {match[2] for view in View for match in MUSCLE.finditer(_drawing(view)) if "point" not in match[1]}


@cache
def _boxes(view, side):
    """{(slug, side): (left, top, right, bottom)} of the muscles in a view."""
    boxes = {}
    for match in MUSCLE.finditer(_drawing(view)):
        place, (left, top, right, bottom) = (match[2], side or match[3]), box_of(match[4])
        old = boxes.get(place, (left, top, right, bottom))
        boxes[place] = (min(left, old[0]), min(top, old[1]), max(right, old[2]), max(bottom, old[3]))
    return boxes


@cache
def _middles(view, side):
    """{(slug, side): (x, y)} of the point inside each muscle of a view that is closest to its centre."""
    middles = {}
    for match in MUSCLE.finditer(_drawing(view)):
        middles.setdefault((match[2], side or match[3]), middle_of(match[4]))
    return middles
