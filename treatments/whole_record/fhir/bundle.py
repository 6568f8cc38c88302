"""The whole record as one FHIR R4 bundle, written entry by entry."""

import json

from clinic.models import OtherSiteAccess, PatientSite
from patients.models import LegalHold, PatientIdentifier, PatientMerge, ScreeningAnswer
from treatments.models import Correction, ProtocolUse, SessionContext
from treatments.whole_record.kinds import kinds

from . import consents, documents, events, history, needling, people, visits
from .building import LOCAL, Builder, filled, instant, uuid_for

GROUPS = (people, visits, needling, consents, events, documents, history)
RESOURCES = {model: [build] for group in GROUPS for model, build in group.RESOURCES.items()}
for signed, build_signature in history.SIGNATURES.items():
    RESOURCES[signed].append(build_signature)
# Rows without a resource of their own, and where what they say is. All are in record.json.
WITHOUT_RESOURCE = {
    ScreeningAnswer: "items of the QuestionnaireResponse of the screening; a yes is a Flag too",
    Correction: "reasons in the Provenance of the amendment; the corrected rows are resources",
    SessionContext: "the serviceProvider of the Encounter",
    PatientIdentifier: "identifiers of the Patient; those that were removed are in record.json only",
    PatientMerge: "the link between the two Patient resources",
    LegalHold: "why the clinic keeps the record, not care",
    PatientSite: "which sites of the clinic know the patient",
    OtherSiteAccess: "the AuditEvents of what was opened",
    ProtocolUse: "how the form was filled in, not what was done",
}


def resources_of(patient, *, models=None, build=None):
    """Yield the resources of all rows of the record, then of what they refer to, and last the local codes they use.

    `models` limits the rows to these models.
    """
    build = build or Builder(patient)
    for kind in kinds():
        if kind.model in RESOURCES and (models is None or kind.model in models):
            for row in kind.rows_with_links(patient).iterator(chunk_size=500):
                for make in RESOURCES[kind.model]:
                    yield from map(without_empty, make(build, row))
    done = set()
    while left := build.referred.keys() - done:
        for key in sorted(left, key=lambda key: (key[0].__name__, key[1])):
            done.add(key)
            yield from map(without_empty, people.OF_CLINIC[key[0]](build, build.referred[key]))
    yield _code_system(build.codes)


def bundle_of(patient, *, made_at):
    """Yield the pieces of the bundle in UTF-8. Few resources are in memory at the same time."""
    head = {"resourceType": "Bundle", "id": uuid_for(f"bundle {patient.pk} {made_at}"), "type": "collection"}
    yield json.dumps(head | {"timestamp": instant(made_at)})[:-1].encode() + b', "entry": [\n'
    separator = b""
    for resource in resources_of(patient):
        yield separator + json.dumps(entry_of(resource), ensure_ascii=False).encode()
        separator = b",\n"
    yield b"\n]}\n"


def entry_of(resource):
    """The entry of a bundle for a resource."""
    return {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}


def without_empty(value):
    """The same without anything empty, at every depth: FHIR allows no empty element."""
    if isinstance(value, dict):
        return filled({name: without_empty(part) for name, part in value.items()})
    if isinstance(value, list):
        return [part for part in map(without_empty, value) if part not in (None, "", [], {})]
    return value


def _code_system(codes):
    """The local codes that the bundle uses, with their meaning."""
    concepts = [{"code": code, "display": display} for code, display in sorted(codes.items())]
    return filled(
        {
            "resourceType": "CodeSystem",
            "id": uuid_for("code system"),
            "url": LOCAL,
            "name": "FiliformCodes",
            "title": "Codes of Filiform for dry needling, where no published code is known to fit",
            "status": "active",
            "content": "fragment",
            "concept": concepts,
        }
    )
