"""The bibliography: every citation in code, data, pages and docs has an entry, and pages show it as a link."""

import re
from collections import Counter

import pytest
from django.template.loader import render_to_string

from docs import write_sources
from patients.sources import HOW_FAR_READ, SOURCES_CSV, bibliography, split_citations
from patients.templatetags.citations import cited
from tests.test_arrows import ROOT

EXPLAIN_CODES = ("docs/", "tests/", "patients/sources.py")
FOLDERS = ["patients", "clinic", "treatments", "templates", "static", "docs", "tests"]
TEXTS = {".py", ".html", ".txt", ".csv", ".toml", ".md", ".js", ".css"}
KEY = re.compile(r"\[@([\w-]+)\]")
# Not S1 to S5, which are nerves, nor a diagnosis such as S76.3, nor the name of a linter rule.
CODE = re.compile(r"\bS(?:[6-9]|\d{2,3})\b(?!\.\d)")
LINTER = re.compile(r"# noqa: .*")


def texts():
    """(path from the top, text) of every file that may cite a source: the bibliography and this file cite none."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in TEXTS and path not in (SOURCES_CSV, ROOT / __file__):
                yield str(path.relative_to(ROOT)), LINTER.sub("", path.read_text("utf-8"))


def test_every_citation_has_an_entry():
    used = {key for _, text in texts() for key in KEY.findall(text)} - {"key"}

    assert len(used) > 40
    assert used - set(bibliography()) == set()


def test_no_shipped_text_cites_an_old_code():
    codes = {path: CODE.findall(text) for path, text in texts() if not path.startswith(EXPLAIN_CODES)}

    assert {path: found for path, found in codes.items() if found} == {}


def test_an_old_code_means_one_source():
    times = Counter(code for source in bibliography().values() for code in source.codes.split())

    assert {code: n for code, n in times.items() if n > 1 or not CODE.fullmatch(code)} == {}


def test_every_entry_has_a_kind_and_how_far_it_was_read():
    lacking = [
        source.key
        for source in bibliography().values()
        if not (source.cite and source.title and source.supports and source.kind and source.read in HOW_FAR_READ)
    ]

    assert lacking == []


def test_short_citations_are_unique():
    times = Counter(source.cite for source in bibliography().values())

    assert [cite for cite, n in times.items() if n > 1] == []


def test_the_page_in_the_docs_is_up_to_date():
    assert write_sources.PAGE.read_text("utf-8") == write_sources.page(), "run: make docs"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[@brady-2014]", ["Brady 2014"]),
        (
            "Bruises: [@brady-2014]; faints: [@white-2001].",
            ["Bruises: ", "Brady 2014", "; faints: ", "White 2001", "."],
        ),
        ("Figures of a survey (S12)", ["Figures of a survey (", "Brady 2014", ")"]),
        ("Two studies (S52, S53)", ["Two studies (", "Valera-Calero 2024", ", ", "Kearns 2017", ")"]),
        ("[@not-an-entry], S999 and S12.3", ["[@not-an-entry], S999 and S12.3"]),
        ("our own rule", ["our own rule"]),
        ("", []),
    ],
)
def test_a_citation_is_shown_as_author_and_year(text, shown):
    assert [getattr(part, "cite", part) for part in split_citations(text)] == shown


def test_a_citation_on_a_page_is_a_link_to_the_entry():
    assert cited("[@brady-2014], abstract") == (
        '<a class="fl-cite" href="/sources/#brady-2014" target="_blank">Brady 2014'
        '<span class="visually-hidden"> (opens a new tab)</span></a>, abstract'
    )


def test_a_typed_source_is_escaped():
    assert cited("<b>bold</b> [@brady-2014]").startswith("&lt;b&gt;bold&lt;/b&gt; <a ")


def test_an_old_code_in_a_sealed_answer_is_shown_as_a_citation():
    answer = {"level": "caution", "title": "Bleeds easily", "sentence": "Press.", "source": "Section 3 (S28)"}

    page = render_to_string("treatments/_decision.html", {"warning": answer, "answer": None, "session": None})

    assert 'Source: Section 3 (<a class="fl-cite" href="/sources/#za-bn-121"' in page
    assert "S28" not in page


def test_the_page_has_every_entry_under_its_anchor(client, front_desk):
    client.force_login(front_desk)

    response = client.get("/sources/")

    assert list(response.context["sources"]) == list(bibliography().values())
    assert all(f'id="{key}"' in response.content.decode() for key in bibliography())
