"""Pieces of FHIR R4 that all resources need: identity, references, codes, quantities and times, as plain dicts."""

import uuid
from datetime import UTC, datetime

from django.contrib.auth import get_user_model
from django.utils.crypto import salted_hmac
from django.utils.html import escape

from clinic.models import Practitioner, Site
from patients.staff import printed_name
from treatments.models import Needle
from treatments.whole_record.texts import facts_of, title_of

# All codes of our own are in one code system, with an identifier that nobody had to give us (X.667): docs/fhir.md.
LOCAL = "urn:oid:2.25.191990539481939917829407803945287361094"
LOINC, SNOMED, UCUM = "http://loinc.org", "http://snomed.info/sct", "http://unitsofmeasure.org"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
SIDES = {"left": ("7771000", "Left"), "right": ("24028007", "Right"), "both": ("51440002", "Right and left")}
# Rows of the clinic that have a resource of their own. Others are named in words and codes.
OF_CLINIC = (get_user_model(), Practitioner, Site, Needle)


def uuid_of(row, part=""):
    """The id of the resource of a row, always the same in this installation and different in any other."""
    return uuid_for(f"{row._meta.label_lower} {row.pk} {part}")


def uuid_for(name):
    """An id made from a name, always the same in this installation and different in any other."""
    return str(uuid.UUID(bytes=salted_hmac("treatments.fhir", name, algorithm="sha256").digest()[:16], version=5))


def url_of(row, part=""):
    """The `fullUrl` of the resource of a row."""
    return f"urn:uuid:{uuid_of(row, part)}"


class Builder:
    """Builds resources, and collects what they refer to and which local codes they use."""

    def __init__(self, patient):
        self.patient = patient
        self.referred, self.codes = {}, {}

    def resource(self, kind, row, part="", **fields):
        """A resource about a row, with all values of the row as text for a reader. `part` if the row has several."""
        base = {"resourceType": kind, "id": uuid_of(row, part)}
        return base | ({} if part else {"text": narrative(row)}) | filled(fields)

    def refer(self, row, part=""):
        """A Reference to the resource of a row; None for no row."""
        if row is None:
            return None
        if isinstance(row, OF_CLINIC):
            self.referred[type(row), row.pk] = row
        shown = printed_name(row) if isinstance(row, get_user_model()) else ""
        return filled({"reference": url_of(row, part), "display": shown})

    @property
    def subject(self):
        return self.refer(self.patient)

    def local(self, code, display):
        """A CodeableConcept of our own, such as ("needling.technique.static", "Static")."""
        self.codes[code] = str(display)
        return {"coding": [{"system": LOCAL, "code": code, "display": str(display)}], "text": str(display)}

    def choice(self, row, name):
        """The chosen value of a field as a CodeableConcept of our own; None if it is empty."""
        value = getattr(row, name)
        if value in (None, ""):
            return None
        return self.local(f"{row._meta.model_name}.{name}.{value}", getattr(row, f"get_{name}_display")())

    def label(self, row, name):
        """What a field of a row means, as a CodeableConcept of our own."""
        label = str(row._meta.get_field(name).verbose_name)
        return self.local(f"{row._meta.model_name}.{name}", label[:1].upper() + label[1:])

    def muscle(self, muscle, name, side=""):
        """A body site: the muscle by its local code and its public ids, and the side as a coding of its own."""
        concept = self.local(f"muscle.{muscle.slug}", name)
        if muscle.uberon:
            uberon = {"system": "http://purl.obolibrary.org/obo/uberon.owl", "code": muscle.uberon}
            concept["coding"].append(uberon)
        if side in SIDES:
            code, display = SIDES[side]
            concept["coding"].append({"system": SNOMED, "code": code, "display": display})
        return concept | {"text": f"{name}, {side}" if side else name}

    def observation(self, row, part, code, value, at, **fields):
        """An Observation about the patient. `value` is a dict such as {"valueQuantity": ...}."""
        common = {"status": status_of(row), "code": code, "subject": self.subject, "effectiveDateTime": instant(at)}
        return self.resource("Observation", row, part, **(common | value | fields))

    def pain(self, row, part, value, at, **fields):
        """Pain from 0 to 10 as the patient reported it, as a number: a published value set has a wrong display."""
        display = "Pain severity - 0-10 verbal numeric rating [Score] - Reported"
        code = {"coding": [{"system": LOINC, "code": "72514-3", "display": display}]}
        return self.observation(row, part, code, quantity(value, "{score}"), at, **fields)


def filled(values):
    """A dict without what is empty. FHIR knows no empty values; 0 and False are none."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def status_of(row):
    """The status of an Observation: a mistaken one stays, marked, and that of a draft is preliminary."""
    if is_in_error(row):
        return "entered-in-error"
    return "preliminary" if getattr(getattr(row, "session", row), "is_draft", False) else "final"


def is_in_error(row):
    """Whether a row, or the session that it is part of, was entered in error or withdrawn, or its import undone."""
    whole = getattr(row, "session", None) or row
    return bool(
        getattr(row, "error_mark_id", None)
        or getattr(row, "import_undone_at", None)
        or getattr(whole, "error_mark_id", None)
        or getattr(whole, "status", "") == "withdrawn"
    )


def coded(system, code, display="", text=""):
    """A CodeableConcept with one published code, or with a text."""
    coding = filled({"system": system, "code": code, "display": display})
    return filled({"coding": [coding], "text": text})


def quantity(value, unit, shown=""):
    """A measured value with a UCUM unit."""
    number = int(value) if value == int(value) else float(value)
    return {"valueQuantity": {"value": number, "unit": shown or unit, "system": UCUM, "code": unit}}


def instant(at):
    """A time in UTC with milliseconds, or a day; None for none."""
    if isinstance(at, datetime):
        return at.astimezone(UTC).isoformat(timespec="milliseconds")
    return at.isoformat() if at else None


def narrative(row):
    """All values of a row as XHTML, so that what FHIR has no place for can still be read."""
    facts = "".join(f"<li><b>{escape(label)}:</b> {escape(text)}</li>" for label, text in facts_of(row))
    body = f"<p>{escape(title_of(row))}</p>" + (f"<ul>{facts}</ul>" if facts else "")
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{_printable(body)}</div>'}


def _printable(text):
    """Without control characters, which XML does not allow."""
    return "".join(character for character in text if character >= " " or character in "\n\t")
