"""Write docs/sources.md from the bibliography, patients/data/sources.csv: python -m docs.write_sources.

A test fails when the page is out of date.
"""

import csv
import tomllib
from collections import Counter
from pathlib import Path

from patients.sources import HOW_FAR_READ, bibliography, source_of_section

PAGE = Path(__file__).resolve().parent / "sources.md"
DATA = PAGE.parent.parent / "treatments" / "data"
PATIENTS = PAGE.parent.parent / "patients" / "data"
LISTS = [PATIENTS / "screening_questions.csv", PATIENTS / "conditions.csv"]
CONSENT_FORM = PATIENTS / "consent_form.toml"
DRAWN = "chart_points.csv"  # where things are on our drawing of the body
FACTS = """\
How far the source of each fact of `treatments/data/` was read. No clinician has reviewed a fact that Filiform ships;
each clinic's own reviews are on the page `/facts/`."""
ENTRIES = """\
The entries of the catalogue, the advice in warnings and on pages, what is not needled, the screening questions and each
section of the consent form name their sources in words: what each source supports, and what is from memory or
unsourced. Groups of muscles come from clinical use; conditions have codes of two classifications, and which code fits
is our choice. All of these are reviewed on the page `/facts/` as well. No clinician has reviewed an entry that Filiform
ships."""
INTRODUCTION = """\
# Sources

The bibliography of Filiform: the publications, rules and web pages that the code, the data and the pages of the app
cite, and some that were read for them. It is written from `patients/data/sources.csv` by `make docs`; edit the CSV
file, not this page.

Code and data cite an entry as `[@key]`. Pages of the app show its short citation, "Brady 2014", as a link to the page
`/sources/`. No clinician has signed off this list, and each entry says how far its source was read. Figures from
memory have to be checked before anybody relies on them. Records that were made before this list existed cite old
codes such as S12; they are sealed, so they keep the codes, and the pages show the short citation.
"""


def page():
    """The whole page as Markdown."""
    return "\n".join([INTRODUCTION, _counts(), _facts(), *map(_entry, bibliography().values())])


def _counts():
    sources = Counter(source.read for source in bibliography().values())
    lines = [f"| {meaning} | {sources[read]} |" for read, meaning in HOW_FAR_READ.items()]
    return "\n".join(["| How far it was read | Sources |", "| --- | --- |", *lines, ""])


def _facts():
    lines = ["## Published facts", "", FACTS, ""]
    lines += [f"| Facts | {' | '.join(HOW_FAR_READ)} | reviewed |", f"| ---{' | ---' * (len(HOW_FAR_READ) + 1)} |"]
    for name, facts in facts_of_files().items():
        read = Counter(fact["read"] for fact in facts)
        lines.append(f"| `{name}` | {' | '.join(str(read[how]) for how in HOW_FAR_READ)} | 0 |")
    lines += ["", ENTRIES, "", "| Entries | all | cite a source | cite none | reviewed |", f"|{' --- |' * 5}"]
    for path, entries in entries_of_files().items():
        cite = sum("[@" in " ".join(entry.values()) for entry in entries)
        lines.append(f"| `{path.name}` | {len(entries)} | {cite} | {len(entries) - cite} | 0 |")
    return "\n".join([*lines, ""])


def entries_of_files():
    """{path: its rows} of the files whose source is a text with citations, or that have no source."""
    found = {}
    for path in [*sorted(DATA.glob("*.csv")), *LISTS]:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        if "read" not in rows[0] and path.name != DRAWN:
            found[path] = rows
    return found | {CONSENT_FORM: _consent_statements()}


def _consent_statements():
    """A row for each statement that patients read, with the source of its section."""
    form = tomllib.loads(CONSENT_FORM.read_text("utf-8"))
    source = form.pop("source")
    del form["title"]
    return [
        {"text": line, "source": source_of_section(source, field)}
        for field, text in form.items()
        for line in text.split("\n")
    ]


def facts_of_files():
    """{name of a CSV file of facts: its rows}: every file of treatments/data whose rows say how far they were read."""
    found = {}
    for path in sorted(DATA.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        if "read" in rows[0] and "source" in rows[0]:
            found[path.name] = rows
    return found


def _entry(source):
    where = ", ".join(part for part in (source.container, source.year) if part)
    lines = [
        ". ".join(part for part in (source.authors, source.title, where) if part) + ".",
        ", ".join(f"[{label}]({address})" for label, address in source.links),
        "",
        source.supports,
        "",
        f"{source.kind_in_words.capitalize()}. {source.how_far_read} {source.note}".rstrip(),
        f"Old codes: {source.codes}." if source.codes else "",
    ]
    text = "\n".join(lines).replace("\n\n\n", "\n\n").strip()
    return f"## {source.cite}\n\n`[@{source.key}]`\n\n{text}\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
