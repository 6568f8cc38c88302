"""A small disk for the database. It must exist before the settings are read."""

import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def small_disk(megabytes):
    """A disk in memory; yields its folder, None where this user may not mount one."""
    folder = Path(tempfile.mkdtemp(prefix="filiform-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=777", "tmpfs", folder]
    is_mounted = not subprocess.run(mount, capture_output=True).returncode
    try:
        yield folder if is_mounted else None
    finally:
        if is_mounted:
            subprocess.run(["umount", "-l", folder], check=True)
        shutil.rmtree(folder, ignore_errors=True)
