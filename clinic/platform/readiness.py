"""Whether this installation can work now, for load balancers, monitoring and the health check of a container."""

import logging
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from .backup.age import BackupState, backup_state

OK, UNKNOWN = "ok", "unknown"
MEGABYTE = 2**20
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Readiness:
    """One word or two for each check, "ok" if it passed; no names, paths or secrets.

    `backup_state` is the BackupState, or None if the database does not answer.
    """

    database: str
    migrations: str
    disk: str
    backup: str
    backup_state: BackupState | None = None

    @property
    def checks(self):
        """{name of the check: result}."""
        return {name: getattr(self, name) for name in ("database", "migrations", "disk", "backup")}

    @property
    def is_ready(self):
        """Whether records can be read and saved. An old backup needs somebody's attention, but stops nobody's work."""
        return {self.database, self.migrations, self.disk} == {OK}


def readiness():
    """Return the Readiness of this process. Three queries; it never raises because of the database or a disk."""
    disk = OK if has_room(database_folder()) else "low"
    try:
        with transaction.atomic():  # on SQLite this takes the write lock, which a read-only file refuses
            applied = MigrationRecorder(connection).applied_migrations()
            backup = backup_state() if applied.keys() >= migrations_of_code() else None
            writable = connection.vendor == "sqlite" or _is_writable()
    except (DatabaseError, InterfaceError) as error:
        logger.warning("The database cannot be used: %s", type(error).__name__)
        return Readiness("no answer", UNKNOWN, disk, UNKNOWN)
    if backup is None:
        return Readiness(OK if writable else "read-only", "missing", disk, UNKNOWN)
    return Readiness(OK if writable else "read-only", OK, disk, "too old" if backup.too_old else OK, backup)


def places():
    """{name: folder} of the disks that this process can measure. PostgreSQL keeps its own; watch it there."""
    folders = {"database": database_folder(), "backups": settings.BACKUP_FOLDER or None}
    return {name: Path(folder) for name, folder in folders.items() if folder and Path(folder).is_dir()}


def database_folder():
    """The folder of the SQLite file; None for PostgreSQL or a database in memory."""
    if connection.vendor != "sqlite":
        return None
    folder = Path(connection.settings_dict["NAME"]).parent
    return folder if folder.is_dir() else None


def has_room(folder):
    """Whether MINIMUM_FREE_MB are free in this folder; True for None."""
    try:
        return folder is None or shutil.disk_usage(folder).free >= settings.MINIMUM_FREE_MB * MEGABYTE
    except OSError:
        return False


@cache
def migrations_of_code():
    """The migrations that this version of the code needs. Read once, because code does not change while it runs."""
    return frozenset(MigrationLoader(None).disk_migrations)


def _is_writable():
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        return cursor.fetchone()[0] == "off"
