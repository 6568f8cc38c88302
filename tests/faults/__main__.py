"""Break things while people save and sign, on the engine of DATABASE_URL, and write a table into docs/reliability.md.

Exits with 1 if confirmed work is lost, a record is half saved, an answer is not a clear page, or nothing works again
without a restart.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
HEAD = (
    "| Fault | Trials | Saves + signatures confirmed | Requests that failed | First good answer after, median and most"
    " | Lost or half saved |\n|---|---|---|---|---|---|\n"
)
SECONDS_BROKEN, SECONDS_BETWEEN, PATIENCE = 2, 1, 60
# Pages that read many rows piece by piece, which pgbouncer makes difficult.
LONG_PAGES = ["/admin/treatments/outcome/", "/admin/treatments/outcome/export/csv/", "/admin/treatments/needling/"]


def faults_of_every_engine(server, trials):
    """(name, trials, function that breaks, function that repairs)."""
    yield "A worker is killed (`kill -9`)", trials, server.kill_a_worker, _nothing
    yield "The web server is killed and started again", trials // 2, server.kill_everything, _nothing


def faults_of_postgresql(trials):
    from .machines import Postgres

    server = Postgres()
    for mode in ("immediate", "fast"):
        yield f"PostgreSQL is stopped ({mode})", trials, lambda mode=mode: server.stop(mode), server.start
    yield "All processes of PostgreSQL are killed", trials, server.kill, server.start
    read_only = "PostgreSQL accepts no changes"
    yield read_only, trials, lambda: server.set_read_only("on"), lambda: server.set_read_only("off")


def faults_of_sqlite(disk, trials):
    from .machines import fill, make_read_only, make_room, make_writable

    yield "The disk is full", trials, lambda: fill(disk), lambda: make_room(disk)
    yield "The disk is read-only", trials, lambda: make_read_only(disk), lambda: make_writable(disk)


def suffer(work, name, times, break_it, repair):
    """Break and repair so many times while people work. Returns the row of the table and the problems."""
    work.start()
    time.sleep(SECONDS_BROKEN)
    waits = []
    for _ in range(times):
        break_it()
        if repair is not _nothing:
            time.sleep(SECONDS_BROKEN)
            repair()
        waits.append(_wait_for_good_answer(work, time.monotonic()))
        time.sleep(SECONDS_BETWEEN)
    problems = [] if work.stop() else ["somebody still waited for an answer two minutes after the last fault"]
    problems += work.problems()
    median = sorted(waits)[len(waits) // 2]
    return _row(work, name, times, f"{median:.1f} s, {max(waits):.1f} s", problems), problems


def behind_pgbouncer(work, port, admin):
    """Work for some seconds, and open the long pages. Returns the row of the table and the problems."""
    from .load import Practitioner

    work.start()
    reader, problems = Practitioner(port, admin, ""), []
    for path in LONG_PAGES:
        status, body = reader.read(path)
        if status != 200 or not body:
            problems.append(f"GET {path} behind pgbouncer: {status}")
    time.sleep(SECONDS_BROKEN)
    problems += [] if work.stop() else ["somebody still waited for an answer two minutes later"]
    problems += work.problems()
    return _row(work, "pgbouncer in transaction mode", len(LONG_PAGES), "-", problems), problems


def _nothing():
    """A killed process is replaced by itself."""


def _wait_for_good_answer(work, moment):
    until = time.monotonic() + PATIENCE
    while (waited := work.first_good_after(moment)) is None and time.monotonic() < until:
        time.sleep(0.05)
    return waited or PATIENCE


def _row(work, name, times, waited, problems):
    failed = sum((person.failures for person in work.everybody), Counter())
    failures = ", ".join(f"{count} × {status}" for status, count in sorted(failed.items(), key=str)) or "none"
    saves, signatures = work.confirmed()
    lost = sum(problem.startswith(("lost", "half")) for problem in problems)
    return f"| {name} | {times} | {saves} + {signatures} | {failures} | {waited} | {lost} |"


def run(disk, trials):
    """Returns (rows of the table, problems)."""
    from django.db import connection

    from tests import people
    from tests.stress.server import signed_in

    from .clinic import Work
    from .machines import Server, pgbouncer

    desk, admin = people.make_front_desk(), people.make_superuser()
    server, rows, problems = Server(), [], []
    few = max(2, trials // 4)
    faults = [*faults_of_every_engine(server, trials)]
    if connection.vendor == "postgresql":
        faults += faults_of_postgresql(few)
    elif disk:
        faults += faults_of_sqlite(disk, few)
    for name, times, break_it, repair in faults:
        row, found = suffer(Work(server.port, desk=desk, to_sign=3 * times + 5), name, times, break_it, repair)
        print(row, *found, sep="\n", flush=True)
        rows, problems = [*rows, row], [*problems, *found]
    server.stop()
    if connection.vendor == "postgresql":
        with pgbouncer() as url:
            if url:
                session = signed_in(admin)
                server = Server(DATABASE_URL=url)
                row, found = behind_pgbouncer(Work(server.port, desk=desk, to_sign=10), server.port, session)
                server.stop()
                print(row, *found, sep="\n", flush=True)
                rows, problems = [*rows, row], [*problems, *found]
            else:
                print("pgbouncer is not installed (Debian: apt-get install pgbouncer), so this fault was not tried.")
    return rows, problems


def write_table(engine, rows):
    """Put the rows between the two comments of this engine in docs/reliability.md."""
    text = PAGE.read_text("utf-8")
    begin, end = f"<!-- {engine} -->\n", f"\n<!-- end of {engine} -->"
    table = begin + "\n" + HEAD + "\n".join(rows) + "\n" + end
    PAGE.write_text(re.sub(re.escape(begin) + ".*?" + re.escape(end), lambda _: table, text, flags=re.S), "utf-8")


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--trials", type=int, default=20, help="of kill -9; of each other fault a quarter")
    trials = parser.parse_args().trials
    from .disk import small_disk

    with small_disk(400) as disk:
        if disk:
            tempfile.tempdir = os.environ["TMPDIR"] = str(disk)
        import django

        django.setup()
        from django.db import connection

        name = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            rows, problems = run(disk, trials)
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
    write_table(connection.display_name, rows)
    print(f"{connection.display_name}: {len(problems)} problems", flush=True)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
