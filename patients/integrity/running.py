"""How far the long work of a page is, for other pages, and whether it still runs.

A file of this machine says so, because the transaction that does the work shows nothing to others before its end. The
process that works holds a lock on the file, which the system releases when the process dies: so work that was
interrupted is known as such, and nobody has to wait for a sign of life. See docs/decisions/034-long-work.md.
"""

import fcntl
import json
import os
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .progress import watched_by

WRITE_EVERY_SECONDS = 0.3


class AlreadyRunning(Exception):
    """The same work runs now, in this or in another process of this machine."""


@dataclass(frozen=True)
class Work:
    """`what` is counted, such as "rows": `done` of `total`. All are empty at the beginning."""

    is_running: bool
    what: str = ""
    done: int = 0
    total: int = 0


@contextmanager
def running(key):
    """Say how far the work inside is, under a key of letters, digits and hyphens. Raises AlreadyRunning if it runs."""
    path = _path(key)
    with path.open("a+") as file:
        if not _locks(file):
            raise AlreadyRunning
        try:
            with watched_by(lambda name, total: _Bar(file, name, total)):
                yield
        finally:
            path.unlink(missing_ok=True)


def state_of(key):
    """The Work with this key; None if it does not run and was not interrupted."""
    try:
        with _path(key).open("r+") as file:
            if _locks(file):
                return Work(is_running=False)
            text = file.read()
    except FileNotFoundError:
        return None
    try:
        return Work(is_running=True, **json.loads(text))
    except ValueError:  # it has just begun, or is being written
        return Work(is_running=True)


def forget_interrupted(key):
    """Forget work that was interrupted, after somebody was told."""
    _path(key).unlink(missing_ok=True)


class _Bar:
    def __init__(self, file, name, total):
        self.file, self.name, self.total, self.done, self.written_at = file, name, total, 0, 0.0

    def __enter__(self):
        self._write()
        return self

    def __exit__(self, *error):
        return None

    def update(self, number=1):
        self.done += number
        if time.monotonic() - self.written_at >= WRITE_EVERY_SECONDS:
            self._write()

    def _write(self):
        self.written_at = time.monotonic()
        self.file.seek(0)
        self.file.truncate()
        self.file.write(json.dumps({"what": self.name, "done": self.done, "total": self.total}))
        self.file.flush()


def _path(key):
    folder = Path(tempfile.gettempdir(), f"filiform-running-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / str(key)


def _locks(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
