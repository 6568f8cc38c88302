from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from clinic.platform.backup.tables import BadExport, exported_models, load_clinic
from patients.audit.recording import add_audit_entry
from patients.models import TrailEntry


class Command(BaseCommand):
    help = (
        "Load a file of `export_clinic` into the database of DATABASE_URL, which must be new and migrated. Every row is"
        " compared with what was exported. Then check the signed records."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file, **options):
        try:
            with tqdm(total=len(exported_models()), unit="table", disable=None, leave=False) as progress:
                manifest = load_clinic(file, lambda table: progress.update())
        except BadExport as problem:
            raise CommandError(str(problem)) from None
        note = f"The whole clinic, from the export of {manifest['made_at']}"
        add_audit_entry(TrailEntry.Action.CREATE, by=None, record=("clinic", ""), note=note)
        rows = sum(table["rows"] for table in manifest["tables"].values())
        self.stdout.write(f"All {rows} rows of {len(manifest['tables'])} tables are as they were exported.")
        call_command("verify_records", stdout=self.stdout)
