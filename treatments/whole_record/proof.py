"""What an outsider can check of a patient's record: the sealed texts with their hashes, and the chain of the trail."""

import json
from pathlib import Path

from django.db.models import Q

from patients.audit.chain import CONTENT, entry_content
from patients.consents import consent_content
from patients.integrity.seal import canonical
from patients.models import Consent, Patient, TrailEntry
from patients.models.trail import chain_of
from treatments.models import Amendment, Assessment, Letter, TreatmentSession, with_rows
from treatments.record.corrections import with_amendments
from treatments.record.sealing import amendment_content, assessment_content, letter_content, sealed_content


def files_of_proof(patient):
    """Yield (name, iterable of bytes) of the files: the proof and the program that checks it."""
    proof = {"content": CONTENT, "records": list(_records(patient)), "trail": list(_entries(patient))}
    yield "proof/proof.json", [json.dumps(proof, ensure_ascii=False).encode()]
    yield "proof/check_proof.py", [Path(__file__).with_name("check_proof.py").read_bytes()]


def _records(patient):
    """Every sealed record with the text that its hash covers. The hash of a consent leaves out its withdrawal."""
    mine = {"patient": patient}
    sessions = with_amendments(with_rows(TreatmentSession.objects.signed().filter(**mine)))
    amendments = Amendment.objects.filter(Q(session__patient=patient) | Q(assessment__patient=patient))
    for rows, content_of in (
        (sessions.prefetch_related("screening__answers"), sealed_content),
        (amendments.prefetch_related("corrections"), lambda row: amendment_content(row, row.corrections.all())),
        (Assessment.objects.signed().filter(**mine), assessment_content),
        (Letter.objects.signed().filter(**mine), letter_content),
        (Consent.objects.filter(**mine).select_related("form"), consent_content),
    ):
        for row in rows.order_by("pk"):
            content = canonical(content_of(row))
            yield {"kind": row._meta.model_name, "id": str(row.pk), "hash": row.content_hash, "content": content}


def _entries(patient):
    """The entries of the chains of all records of the patient, as they are stored.

    Not the keyed part of a hash: whoever has it could put entries into another order.
    """
    records = Patient.objects.filter(Q(pk=patient.person_id) | Q(merged_into=patient.person_id))
    chains = [chain_of(pk) for pk in records.values_list("pk", flat=True)]
    for entry in TrailEntry.objects.filter(chain__in=chains).order_by("chain", "number"):
        names = ("chain", "number", "previous_hash", "hash", "key_id")
        yield {name: getattr(entry, name) for name in names} | {
            "content": entry_content(*(getattr(entry, name) for name in CONTENT))
        }
