"""README, CONTRIBUTING and the pages in docs: the files that they name exist, and their links lead somewhere."""

import re

import pytest

from .test_arrows import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TOPS = ("patients/", "clinic/", "treatments/", "templates/", "static/", "tests/", "docs/")
IN_CODE = re.compile(r"`([\w./-]+)`")
LINK = re.compile(r"\]\(([^)#]+)")
TO_HEADING = re.compile(r"\]\(([^)#:]*)#([^)]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.M)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_names_only_files_that_exist(path):
    named = [name for name in IN_CODE.findall(path.read_text("utf-8")) if name.startswith(TOPS)]

    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_link_of_a_page_leads_to_a_file(path):
    links = [link for link in LINK.findall(path.read_text("utf-8")) if not link.startswith("http")]

    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_link_to_a_heading_leads_to_one(path):
    links = TO_HEADING.findall(path.read_text("utf-8"))

    assert [
        (file, anchor) for file, anchor in links if anchor not in anchors_of(path.parent / file if file else path)
    ] == []


def anchors_of(path):
    """The names by which GitHub and others link to the headings of a page."""
    headings = HEADING.findall(path.read_text("utf-8"))
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_every_decision_is_listed():
    decisions = ROOT / "docs" / "decisions"
    listed = LINK.findall((decisions / "README.md").read_text("utf-8"))

    assert listed == sorted(page.name for page in decisions.glob("[0-9]*.md"))


NAMED = re.compile(r"`(\w+)` (?:of|in) `([\w/]+\.py)`")


@pytest.mark.parametrize(
    ("page", "name", "path"),
    [
        (str(page.relative_to(ROOT)), name, path)
        for page in sorted((ROOT / "docs").rglob("*.md"))
        for name, path in NAMED.findall(" ".join(page.read_text().split()))
    ],
)
def test_a_name_that_a_page_says_is_in_a_file_is_there(page, name, path):
    assert re.search(rf"\b{name}\b", (ROOT / path).read_text())
