from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from clinic.platform.backup.snapshot import one_state
from clinic.platform.backup.tables import exported_models, files_of_clinic
from patients.audit.recording import add_entry_about_many
from patients.models import Patient, TrailEntry
from patients.web.zip_stream import zip_of

EXPORT = TrailEntry.Action.EXPORT


class Command(BaseCommand):
    help = (
        "Write all data of the clinic to a ZIP file of JSON that only its owner may read, while the app is in use."
        " `import_clinic` loads it into an empty database of either engine. The export is in the audit trail of every"
        " patient. The file is not encrypted."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="a new file")

    def handle(self, *, file, **options):
        made_at = timezone.now()
        try:
            file.touch(mode=0o600, exist_ok=False)
            everybody = Patient.objects.values_list("pk", flat=True)
            note = "Export of the whole clinic"
            add_entry_about_many(EXPORT, by=None, patient_ids=everybody, record=("clinic", ""), note=note)
            progress = tqdm(total=len(exported_models()), unit="table", disable=None, leave=False)
            with (
                progress,
                TemporaryDirectory(prefix="filiform-export-") as private,
                one_state(Path(private)),
                file.open("wb") as archive,
            ):
                archive.writelines(zip_of(files_of_clinic(made_at=made_at, report=lambda table: progress.update())))
        except OSError as error:
            raise CommandError(f"The export could not be written: {error}.") from None
        self.stdout.write(f"{file}: {len(exported_models())} tables, {file.stat().st_size} bytes.")
