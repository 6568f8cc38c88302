"""The stylesheets: each rule has one place, and a page links the files that its classes are in."""

import re
from collections import Counter

import pytest
import tinycss2

from clinic.templatetags.diary import line

from .test_arrows import ROOT

STYLESHEETS = sorted((ROOT / "static" / "css").glob("*.css"))
TEMPLATES = ROOT / "templates"
PAGES = sorted(
    path.relative_to(TEMPLATES).as_posix()
    for path in TEMPLATES.rglob("*.html")
    # Django's own templates are not in this folder, so what pages of the admin link cannot be read here.
    if not path.name.startswith("_")
    and "admin" not in path.parts
    # A PDF gets its stylesheets from its view.
    and not path.name.endswith("_pdf.html")
    and ("{% extends" in path.read_text() or 'rel="stylesheet"' in path.read_text())
)
PARENT_OR_PART = re.compile(r'\{%\s*(?:include|extends)\s+"([^"]+)"')


def rules(path):
    """(condition, selector) of every rule of a stylesheet; the condition is that of @media or @supports, or empty."""
    return list(_rules(tinycss2.parse_stylesheet(path.read_text(), skip_comments=True, skip_whitespace=True), ""))


def _rules(nodes, condition):
    for node in nodes:
        if node.type == "qualified-rule":
            yield condition, " ".join(tinycss2.serialize(node.prelude).split())
        elif node.type == "at-rule" and node.lower_at_keyword in ("media", "supports"):
            inner = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
            yield from _rules(inner, f"@{node.lower_at_keyword} {tinycss2.serialize(node.prelude).strip()}")


def with_parts(name, found=None):
    """{name: text} of a template, its parents and the parts that it includes."""
    found = {} if found is None else found
    if name not in found and (TEMPLATES / name).exists():
        found[name] = (TEMPLATES / name).read_text()
        for other in PARENT_OR_PART.findall(found[name]):
            with_parts(other, found)
    return found


def test_a_selector_is_defined_once_in_a_file():
    counts = [(path.name, rule, count) for path in STYLESHEETS for rule, count in Counter(rules(path)).items()]

    assert [(name, rule) for name, rule, count in counts if count > 1] == []


def test_what_is_printed_is_in_one_block_of_a_file():
    assert [path.name for path in STYLESHEETS if path.read_text().count("@media print") > 1] == []


@pytest.fixture(scope="module")
def files_of():
    """{class: names of the stylesheets that have it}."""
    found = {}
    for path in STYLESHEETS:
        for name in re.findall(r"\.(fl-[\w-]+)", " ".join(selector for _, selector in rules(path))):
            found.setdefault(name, set()).add(path.name)
    return found


@pytest.mark.parametrize("template", PAGES)
def test_a_page_links_the_stylesheets_of_its_classes(template, files_of):
    text = "".join(with_parts(template).values())
    linked = set(re.findall(r"css/([\w-]+\.css)", text))
    used = set(re.findall(r"fl-[\w-]+", text)) & files_of.keys()

    assert {name: files_of[name] for name in used if not files_of[name] & linked} == {}


def test_every_row_of_a_day_has_its_line():
    stylesheet = (ROOT / "static" / "css" / "diary-lines.css").read_text()
    first_row, steps_of_a_day = 2, 24 * 12
    lines = [line(first_row + step).split(":") for step in range(steps_of_a_day + 1)]

    assert (lines[0], lines[13], lines[-1]) == (["00", "00"], ["01", "05"], ["24", "00"])
    for end in ("from", "to"):
        assert {hour for hour, _ in lines} == set(re.findall(rf'data-{end}\^="(\d\d):"', stylesheet))
        assert {minutes for _, minutes in lines} == set(re.findall(rf'data-{end}\$=":(\d\d)"', stylesheet))
