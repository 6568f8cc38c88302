"""Measure on SQLite and on PostgreSQL, and write docs/performance.md; with `record`, without the diary's pages."""

import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
MOST_QUERIES = 15
MOST_FOR_THE_TRAIL = 0.20
# How many times the floor a page may take at the median, by the first word of its name.
TARGETS = {"floor": 1, "search": 5, "chart,": 10, "save": 10, "open": 20}
TARGETS |= {"day": 15, "free": 20, "finder:": 20, "visits": 15, "number": 20, "book": 10, "unchanged": 2}

INTRODUCTION = """# Performance

Server time of the main pages, measured in process through all of the app's HTTP layers (middleware, session,
permissions, templates) under production settings. It does not include the network, the web server and the browser.

The *floor* is a minimal signed-in page: one indexed query and a plain table of 20 rows. It is requested before every
other request of the same run, so the ratio shows the cost of the page itself, whatever the speed of the machine.
Targets: search at most 5 times the floor, chart and saving 10, opening the form 20; at most {most} queries a page;
writing the audit trail at most a fifth of a page's time.
{diary}
Repeat it with `{command}`. Written on {day}, on {machine}. Milliseconds; {rounds}.
"""

DIARY = """
The diary has 100,000 visits on other days. Its targets: a full day 15 times the floor, the free times of twelve people
in eight weeks 20, a patient's visits 15, booking 10, and the check whether anything has changed 2. Booking writes, so
it may use more queries. The number of visits to move is fetched after the page, from all visits to come; its target is
20 times the floor.
"""


def measured(*launcher):
    with tempfile.TemporaryDirectory(prefix="filiform-bench-") as folder:
        environment = {"DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3"} | os.environ | {"BENCH_FOLDER": folder}
        command = [sys.executable, *launcher, "-m", "tests.bench.measure", *sys.argv[1:]]
        return json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def table(result):
    lines = [f"\n## {NAMES[result['vendor']]} {result['version']}\n"]
    lines += [
        "| page | p50 | p95 | times the floor | target | queries | |",
        "| --- | --: | --: | --: | --: | --: | --- |",
    ]
    for name, found in sorted(result["figures"].items(), key=lambda figure: figure[1]["p50"]):
        target = TARGETS[name.split()[0]]
        is_short = found["queries"] <= MOST_QUERIES or name.startswith("book")
        kept = round(found["ratio"], 1) <= target and is_short
        lines.append(
            f"| {name} | {found['p50']:.1f} | {found['p95']:.1f} | {found['ratio']:.1f} | {target} |"
            f" {found['queries']} | {'kept' if kept else '**missed**'} |"
        )
    return "\n".join(lines + trail_table(result["trail"])) + "\n"


def trail_table(costs):
    """What writing the audit trail adds to a page: measured with and without it in turn, in the same run."""
    lines = ["\n| audit trail | p50 with | p50 without | share | target | |", "| --- | --: | --: | --: | --: | --- |"]
    for name, cost in costs.items():
        kept = "kept" if cost["share"] <= MOST_FOR_THE_TRAIL else "**missed**"
        figures = f"{cost['on']:.1f} | {cost['off']:.1f} | {cost['share']:.0%} | {MOST_FOR_THE_TRAIL:.0%}"
        lines.append(f"| {name} | {figures} | {kept} |")
    return lines


def machine():
    cores = os.cpu_count()
    return f"{platform.system()} {platform.machine()}, {cores} cores, Python {platform.python_version()}"


def main():
    os.environ.pop("DATABASE_URL", None)
    results = [measured(), measured("-m", "tests.on_postgres")]
    text = INTRODUCTION.format(
        most=MOST_QUERIES,
        diary="" if sys.argv[1:] == ["record"] else DIARY,
        command=" ".join(["python -m tests.bench", *sys.argv[1:]]) if sys.argv[1:] else "make bench",
        day=f"{date.today():%d %B %Y}",
        machine=machine(),
        rounds="60 requests a figure",
    )
    # What was counted by hand stays at the end of the page.
    _, heading, by_hand = PAGE.read_text().partition("\n## Sizes of pages\n")
    PAGE.write_text(text + "".join(map(table, results)) + heading + by_hand)
    print(PAGE.read_text())


if __name__ == "__main__":
    main()
