"""Production settings with a temporary database and static folder."""

import os
from pathlib import Path

os.environ["DEBUG"] = "0"
os.environ["HTTPS"] = "0"
os.environ["TWO_FACTOR_ROLES"] = ""
os.environ.setdefault("SECRET_KEY", "only-for-the-bench-" * 4)

from tests.demo.settings import *  # noqa: E402,F403 - the environment must be set first

STATIC_ROOT = Path(os.environ["BENCH_FOLDER"]) / "static"
ROOT_URLCONF = "tests.bench.floor"
TEMPLATES[0]["DIRS"].append(BASE_DIR / "tests" / "bench")  # noqa: F405
LOGGING["root"]["level"] = "ERROR"  # noqa: F405
