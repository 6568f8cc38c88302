"""The pages in docs: the files that they name exist, and their links lead somewhere."""

import re

import pytest

from .test_arrows import ROOT

PAGES = sorted((ROOT / "docs").rglob("*.md"))
TOPS = ("patients/", "clinic/", "treatments/", "templates/", "static/", "tests/", "docs/")
IN_CODE = re.compile(r"`([\w./-]+)`")
LINK = re.compile(r"\]\(([^)#]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_only_files_that_exist(page):
    named = [path for path in IN_CODE.findall(page.read_text("utf-8")) if path.startswith(TOPS)]

    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_of_a_page_leads_to_a_file(page):
    links = [link for link in LINK.findall(page.read_text("utf-8")) if not link.startswith("http")]

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_decision_is_listed():
    decisions = ROOT / "docs" / "decisions"
    listed = LINK.findall((decisions / "README.md").read_text("utf-8"))

    assert listed == sorted(page.name for page in decisions.glob("[0-9]*.md"))
