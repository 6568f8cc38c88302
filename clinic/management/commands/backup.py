from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep, time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from tqdm import tqdm

from clinic.models import Backup
from clinic.platform.backup.archive import BadKey, read_recipients, write_archive
from clinic.platform.backup.rotation import file_name, outdated
from clinic.platform.backup.snapshot import ToolFailed, take_snapshot

UNFINISHED, DAY_SECONDS = ".unfinished", 86400


class Command(BaseCommand):
    help = (
        "Write an encrypted backup of the database to BACKUP_FOLDER, while the app is in use, and delete outdated"
        " backups there. Run it every night or more often."
    )

    def handle(self, *args, **options):
        folder = Path(settings.BACKUP_FOLDER)
        if not settings.BACKUP_FOLDER or not folder.is_dir():
            raise CommandError("Set BACKUP_FOLDER to an existing folder, best on another disk.")
        try:
            recipients = read_recipients(settings.BACKUP_RECIPIENTS)
            backup = self._write(folder, recipients)
        except (BadKey, ToolFailed) as problem:
            raise CommandError(str(problem)) from None
        except OSError as error:
            raise CommandError(f"No backup was written: {error}.") from None
        backup.save()
        self.stdout.write(f"{backup.file_name}: {backup.rows} rows, {backup.bytes} bytes.")
        self._delete_outdated(folder)

    def _delete_outdated(self, folder):
        for name in outdated([path.name for path in folder.iterdir()], now=timezone.now()):
            (folder / name).unlink(missing_ok=True)
            self.stdout.write(f"Deleted the outdated backup {name}.")
        # What a killed process left. A backup that is being written by another process is younger.
        for path in folder.glob(f"*{UNFINISHED}"):
            if path.stat().st_mtime < time() - DAY_SECONDS:
                path.unlink(missing_ok=True)

    def _write(self, folder, recipients):
        """Write the file under another name first, so that a file with the name of a backup is always complete."""
        made_at, target, unfinished = _new_file(folder)
        # Quiet where there is no terminal.
        progress = tqdm(total=len(connection.introspection.table_names()) + 2, unit="step", disable=None, leave=False)

        def report(sentence):
            progress.set_description(sentence)
            progress.update()

        try:
            with progress, TemporaryDirectory(prefix="filiform-backup-") as private:
                database = Path(private, "database")
                tables = take_snapshot(database, report)
                rows = sum(table["rows"] for table in tables.values())
                manifest = {"made_at": made_at.isoformat(), "engine": connection.vendor, "tables": tables}
                manifest["migrations"] = sorted(map(".".join, MigrationRecorder(connection).applied_migrations()))
                report("Encrypting")
                write_archive(database, manifest, unfinished, recipients)
            unfinished.rename(target)
        finally:
            unfinished.unlink(missing_ok=True)
        return Backup(made_at=made_at, file_name=target.name, bytes=target.stat().st_size, rows=rows)


def _new_file(folder):
    """(time, path of the backup, path while it is written) with a name that no other backup has.

    Names have whole seconds, so a second backup in the same second waits for the next one.
    """
    while True:
        made_at = timezone.now()
        target = folder / file_name(made_at)
        unfinished = target.with_suffix(UNFINISHED)
        with suppress(FileExistsError):
            unfinished.touch(exist_ok=False)
            if not target.exists():
                return made_at, target, unfinished
            unfinished.unlink()
        sleep(1 - made_at.microsecond / 1_000_000)
