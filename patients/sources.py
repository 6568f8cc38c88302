"""The bibliography: the sources that the product cites, and how a citation in a text reads on a page.

A text cites a source as `[@brady-2014]`, with a key of patients/data/sources.csv. Records that were made before there
was a bibliography cite codes such as S12. They are sealed and stay as they are; the column `codes` says what each code
means.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

SOURCES_CSV = Path(__file__).resolve().parent / "data" / "sources.csv"
# A key in brackets, or a code that is not the beginning of a longer code such as the diagnosis S76.3.
CITATION = re.compile(r"\[@([a-z0-9-]+)\]|\b(S\d{1,3})\b(?!\.\d)")
# The column `read`: how far the source was read when its fact was taken from it.
HOW_FAR_READ = {
    "full": "The passage that carries the fact was read.",
    "abstract": "The abstract was read.",
    "secondary": "It was seen quoted in another work.",
    "memory": "It was cited from memory and has to be checked.",
}


@dataclass(frozen=True)
class Source:
    """One row of the bibliography. `cite` is the short citation that pages show; unknown columns are empty."""

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
        """(label, address) of the places where the source can be read outside the clinic."""
        addresses = [
            (f"doi:{self.doi}", self.doi and f"https://doi.org/{self.doi}"),
            (f"PubMed {self.pmid}", self.pmid and f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/"),
            (self.pmcid, self.pmcid and f"https://pmc.ncbi.nlm.nih.gov/articles/{self.pmcid}/"),
            ("Web page", self.url),
        ]
        return [(label, address) for label, address in addresses if address]


@cache
def bibliography():
    """{key: Source} of every source, sorted by its short citation. Do not change it: all callers share it."""
    with SOURCES_CSV.open(encoding="utf-8", newline="") as file:
        sources = sorted((Source(**row) for row in csv.DictReader(file)), key=lambda source: source.cite.lower())
    return MappingProxyType({source.key: source for source in sources})


@cache
def sources_by_code():
    """{code: Source} of the codes that older records cite."""
    return MappingProxyType({code: source for source in bibliography().values() for code in source.codes.split()})


def split_citations(text):
    """The text as a list of strings and Sources, in order. A citation that the bibliography lacks stays a string."""
    parts, end = [], 0
    for match in CITATION.finditer(text):
        key, code = match.groups()
        if source := bibliography().get(key) or sources_by_code().get(code):
            parts += [text[end : match.start()], source]
            end = match.end()
    return [part for part in [*parts, text[end:]] if part]
