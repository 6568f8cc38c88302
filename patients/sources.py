"""The bibliography: the sources that Filiform cites, and how it finds citations in a text.

A text cites a source as `[@brady-2014]`, with a key from patients/data/sources.csv. Records from before there was
a bibliography cite codes such as S12. They are sealed and cannot change, so the column `codes` lists the codes of
each source.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

SOURCES_CSV = Path(__file__).resolve().parent / "data" / "sources.csv"
# A key in brackets, or a code that is not part of a diagnosis code such as S76.3.
CITATION = re.compile(r"\[@([a-z0-9-]+)\]|\b(S\d{1,3})\b(?!\.\d)")
# The column `read`: how much of the source the person who cites it has read.
HOW_FAR_READ = {
    "full": "The passage that supports the statement was read.",
    "abstract": "The abstract was read.",
    "secondary": "Only a quotation in another work was read.",
    "memory": "It was cited from memory and must be checked.",
}


@dataclass(frozen=True)
class Source:
    """One row of the bibliography. `cite` is the short citation that pages show. Unknown columns are empty."""

    key: str
    cite: str
    codes: str
    authors: str
    year: str
    title: str
    container: str
    doi: str
    pmid: str
    pmcid: str
    url: str
    kind: str
    read: str
    supports: str
    note: str

    @property
    def how_far_read(self):
        return HOW_FAR_READ[self.read]

    @property
    def kind_in_words(self):
        return self.kind.replace("_", " ")

    @property
    def links(self):
        """(label, URL) for each place on the internet where the source can be found."""
        addresses = [
            (f"doi:{self.doi}", self.doi and f"https://doi.org/{self.doi}"),
            (f"PubMed {self.pmid}", self.pmid and f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/"),
            (self.pmcid, self.pmcid and f"https://pmc.ncbi.nlm.nih.gov/articles/{self.pmcid}/"),
            ("Web page", self.url),
        ]
        return [(label, address) for label, address in addresses if address]


@cache
def bibliography():
    """{key: Source} of every source, sorted by short citation. All callers share it."""
    with SOURCES_CSV.open(encoding="utf-8", newline="") as file:
        sources = sorted((Source(**row) for row in csv.DictReader(file)), key=lambda source: source.cite.lower())
    return MappingProxyType({source.key: source for source in sources})


@cache
def sources_by_code():
    """{code: Source} of the codes that older records cite."""
    return MappingProxyType({code: source for source in bibliography().values() for code in source.codes.split()})


def split_citations(text):
    """The text as a list of strings and Sources, in order. Citations missing from the bibliography stay text."""
    parts, end = [], 0
    for match in CITATION.finditer(text):
        key, code = match.groups()
        if source := bibliography().get(key) or sources_by_code().get(code):
            parts += [text[end : match.start()], source]
            end = match.end()
    return [part for part in [*parts, text[end:]] if part]


def cited_in_words(text):
    """The text with the short citation of each source in place of its key, for a document on paper."""
    return "".join(part.cite if isinstance(part, Source) else part for part in split_citations(text))


# What the source of the consent form calls a section, where that is not the name of its field.
SECTIONS = {"nature": "what it is", "thorax": "near the lung", "alternatives": "other ways"}


def source_of_section(source, field):
    """The lines of a consent form's source that name a section before their colon; the whole source if none does."""
    name = SECTIONS.get(field, field.replace("_", " "))
    named = [line for line in source.splitlines() if name in line.partition(":")[0].lower()]
    return "\n".join(named) or source
