"""Let a clinic work for some minutes on a real server, and write how fast it answered into docs/load.md.

With more than one clinic's people it prints the figures instead.

Exits with 1 after an error, a confirmed piece of work that is missing, or, at the pace of one clinic, if any kind of
request took longer than 250 ms in more than 5 % of cases.
"""

import argparse
import csv
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "load.md"
LOCUST = ROOT / ".venv" / "load" / "bin" / "locust"
CLINIC = {"physiotherapists": 12, "desks": 6, "admins": 2}
SLOWEST_MS = 250
SECONDS_OF_A_VISIT = 50  # at the pace of tests/load/morning.py
HEAD = "| Request | Requests | Errors | Median ms | 95 % within ms | Slowest ms |\n|---|---|---|---|---|---|\n"

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"


def work(plan, folder, *, port, people, minutes):
    """Run Locust. Returns (rows of its statistics, what was confirmed)."""
    path = folder / "plan.json"
    path.write_text(json.dumps(plan), "utf-8")
    command = [LOCUST, "-f", Path(__file__).with_name("morning.py"), "--headless", "--only-summary"]
    command += ["--host", f"http://127.0.0.1:{port}", "--csv", folder / "load"]
    command += ["--users", str(people), "--spawn-rate", str(max(2, people // 20)), "--run-time", f"{minutes}m"]
    subprocess.run(command, env=os.environ | {"LOAD_PLAN": str(path)}, stdout=subprocess.DEVNULL, check=False)
    with (folder / "load_stats.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return rows, [json.loads(line) for line in path.with_suffix(".confirmed").read_text("utf-8").splitlines()]


def memory_mb(server):
    """The resident memory of the server's processes, in MB."""
    statuses = [Path(f"/proc/{pid}/status").read_text() for pid in [server.process.pid, *server.children()]]
    return sum(int(re.search(r"VmRSS:\s+(\d+)", status)[1]) for status in statuses) // 1024


def run(times, minutes):
    """Returns (the section of the page, problems)."""
    from django.db import connection, connections

    from tests.faults.machines import Server

    from .clinic import missing, open_clinic

    visits = minutes * 60 // SECONDS_OF_A_VISIT + 1
    plan = open_clinic(**{role: count * times for role, count in CLINIC.items()}, visits=visits)
    people = sum(CLINIC.values()) * times
    connections.close_all()
    server = Server(workers=int(os.environ.get("WEB_CONCURRENCY", "2")))
    with tempfile.TemporaryDirectory() as folder:
        rows, confirmed = work(plan, Path(folder), port=server.port, people=people, minutes=minutes)
        memory = memory_mb(server)
    server.stop()
    problems = list(missing(confirmed))
    problems += [f"{row['Name']}: {row['Failure Count']} errors" for row in rows if int(row["Failure Count"])]
    slow = [row for row in rows if float(row["95%"]) > SLOWEST_MS]
    counts = [sum(kind in line for line in confirmed) for kind in ("draft", "signed", "booked")]
    text = (
        f"## {connection.display_name}, {people} people, {minutes} minutes\n\n"
        f"Confirmed, and found in the database afterwards: {counts[0]} saves, {counts[1]} signatures, {counts[2]}"
        f" bookings. Errors and losses: {len(problems) or 'none'}. Slower than {SLOWEST_MS} ms in more than 5 % of"
        f" cases: {len(slow)} of {len(rows)} lines. Memory of the server's {server.workers} workers at the end:"
        f" {memory} MB.\n\n{HEAD}" + "\n".join(_row(row) for row in rows) + "\n"
    )
    if times == 1:
        problems += [f"{row['Name']}: 95 % within {row['95%']} ms" for row in slow]
    return text, problems


def _row(row):
    name = "All requests" if row["Name"] == "Aggregated" else row["Name"]
    times = [round(float(row[column])) for column in ("Median Response Time", "95%", "Max Response Time")]
    return f"| {name} | {row['Request Count']} | {row['Failure Count']} | " + " | ".join(map(str, times)) + " |"


def write(name, text):
    """Put the text between the two comments of this name in docs/load.md."""
    page = PAGE.read_text("utf-8")
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    found = re.escape(begin) + ".*?" + re.escape(end)
    PAGE.write_text(re.sub(found, lambda _: f"{begin}\n{text}\n{end}", page, flags=re.S), "utf-8")


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--times", type=int, default=1, help="as many people as in a clinic of 20")
    parser.add_argument("--minutes", type=int, default=10, help="that they work")
    options = parser.parse_args()
    import django

    django.setup()
    from django.db import connection

    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        text, problems = run(options.times, options.minutes)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
    if options.times == 1:
        write(f"{connection.display_name} × 1", text)
    else:
        print(text)
    print(*problems, sep="\n")
    print(f"{connection.display_name}, {options.times} ×: {len(problems)} problems", flush=True)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
