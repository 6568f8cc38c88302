"""Reads a FHIR R4 bundle as a table, whose rows are then checked and stored like those of any other file.

The JSON comes from anywhere: every value can be missing or have another type than FHIR says.
"""

import json
from collections import Counter
from functools import cached_property

from django.core.exceptions import ValidationError

from .tables import MOST_ROWS, Table, refuse_unstorable

MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
IN_ERROR, REPLACED = "entered in error", "replaced by another record"


class Bundle:
    """The resources of a FHIR bundle. `entries` are (number of the entry, resource); `broken` counts the others."""

    def __init__(self, content):
        listed = content.get("entry")
        found = [(number, part(entry, "resource")) for number, entry in enumerate(listed or [], 1)]
        self.entries = [(number, one) for number, one in found if isinstance(one, dict) and text(one, "resourceType")]
        self.broken = len(found) - len(self.entries)
        self._urls = {}
        for number, resource in self.entries:
            kind, key = text(resource, "resourceType"), text(resource, "id")
            self._urls[f"{kind}/{key}"] = resource
            self._urls[text(listed[number - 1], "fullUrl")] = resource

    def of_type(self, *kinds):
        """(number of the entry, resource) of all resources of these types that were not entered in error."""
        wanted = [(number, one) for number, one in self.entries if text(one, "resourceType") in kinds]
        return [(number, one) for number, one in wanted if not is_in_error(one) and not is_replaced(one)]

    def referred(self, reference):
        """The resource that a Reference leads to; {} if it is not in the bundle."""
        url = text(reference, "reference")
        return url and (self._urls.get(url) or self._urls.get("/".join(url.split("/")[-2:]))) or {}

    def patient_number(self, reference):
        """The number of the patient whom a Reference names, as an import of the same bundle stores it."""
        patient = self.referred(reference)
        if is_replaced(patient):
            patient = self.referred(part(patient, "link", 0, "other"))
        if patient:
            return number_of(patient)
        return text(reference, "identifier", "value") or text(reference, "reference").rpartition("/")[2]

    def person_name(self, reference):
        """The name of the practitioner whom a Reference names."""
        person = self.referred(reference)
        person = self.referred(part(person, "practitioner")) or person
        name = best_name(person)
        parts = " ".join(filter(None, [given_names(name), text(name, "family")]))
        return text(reference, "display") or parts or text(name, "text")

    @cached_property
    def counts(self):
        """How many resources of each type the bundle has, as a Counter."""
        return Counter(
            f"{text(one, 'resourceType')}"
            + (f" ({IN_ERROR})" if is_in_error(one) else f" ({REPLACED})" if is_replaced(one) else "")
            for _, one in self.entries
        )


def looks_like_json(raw):
    """Whether the bytes of a file begin like JSON. The header of a CSV file can begin with a bracket too."""
    start = raw[:1000]
    for mark in MARKS:
        start = start.removeprefix(mark)
    start = start.translate(None, b"\0 \r\n\t")[:2]
    return start in (b'{"', b"{}", b"[{", b"[[", b"[]", b"{", b"[")


def read_bundle(raw, kind):
    """The Table of the resources in a bundle that are of this Kind. Raises ValidationError with a sentence."""
    bundle = Bundle(_content(raw))
    rows = [(number, cells) for number, cells in kind.from_bundle(bundle) if any(cells.values())]
    if not rows:
        there = ", ".join(f"{count} {name}" for name, count in bundle.counts.most_common()) or "nothing"
        wanted = " or ".join(kind.resources)
        raise ValidationError(f"This bundle has no {wanted} that can be imported. It has: {there[:400]}.")
    if len(rows) > MOST_ROWS:
        raise ValidationError(f"This bundle has more than {MOST_ROWS:,} rows. Import it in parts.")
    header = list(dict.fromkeys(name for _, cells in rows for name, value in cells.items() if value))
    lines = [(number, [cells.get(name, "") for name in header]) for number, cells in rows]
    refuse_unstorable(lines, "Entry")
    others = {name: count for name, count in bundle.counts.items() if name not in kind.resources}
    if bundle.broken:
        others["entries without a resource"] = bundle.broken
    return Table(header, lines, bundle=others)


def _content(raw):
    try:
        content = json.loads(raw, parse_constant=_refuse_constant)
    except json.JSONDecodeError as problem:
        raise ValidationError(
            f"This file begins like JSON, but is cut off or not correct: line {problem.lineno}, column {problem.colno}."
            " Export it again."
        ) from None
    except RecursionError:
        raise ValidationError("This file is nested too deeply to be a FHIR bundle.") from None
    except ValueError:  # other letters than UTF-8 has, or a number that nobody can read
        raise ValidationError("This file is not correct JSON. Export it again.") from None
    kind = text(content, "resourceType")
    if kind != "Bundle":
        what = f"a FHIR {kind[:60]}" if kind else "JSON"
        raise ValidationError(f"This is {what}, but not a FHIR bundle. Export a Bundle with all resources.")
    if not isinstance(content.get("entry"), list):
        raise ValidationError("This FHIR bundle has no entries.")
    return content


def _refuse_constant(word):
    raise ValueError(word)


# Values of resources ---------------------------------------------------------------------


def part(value, *path):
    """What is at this path of names and places in a list; None where something else is there."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and len(value) > step else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def text(value, *path):
    """The text or number at this path; "" for anything else. Characters that no file can have become U+FFFD."""
    found = part(value, *path)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    clean = str(found).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return " ".join(clean.split())


def texts(value, *path):
    """The texts in the list at this path that are not empty."""
    found = part(value, *path)
    return [one for one in map(text, found) if one] if isinstance(found, list) else []


def listed(value, *path):
    """The dicts in the list at this path."""
    found = part(value, *path)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def words_of(concept):
    """A CodeableConcept in words: its text, or how one of its codes is shown, or the code."""
    codings = listed(concept, "coding")
    return text(concept, "text") or next(
        filter(None, (text(coding, name) for name in ("display", "code") for coding in codings)), ""
    )


def code_of(concept):
    """The first code of a CodeableConcept."""
    return next(filter(None, (text(coding, "code") for coding in listed(concept, "coding"))), "")


def is_in_error(resource):
    """Whether a resource was entered in error, or its statement was refuted."""
    wrong = {"entered-in-error", "refuted"}
    return text(resource, "status") in wrong or code_of(part(resource, "verificationStatus")) in wrong


def is_replaced(resource):
    """Whether a Patient was merged into another one."""
    return any(text(link, "type") == "replaced-by" for link in listed(resource, "link"))


# People ----------------------------------------------------------------------------------

# The record numbers of Filiform: docs/fhir.md.
RECORD_NUMBERS = "urn:oid:2.25.191990539481939917829407803945287361094.1"
NAMES_IN_USE = ["official", "usual", "", "temp", "nickname", "anonymous"]


def number_of(patient):
    """The number of a Patient in the other system: the record number, or the id of the resource."""
    identifiers = listed(patient, "identifier")
    for is_wanted in (
        lambda one: text(one, "system") == RECORD_NUMBERS,
        lambda one: code_of(part(one, "type")) == "MR",
        lambda one: text(one, "use") == "usual",
    ):
        if number := next((text(one, "value") for one in identifiers if is_wanted(one) and text(one, "value")), ""):
            return number
    return text(patient, "id")


def best_name(person):
    """The HumanName of a person that is used officially, without old names; {} if there is none."""
    names = [name for name in listed(person, "name") if text(name, "use") in NAMES_IN_USE]
    return min(names, key=lambda name: NAMES_IN_USE.index(text(name, "use")), default={})


def name_for(person, use):
    """The HumanName of this use; {} if there is none."""
    return next((name for name in listed(person, "name") if text(name, "use") == use), {})


def given_names(name):
    """All given names of a HumanName as one text."""
    return " ".join(texts(name, "given"))


def whole_name(name):
    """A HumanName as one text."""
    return text(name, "text") or " ".join(filter(None, [given_names(name), text(name, "family")]))
