"""What the image installs is what requirements.txt pins, each file with its hash."""

import re
from pathlib import Path

from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PIN = re.compile(r"^([\w.-]+)(?:\[[\w,]+\])?==([^\s;]+)", re.MULTILINE)


def pins(path):
    """{normal form of the name: version} of a file of requirements."""
    found = PIN.findall((ROOT / path).read_text())
    return {name.lower().replace("_", "-"): Version(version) for name, version in found}


def test_the_lock_has_every_pinned_requirement():
    locked = pins("deploy/requirements.lock")

    assert pins("requirements.txt").items() <= locked.items()  # if not: make lock


def test_every_locked_package_has_hashes():
    text = (ROOT / "deploy/requirements.lock").read_text()

    packages = [part for part in re.split(r"\n(?=\S)", text) if not part.startswith("#")]

    assert len(packages) > len(pins("requirements.txt"))
    assert [part for part in packages if "--hash=sha256:" not in part] == []
