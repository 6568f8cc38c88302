"""What is broken: gunicorn, PostgreSQL, the disk; and pgbouncer."""

import os
import random
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL

from django.db import connection, connections

from tests.second_server import programs_of
from tests.stress.server import environment

from .load import paused

FILLER, ZEROS = "filler", b"\0" * 2**20


class Server:
    """gunicorn on a socket that stays open, as systemd keeps one: a client waits while it is started again."""

    def __init__(self, *, workers=3, **more):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.workers, self.environment = workers, os.environ | environment() | more
        self.start()

    def start(self):
        options = ["--bind", f"fd://{self.listener.fileno()}", "--workers", str(self.workers), "--threads", "4"]
        command = [sys.executable, "-m", "gunicorn", "-c", "python:clinic.platform.server", *options, "clinic.wsgi"]
        self.process = subprocess.Popen(
            command, env=self.environment, pass_fds=[self.listener.fileno()], stderr=DEVNULL, stdout=DEVNULL
        )

    def children(self):
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]

    def kill_a_worker(self):
        if children := self.children():
            os.kill(random.choice(children), signal.SIGKILL)

    def kill_everything(self):
        for pid in [self.process.pid, *self.children()]:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.start()

    def stop(self):
        self.process.terminate()
        self.process.wait(60)
        self.listener.close()


class Postgres:
    """The server of DATABASE_URL, which must run on this machine. Made safe first: the tests' own does not sync."""

    def __init__(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version'), current_setting('data_directory')")
            version, data = cursor.fetchone()
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                cursor.execute(f"ALTER SYSTEM SET {setting} = on")
            cursor.execute("SELECT pg_reload_conf()")
        self.programs, self.data = programs_of(version), Path(data)
        self.options = shlex.split((self.data / "postmaster.opts").read_text())
        self.user = self.data.stat().st_uid if os.geteuid() == 0 else None

    def run(self, program, *arguments, check=True):
        with tempfile.TemporaryFile() as output:  # the server keeps the output open
            command = [self.programs / program, *arguments]
            groups = None if self.user is None else []
            options = {"user": self.user, "group": self.user, "extra_groups": groups, "cwd": "/"}
            return subprocess.run(command, check=check, stdout=output, stderr=output, timeout=120, **options)

    def start(self):
        options = shlex.join(self.options[1:])
        self.run("pg_ctl", "-D", self.data, "-w", "-l", "/dev/null", "-o", options, "start")

    def stop(self, mode):
        self.run("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def kill(self):
        """SIGKILL to the server and to all its processes."""
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for each in [pid, *map(int, children)]:
            try:
                os.kill(each, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.5)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def set_read_only(self, value):
        connections.close_all()
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
            cursor.execute("SELECT pg_reload_conf()")
        connections.close_all()


def fill(folder):
    """Leave no space in this folder."""
    try:
        with (folder / FILLER).open("wb", buffering=0) as file:
            while file.write(ZEROS) == len(ZEROS):
                pass
    except OSError:  # no space is left
        pass


def make_room(folder):
    (folder / FILLER).unlink()


def make_read_only(folder):
    """Wait until no file is open for writing, because Linux refuses it until then."""
    paused.set()
    while not _remount(folder, "ro"):
        time.sleep(0.01)
    paused.clear()


def make_writable(folder):
    _remount(folder, "rw")


def _remount(folder, mode):
    return not subprocess.run(["mount", "-o", f"remount,{mode}", folder], capture_output=True).returncode


@contextmanager
def pgbouncer():
    """pgbouncer in transaction mode in front of the test database; yields a DATABASE_URL, None if it is missing."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if not program:
        yield None
        return
    parameters = connection.get_connection_params()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        users, config = Path(folder, "users"), Path(folder, "config")
        users.write_text('"postgres" ""\n')
        config.write_text(
            f"[databases]\n* = host={parameters['host']} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
            f"listen_port = {port}\nunix_socket_dir =\nauth_type = any\nauth_file = {users}\npool_mode = transaction\n"
            "default_pool_size = 4\nignore_startup_parameters = extra_float_digits\n"
        )
        unprivileged = ["-u", "nobody"] if os.geteuid() == 0 else []
        process = subprocess.Popen([program, "-q", *unprivileged, config])
        time.sleep(1)
        try:
            yield f"postgres://postgres@127.0.0.1:{port}/{parameters['dbname']}?DISABLE_SERVER_SIDE_CURSORS=true"
        finally:
            process.terminate()
            process.wait(10)
