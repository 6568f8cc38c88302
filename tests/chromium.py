"""Find the installed browser."""

import shutil


def chromium():
    """The path of Chromium. Debian's headless shell is the same engine without windows: a third faster."""
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")
