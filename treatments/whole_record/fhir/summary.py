"""The International Patient Summary: what another clinician needs first, as a FHIR document.

The sections and their codes are those of the guide of HL7. A section about which nothing is recorded says so with
`emptyReason`, as release 2 of the guide asks.
"""

from django.utils.html import escape

from patients.models import Consent, Episode, ImportedAlert, Patient, Screening
from treatments.models import AdverseEvent, Assessment, Needling
from treatments.record.corrections import as_corrected, with_amendments

from .building import LOINC, TERMINOLOGY, Builder, coded, filled, instant, uuid_for
from .bundle import entry_of, resources_of, without_empty

ALLERGIES = {"metal_allergy": "Metal", "latex": "Latex"}
NOTHING = coded(f"{TERMINOLOGY}/list-empty-reason", "unavailable", "Unavailable")
SECTIONS = [
    ("Problems", "11450-4", "Problem list", "Condition"),
    ("Allergies", "48765-2", "Allergies", "AllergyIntolerance"),
    ("Medicines", "10160-0", "History of medication use", "MedicationStatement"),
    ("Procedures", "47519-4", "History of procedures", "Procedure"),
]


def summary_of(patient, *, made_at, made_by):
    """The document as a dict: a Composition, and the resources that its sections name.

    `made_by` is the printed name of whoever made it.
    """
    build = Builder(patient)
    wanted = {Patient, Episode, ImportedAlert, Screening, Consent, Needling, AdverseEvent}
    found = [one for one in resources_of(patient, models=wanted, build=build) if _is_current(one)]
    found += [*_allergies(build, patient), *_medicines(build, patient)]
    found = [one for one in found if one["resourceType"] in KEPT]
    known = {f"urn:uuid:{one['id']}" for one in found}
    found = [without_empty(_only_known(one, known)) for one in found]
    sections = [_section(*section, found) for section in SECTIONS]
    flags = [one for one in found if one["resourceType"] == "Flag"]
    if flags:
        sections.append(_with_text({"title": "Alerts"}, flags))
    composition = {
        "resourceType": "Composition",
        "id": uuid_for(f"summary {patient.pk} {made_at}"),
        "status": "final",
        "type": coded(LOINC, "60591-5", "Patient summary Document"),
        "subject": build.subject,
        "date": instant(made_at),
        "author": [{"display": made_by}],
        "title": "International Patient Summary",
        "section": sections,
    }
    return {
        "resourceType": "Bundle",
        "id": uuid_for(f"summary bundle {patient.pk} {made_at}"),
        "identifier": {
            "system": "urn:ietf:rfc:3986",
            "value": f"urn:uuid:{uuid_for(f'summary {patient.pk} {made_at}')}",
        },
        "type": "document",
        "timestamp": instant(made_at),
        "entry": [entry_of(one) for one in [composition, *found]],
    }


KEPT = {
    "Patient", "Practitioner", "PractitionerRole", "Organization", "Condition", "AllergyIntolerance",
    "MedicationStatement", "Procedure", "Flag", "Device",
}  # fmt: skip


def _is_current(resource):
    """Without what was entered in error, is a draft, or no longer holds."""
    verification = resource.get("verificationStatus", {}).get("coding", [{}])[0].get("code")
    clinical = resource.get("clinicalStatus", {}).get("coding", [{}])[0].get("code")
    if resource["resourceType"] == "AllergyIntolerance" and clinical == "inactive":
        return False
    return resource.get("status") not in ("entered-in-error", "in-progress", "inactive") and (
        verification != "entered-in-error"
    )


def _only_known(value, known):
    """The same without references to resources that are not in the document."""
    if isinstance(value, dict):
        if "reference" in value and value["reference"] not in known:
            return filled({"display": value.get("display")})
        return {name: _only_known(part, known) for name, part in value.items()}
    return [_only_known(part, known) for part in value] if isinstance(value, list) else value


def _latest_screening(patient):
    return Screening.objects.counting().filter(patient=patient).latest_first().first()


def _allergies(build, patient):
    """Allergies from the answers of the latest screening; "not known" is no allergy here."""
    screening = _latest_screening(patient)
    answers = screening.answers.filter(is_yes=True, question__key__in=ALLERGIES) if screening else []
    for answer in answers:
        words = ", ".join(filter(None, [ALLERGIES[answer.question.key], answer.details_text]))
        yield build.resource(
            "AllergyIntolerance",
            answer,
            "allergy",
            clinicalStatus=coded(f"{TERMINOLOGY}/allergyintolerance-clinical", "active"),
            code={"text": words},
            patient=build.subject,
            recordedDate=instant(screening.taken_at),
        )


def _medicines(build, patient):
    """Medicines in the patient's words, from the latest assessment that names any. Nobody coded them."""
    signed = Assessment.objects.counting().signed().filter(patient=patient).latest_first()
    latest = next((one for one in map(as_corrected, with_amendments(signed)) if one.medication), None)
    if latest:
        yield build.resource(
            "MedicationStatement",
            latest,
            "medicines",
            status="unknown",
            medicationCodeableConcept={"text": latest.medication},
            subject=build.subject,
            effectiveDateTime=instant(latest.started_at),
        )


def _section(title, code, display, kind, found):
    entries = [one for one in found if one["resourceType"] == kind]
    section = {"title": title, "code": coded(LOINC, code, display)}
    if entries:
        return _with_text(section, entries)
    words = "Nothing is recorded. That does not mean that there is nothing."
    return section | {"text": _narrative([words]), "emptyReason": NOTHING}


def _with_text(section, entries):
    references = [{"reference": f"urn:uuid:{one['id']}"} for one in entries]
    return section | {"text": _narrative([_words(one) for one in entries]), "entry": references}


def _words(resource):
    named = resource.get("code") or resource.get("medicationCodeableConcept") or {}
    place = " ".join(site.get("text", "") for site in _as_list(resource.get("bodySite")))
    on = resource.get("performedDateTime") or resource.get("effectiveDateTime") or ""
    return ", ".join(filter(None, [named.get("text", ""), place, on[:10]]))


def _as_list(value):
    return value if isinstance(value, list) else [value] if value else []


def _narrative(lines):
    listed = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><ul>{listed}</ul></div>'}
