"""Run a release and this code in turn on one new SQLite database, as during an update: python -m tests.upgrade RELEASE.

RELEASE is a tag or commit. The release makes data; this code migrates and works on it; the release goes on working on
the new tables; this code verifies all records and counts the summaries again. Exits with 1 at the first step that
fails.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def steps(released):
    """(sentence, folder of the code, command) of each step."""
    work = str(Path(__file__).with_name("work.py"))
    yield "The release makes its tables", released, ["manage.py", "migrate", "--verbosity=0"]
    yield "The release works", released, [work, "1"]
    yield "This code brings the tables up to date", ROOT, ["manage.py", "migrate", "--verbosity=0"]
    yield "This code works on what the release wrote", ROOT, [work, "2"]
    yield "The release works on the new tables, also on what this code wrote", released, [work, "3"]
    yield "This code works on what the release wrote there", ROOT, [work, "4"]
    yield "This code verifies all records", ROOT, ["manage.py", "verify_records"]
    yield "This code counts the summaries again", ROOT, ["manage.py", "rebuild_summaries"]


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.upgrade", description=__doc__)
    parser.add_argument("release", help="a tag or a commit")
    release = parser.parse_args().release
    folder = Path(tempfile.mkdtemp(prefix="filiform-upgrade-"))
    try:
        released = folder / "released"
        released.mkdir()
        archive = subprocess.run(["git", "archive", release], cwd=ROOT, check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", released], input=archive, check=True)
        settings = {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": f"sqlite:///{folder / 'clinic.sqlite3'}",
        }
        for sentence, code, command in steps(released):
            done = subprocess.run([sys.executable, *command], cwd=code, env=os.environ | settings)
            print(f"{'FAILED' if done.returncode else 'ok    '} {sentence}", flush=True)
            if done.returncode:
                return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
