import re

import pytest
from django.template import Context, Template

from treatments.templatetags.bodychart import bodychart, heat_charts, heat_class
from treatments.templatetags.scores import change


def classes(svg, slug, side):
    return set(re.findall(rf'class="([^"]*)" data-muscle="{slug}"[^>]*? data-side="{side}"', svg))


def view_box(svg):
    return [float(number) for number in re.search(r'viewBox="([^"]+)"', svg)[1].split()]


@pytest.mark.parametrize("view", ["anterior", "posterior", "head_neck_lateral"])
def test_bodychart_is_the_drawing_unescaped(view):
    svg = Template("{% load bodychart %}{% bodychart view %}").render(Context({"view": view}))

    assert svg.startswith("<svg ")
    assert 'role="group"' in svg


@pytest.mark.parametrize("view", ["anterior", "posterior", "head_neck_lateral"])
def test_every_mirrored_part_of_a_drawing_exists(view):
    svg = bodychart(view)

    assert set(re.findall(r'href="#([^"]+)"', svg)) <= set(re.findall(r' id="([^"]+)"', svg))


def test_bodychart_of_an_unknown_view_is_refused():
    with pytest.raises(ValueError):
        bodychart("../../secret")


@pytest.mark.parametrize(("sessions", "name"), [(1, "h1"), (2, "h2"), (3, "h3"), (4, "h3"), (5, "h4"), (500, "h4")])
def test_heat_class_by_number_of_sessions(sessions, name):
    assert heat_class(sessions) == name


def test_heat_chart_shades_the_muscle_on_its_side_only():
    (svg,) = heat_charts({("infraspinatus", "right"): 3})

    assert all(names.split()[-1] == "h3" for names in classes(svg, "infraspinatus", "right"))
    assert not any("h3" in names for names in classes(svg, "infraspinatus", "left"))
    assert len(re.findall(r'class="muscle[^"]* h\d', svg)) == 1


def test_heat_chart_shades_every_part_of_a_muscle():
    (svg,) = heat_charts({("triceps-brachii", "left"): 1})

    assert len(re.findall(r'class="muscle[^"]* h1"', svg)) == 3


def test_heat_chart_is_an_image_that_points_at_the_table():
    (svg,) = heat_charts({("infraspinatus", "right"): 3})

    assert 'role="img"' in svg
    assert "The table next to it has the numbers" in svg


def test_heat_charts_without_sessions_show_the_plain_back():
    (svg,) = heat_charts({})

    assert "bodychart--posterior" in svg
    assert not re.search(r'class="muscle[^"]* h\d', svg)


def test_heat_charts_show_only_views_that_add_something():
    drawn = heat_charts({("trapezius-upper", "left"): 1, ("rectus-femoris", "left"): 1})

    assert [re.search(r"bodychart--(\w+)", svg)[1] for svg in drawn] == ["posterior", "anterior"]


def test_heat_chart_of_the_right_side_of_the_head_is_flipped():
    left, right = heat_charts({("lateral-pterygoid", "left"): 1, ("lateral-pterygoid", "right"): 2})

    assert "matrix(-1 0 0 1 300 0)" not in left
    assert '<g transform="matrix(-1 0 0 1 300 0)">' in right
    assert all("h1" in names for names in classes(left, "lateral-pterygoid", "left"))
    assert all("h2" in names for names in classes(right, "lateral-pterygoid", "right"))
    assert right.count("<g") == right.count("</g>")


@pytest.mark.parametrize("slug", ["infraspinatus", "gluteus-maximus", "semimembranosus", "extensor-digitorum"])
def test_heat_chart_is_zoomed_around_what_is_shaded(slug):
    (svg,) = heat_charts({(slug, "right"): 1})
    left, top, width, height = view_box(svg)
    path = re.search(rf'data-muscle="{slug}"[^>]*? data-side="right" d="M([\d.]+) ([\d.]+)', svg)

    assert left <= float(path[1]) <= left + width
    assert top <= float(path[2]) <= top + height
    assert top >= 0 and top + height <= 900.5
    assert height < 600


@pytest.mark.parametrize(("points", "text"), [(-2, "−2"), (-2.55, "−2.5"), (1.5, "+1.5"), (0, "0"), (None, "–")])
def test_change_is_written_with_its_sign(points, text):
    assert change(points) == text
