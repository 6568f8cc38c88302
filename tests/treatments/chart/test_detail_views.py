"""Every entry of the catalogue has a place in the body chart: an area in a drawing, or a labelled point in a view."""

import csv
import re
from math import dist

import pytest

from patients.models import BodyRegion
from treatments.chart.detail_views import DATA, DETAIL_VIEWS, DRAWING_WIDTH, points_of
from treatments.models.catalogue import View
from treatments.templatetags.bodychart import MUSCLE, bodychart, detail_chart, heat_charts


def catalogue_rows():
    for name in ("muscles.csv", "targets.csv"):
        with (DATA / name).open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines)


def places_in(svg):
    return {(match[2], match[3]) for match in MUSCLE.finditer(svg)}


AREAS = {
    match[2] for view in View for match in MUSCLE.finditer(bodychart(view)) if "muscle--point" not in match[1].split()
}


@pytest.mark.parametrize("row", [pytest.param(row, id=row["slug"]) for row in catalogue_rows()])
def test_every_muscle_and_target_has_an_area_or_a_labelled_point(row):
    slug, points = row["slug"], [point for view in DETAIL_VIEWS for point in view.points]
    mine = [point for point in points if point.slug == slug]

    if row["region"]:
        assert slug in AREAS or mine
        assert all(point.letter and point.kind == ("muscle" if row["kind"] == "muscle" else "target") for point in mine)
    else:  # the region is named when it is needled
        assert not mine


@pytest.mark.parametrize("region", BodyRegion.values)
def test_every_region_has_a_point_for_free_entries(region):
    drawn = set().union(*(places_in(bodychart(view)) for view in View))

    assert {(f"region-{region}", "left"), (f"region-{region}", "right")} <= drawn


@pytest.mark.parametrize("view", [pytest.param(view, id=view.key) for view in DETAIL_VIEWS])
def test_points_of_a_view_lie_inside_it_and_apart(view):
    points = view.points
    left, top, width, height = (float(number) for number in view.view_box().split())

    for point in points:
        if not view.is_one_limb or point.side == "right":
            assert left < point.x < left + width
        assert top < point.y < top + height
    for number, point in enumerate(points):
        for other in points[number + 1 :]:
            assert dist((point.x, point.y), (other.x, other.y)) >= 1.9 * view.radius
    assert len({point.slug for point in points}) == len({point.letter for point in points})


def test_points_belong_to_the_catalogue_and_to_a_view():
    known = {row["slug"] for row in catalogue_rows()} | {f"region-{region}" for region in BodyRegion.values}
    with (DATA / "chart_points.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))

    assert {row["slug"] for row in rows} <= known
    assert {row["view"] for row in rows} == {view.key for view in DETAIL_VIEWS} | {"anterior", "posterior"}
    assert len({(row["view"], row["slug"]) for row in rows}) == len(rows)


@pytest.mark.parametrize("view", [pytest.param(view, id=view.key) for view in DETAIL_VIEWS])
def test_a_view_shows_every_point_with_its_letter(view):
    svg = detail_chart(view)

    assert places_in(svg) == {(point.slug, point.side) for point in view.points}
    assert re.findall(r"<text[^>]*>(\w)</text>", svg) == [point.letter for point in view.points]
    assert f'aria-label="{view.label}' in svg


def test_a_limb_is_shown_on_its_side():
    palm = next(view for view in DETAIL_VIEWS if view.key == "hand_palm")
    right, left = (float(palm.view_box(side).split()[0]) for side in ("right", "left"))

    assert right + palm.width + left == DRAWING_WIDTH[palm.drawing]


def test_the_heat_map_has_the_views_that_add_something():
    sessions = {("trapezius-upper", "left"): 1, ("lumbricales-manus", "right"): 3, ("opponens-pollicis", "right"): 1}
    back, palm = heat_charts(sessions)

    assert "bodychart--posterior" in back
    assert "Hand, palm, right" in palm
    assert re.findall(r'class="([^"]*)" data-muscle="lumbricales-manus" data-side="(\w+)"', palm) == [
        ("muscle muscle--point h3", "right")
    ]


def test_a_midline_point_is_shaded_whatever_side_was_recorded():
    for side in ("left", "right"):
        (pelvis,) = heat_charts({("sphincter-ani-externus", side): 2})
        assert re.findall(r'class="([^"]*)" data-muscle="sphincter-ani-externus"', pelvis) == [
            "muscle muscle--point h2"
        ]


def test_kinds_have_marks_of_their_own():
    points = [next(points_of("anterior", "anterior"))]
    points += [
        p for v in DETAIL_VIEWS if v.key == "buttock" for p in v.points if p.slug in ("piriformis", "sciatic-nerve")
    ]
    shapes = {point.kind: re.sub(r"[-\d. ]+", "", point.path(4)) for point in points}

    assert shapes["muscle"] == "Mccccz"
    assert shapes["target"] == shapes["free"] == "Mlllz"


def test_no_area_of_an_entry_of_the_catalogue_is_only_for_show():
    shown_only = {
        match[2] for view in View for match in MUSCLE.finditer(bodychart(view)) if "muscle--extra" in match[1].split()
    }

    assert shown_only & {row["slug"] for row in catalogue_rows()} == set()
