from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from tqdm import tqdm

from clinic.models import Backup
from clinic.platform.backup.archive import BadArchive, BadKey, read_archive, read_identities
from clinic.platform.backup.digests import differences, table_digests
from clinic.platform.backup.snapshot import ToolFailed, load_snapshot, temporary_database


class Command(BaseCommand):
    help = (
        "Restore a backup into the database of DATABASE_URL, which must be empty. With --check, restore it into a"
        " temporary database that is deleted afterwards. Both compare every row with what was backed up. Then check"
        " the signed records. A backup of an older version is first brought up to date."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--key", type=Path, required=True, help="the file with the private key")
        parser.add_argument("--check", action="store_true", help="only try the backup out")

    def handle(self, *, file, key, check, **options):
        try:
            with TemporaryDirectory(prefix="filiform-restore-") as private:
                folder = Path(private)
                manifest, database = read_archive(file, read_identities(key), folder)
                if manifest["engine"] != connection.vendor:
                    raise CommandError(
                        f"This backup is of {manifest['engine']} and DATABASE_URL names {connection.vendor}."
                        " Restore it on the engine that it comes from."
                    )
                with temporary_database(folder) if check else nullcontext():
                    self._restore(manifest, database)
        except (BadKey, BadArchive, ToolFailed) as problem:
            raise CommandError(str(problem)) from None
        except OSError as error:
            raise CommandError(f"The backup could not be restored: {error}.") from None
        if check:
            Backup.objects.filter(file_name=file.name).update(checked_at=timezone.now())

    def _restore(self, manifest, database):
        if connection.introspection.table_names():
            raise CommandError("This database has tables. Set DATABASE_URL to an empty database.")
        load_snapshot(database)
        with tqdm(total=len(manifest["tables"]), unit="table", disable=None, leave=False) as progress:
            found = table_digests(lambda table: progress.update())
        sentences = list(differences(manifest["tables"], found))
        for sentence in sentences:
            self.stdout.write(sentence)
        if sentences:
            raise CommandError(
                f"The restored database is not what was backed up. Tables that differ: {len(sentences)}."
            )
        rows = sum(table["rows"] for table in found.values())
        self.stdout.write(f"All {rows} rows of {len(found)} tables are as they were on {manifest['made_at']}.")
        # Only if needed: `migrate` also creates missing triggers, and `verify_records` must see that they are missing.
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", verbosity=0, interactive=False, stdout=self.stdout)
        call_command("verify_records", stdout=self.stdout)
