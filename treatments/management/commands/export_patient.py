from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from patients.integrity.progress import shown_in_terminal
from patients.models import Patient
from treatments.services import record_whole_export
from treatments.whole_record.package import Package, zip_of_package


class Command(BaseCommand):
    help = (
        "Write a copy of the whole record of one patient to a ZIP file that only its owner may read. The copy is in the"
        " audit trail of the patient."
    )

    def add_arguments(self, parser):
        parser.add_argument("record_number", help="such as P000250")
        parser.add_argument("file", type=Path, help="a new file")
        parser.add_argument("--for", dest="recipient", required=True, help="who receives the copy")

    def handle(self, *, record_number, file, recipient, **options):
        found = Patient.objects.filter(record_number=record_number).select_related("merged_into").first()
        if found is None:
            raise CommandError(f"There is no patient with the record number {record_number}.")
        patient = found.surviving
        try:
            file.touch(mode=0o600, exist_ok=False)
            entry = record_whole_export(patient, by=None, recipient=recipient, proof="")
            with file.open("wb") as archive, shown_in_terminal():
                archive.writelines(zip_of_package(Package(patient, recipient, entry.at, "a command on the server")))
        except ValidationError as refusal:
            file.unlink()
            raise CommandError(refusal.messages[0]) from None
        except OSError as error:
            raise CommandError(f"The copy could not be written: {error}.") from None
        self.stdout.write(f"{file}: the whole record of {patient.record_number}, {file.stat().st_size} bytes.")
