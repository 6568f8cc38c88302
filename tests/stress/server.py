"""The app as it is deployed: gunicorn, in separate processes, on the database of this one."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, connections

READY_WITHIN = 60


@contextmanager
def serving(*, workers=4):
    """Serve on a free port of this machine alone; yields the port."""
    connections.close_all()
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        port = listener.getsockname()[1]
        command = [sys.executable, "-m", "gunicorn", "clinic.wsgi", "--bind", f"fd://{listener.fileno()}"]
        command += ["--workers", str(workers), "--log-level", "warning"]
        with tempfile.TemporaryFile("w+") as log:
            process = subprocess.Popen(
                command, env=os.environ | environment(), pass_fds=[listener.fileno()], stderr=log
            )
            try:
                _wait_for(f"http://127.0.0.1:{port}/healthz/")
                yield port
            finally:
                process.terminate()
                process.wait(30)
                _show_errors(log)


def environment():
    """What another process needs to work on the database that this one is connected to."""
    return {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": _database_url(),
        "SECRET_KEY": settings.SECRET_KEY,
        "DEBUG": "0",
        "HTTPS": "0",
    }


def _database_url():
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def signed_in(user):
    """The session key of a signed-in person, without the form."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key


def _wait_for(url):
    until = time.monotonic() + READY_WITHIN
    while True:
        try:
            return urlopen(url, timeout=READY_WITHIN).close()
        except URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def _show_errors(log):
    """Print the server's error messages; refusals are only warnings."""
    log.seek(0)
    sys.stderr.writelines(line for line in log if not re.search(" (INFO|WARNING) ", line))
