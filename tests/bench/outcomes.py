"""The outcome pages on ten thousand, a hundred thousand and a million sessions: python -m tests.bench.outcomes [size].

For each size and database a clinic of make_volume is written, pages are asked for, and the figures of a page are read
once through the app and once by hand-written SQL over the same tables, in turn. Writes docs/outcomes-performance.md.
"""

import json
import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from tests.bench.__main__ import NAMES, machine

PAGE = Path(__file__).resolve().parents[2] / "docs" / "outcomes-performance.md"
SIZES = [10_000, 100_000, 1_000_000]
MOST_TIMES_SQL = 2
# Milliseconds for the page with filters that the summaries know, and for one with any others.
LIMITS = {"sqlite": (600, 3000), "postgresql": (300, 1500)}
MOST_MEGABYTES = 300
MOST_SECONDS = 180

INTRODUCTION = """# The outcome pages on many sessions

Written by `python -m tests.bench.outcomes` on {day}, on {machine}: clinics of `manage.py make_volume`, fresh for each
size and database. Times are server time in process through all of the app's layers, medians of {rounds} requests.
*By hand* is hand-written SQL for the same figures over the same tables, run alternately with the app's own code. For
all figures together the app may take {most} times as long. Targets for a million sessions: with period, site,
practitioner, region and muscle 300 ms on PostgreSQL and 600 ms on SQLite; with any other filter 1.5 s and 3 s; a worker
below {megabytes} MB; written within {seconds} s.
"""


def measured(size, *launcher):
    with tempfile.TemporaryDirectory(prefix="filiform-bench-") as folder:
        environment = {"DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3"} | os.environ | {"BENCH_FOLDER": folder}
        command = [sys.executable, *launcher, "-m", "tests.bench.outcomes_measure", str(size)]
        return json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout)


def section(size, result):
    quick, slow = LIMITS[result["vendor"]]
    lines = [f"\n## {size:,} sessions, {NAMES[result['vendor']]}\n"]
    written = f"Written in {result['written']:.0f} s ({_kept(result['written'] <= MOST_SECONDS)})"
    lines.append(f"{written}, of that {result['summarised']:.0f} s for the summaries.\n")
    lines += ["| page | p50, ms | limit | |", "| --- | --: | --: | --- |"]
    for name, is_quick, took in result["pages"]:
        limit = quick if is_quick else slow
        lines.append(f"| {name} | {took:.0f} | {limit} | {_kept(took <= limit)} |")
    lines += ["\n| figures | app, ms | by hand, ms | ratio | |", "| --- | --: | --: | --: | --- |"]
    for name, app, hand in result["figures"]:
        lines.append(f"| {name} | {app:.1f} | {hand:.1f} | {app / hand:.1f} | |")
    app, hand = (sum(times) for times in list(zip(*result["figures"], strict=True))[1:])
    lines.append(f"| together | {app:.1f} | {hand:.1f} | {app / hand:.1f} | {_kept(app / hand <= MOST_TIMES_SQL)} |")
    export = result["export"]
    memory = f"{export['peak']} MB ({_kept(export['peak'] < MOST_MEGABYTES)})"
    lines.append(
        f"\nExport of all {export['sessions']:,} sessions as CSV: {export['seconds']:.0f} s,"
        f" {export['megabytes']:.0f} MB; the process at most {memory}."
    )
    return "\n".join(lines) + "\n"


def _kept(is_kept):
    return "kept" if is_kept else "**missed**"


def main():
    os.environ.pop("DATABASE_URL", None)
    text = INTRODUCTION.format(
        day=f"{date.today():%d %B %Y}",
        machine=machine(),
        rounds=5,
        most=MOST_TIMES_SQL,
        megabytes=MOST_MEGABYTES,
        seconds=MOST_SECONDS,
    )
    for size in [int(given) for given in sys.argv[1:]] or SIZES:
        for launcher in ([], ["-m", "tests.on_postgres"]):
            text += section(size, measured(size, *launcher))
            PAGE.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
