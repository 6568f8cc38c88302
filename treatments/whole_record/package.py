"""The package with the whole record of one patient: a ZIP archive, written file by file."""

import json
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from patients.integrity.progress import counted
from patients.models import Patient
from patients.web.zip_stream import zip_of
from treatments.models import Attachment
from treatments.record.attachment_export import csv_of, files_of

from .as_json import record_as_json
from .disclosures import COLUMNS, disclosures_of
from .document import document_of
from .fhir.bundle import bundle_of
from .fhir.summary import summary_of
from .proof import files_of_proof


@dataclass(frozen=True)
class Package:
    """What the package is about, who receives it, and who made it when."""

    patient: Patient
    recipient: str
    made_at: datetime
    made_by: str

    @property
    def file_name(self):
        """Without the patient's name, like every file that leaves the app."""
        return f"{self.patient.record_number} whole record {timezone.localtime(self.made_at):%Y-%m-%d}.zip"

    @property
    def about(self):
        return {
            "record_number": self.patient.record_number,
            "recipient": self.recipient,
            "made_at": self.made_at.isoformat(),
            "made_by": self.made_by,
        }


def _read_me(package):
    """What each file is, in plain words."""
    yield "README.txt", [README.format(**package.about).encode()]


def _document(package):
    yield from document_of(package.patient, package.about)


def _json(package):
    yield "record.json", record_as_json(package.patient, package.about)


def _fhir(package):
    yield "fhir.json", bundle_of(package.patient, made_at=package.made_at)
    summary = summary_of(package.patient, made_at=package.made_at, made_by=package.made_by)
    yield "ips.json", [json.dumps(summary, ensure_ascii=False, indent=1).encode()]


def _disclosures(package):
    yield "disclosures.csv", [csv_of([COLUMNS, *(given.cells for given in disclosures_of(package.patient))])]


def _attachments(package):
    attachments = Attachment.objects.filter(patient=package.patient).newest_first().with_people()
    attachments = attachments.select_related("patient", "content")
    read = counted(attachments.iterator(chunk_size=1), "attachments", attachments.count)
    yield from files_of(read, folder="attachments/")


def _proof(package):
    yield from files_of_proof(package.patient)


# Each takes a Package and yields (name, iterable of bytes) of its files. Add a function here to add files.
WRITERS = [_read_me, _document, _json, _fhir, _disclosures, _attachments, _proof]


def zip_of_package(package):
    """Yield the bytes of the ZIP archive. Long files are made while they are written, so it needs little memory."""
    writers = counted(WRITERS, "parts of the copy", lambda: len(WRITERS))
    return zip_of(file for write in writers for file in write(package))


README = """The whole record of patient {record_number}
Made on {made_at} by {made_by} for: {recipient}

record.pdf       The record to read: every entry in the order of time, with amendments beside the originals, the list
                 of disclosures, and who opened the record. (record.html if this server could not make the PDF.)
record.json      The same record for programs: every value of every row, the words of each field, and what the rows
                 refer to.
fhir.json        The same record in the form of HL7 FHIR R4.
ips.json         An International Patient Summary: current problems, allergies, medicines, procedures and alerts.
disclosures.csv  To whom anything of this record was given, as a table.
attachments/     Documents and photos as they were attached, with a list.
proof/           The signed records as they were sealed, with their hashes, and the audit trail of this patient.
                 `python3 proof/check_proof.py` checks them on any computer with Python, without the clinic.
"""
