"""README, CONTRIBUTING and the pages in docs: the files that they name exist, and their links lead somewhere."""

import re

from django.core.management import get_commands

from .test_arrows import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TOPS = ("patients/", "clinic/", "treatments/", "templates/", "static/", "tests/", "docs/", "deploy/")
# Management commands as the pages and the files of deploy/ write them.
COMMAND = re.compile(r"(?:manage\.py|^ *filiform|`filiform) ([a-z]\w+)", re.M)
REPEATED = re.compile(r'"\./repeat\.sh", "[\d:]+", (.+)\]')
IN_CODE = re.compile(r"`([\w./-]+)`")
LINK = re.compile(r"\]\(([^)#]+)")
TO_HEADING = re.compile(r"\]\(([^)#:]*)#([^)]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.M)


def found_on_pages(pattern):
    """(page, what the pattern finds in it) for every page of the documentation."""
    return [(path, found) for path in PAGES for found in pattern.findall(path.read_text("utf-8"))]


def test_a_page_names_only_files_that_exist():
    named = [(path.name, name) for path, name in found_on_pages(IN_CODE) if name.startswith(TOPS)]

    assert [(page, name) for page, name in named if not (ROOT / name).exists()] == []


def test_a_link_of_a_page_leads_to_a_file():
    links = [(path, link) for path, link in found_on_pages(LINK) if not link.startswith("http")]

    assert [(path.name, link) for path, link in links if not (path.parent / link).exists()] == []


def test_a_link_to_a_heading_leads_to_one():
    links = [(path, file, anchor) for path, (file, anchor) in found_on_pages(TO_HEADING)]

    assert [
        (path.name, file, anchor)
        for path, file, anchor in links
        if anchor not in anchors_of(path.parent / file if file else path)
    ] == []


def test_every_command_that_a_page_or_a_service_names_exists():
    files = [*PAGES, ROOT / "compose.yaml", *(ROOT / "deploy").rglob("*.service")]
    texts = {path.name: path.read_text("utf-8") for path in files}
    named = {(name, command) for name, text in texts.items() for command in COMMAND.findall(text)}
    jobs = "".join(REPEATED.findall(texts["compose.yaml"]))
    named |= {("compose.yaml", command) for command in re.findall(r'"([a-z]\w+)', jobs)}

    assert {command for _, command in named} > {"send_reminders", "backup", "housekeeping"}
    assert {(page, command) for page, command in named if command not in get_commands()} == set()


def anchors_of(path):
    """The names by which GitHub and others link to the headings of a page."""
    headings = HEADING.findall(path.read_text("utf-8"))
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_every_decision_is_listed():
    decisions = ROOT / "docs" / "decisions"
    listed = LINK.findall((decisions / "README.md").read_text("utf-8"))

    assert listed == sorted(page.name for page in decisions.glob("[0-9]*.md"))


NAMED = re.compile(r"`(\w+)` (?:of|in) `([\w/]+\.py)`")


def test_a_name_that_a_page_says_is_in_a_file_is_there():
    named = [
        (page.name, name, path)
        for page in sorted((ROOT / "docs").rglob("*.md"))
        for name, path in NAMED.findall(" ".join(page.read_text().split()))
    ]

    assert [each for each in named if not re.search(rf"\b{each[1]}\b", (ROOT / each[2]).read_text())] == []
