"""Kill the primary of a PostgreSQL cluster while a clinic works, and write what happened into docs/failover.md.

Needs Debian's etcd-server, patroni, haproxy and postgresql. Exits with 1 if confirmed work is lost, if nothing can be
saved for more than 30 seconds, or if an answer is not a clear page.
"""

import argparse
import os
import re
import sys
import time
from collections import Counter
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

from .cluster import Cluster, Missing, wait_until  # noqa: E402 - the settings must be named first

PAGE = Path(__file__).resolve().parents[2] / "docs" / "failover.md"
HEAD = (
    "| What was killed | Saves + signatures + bookings confirmed | Unsuccessful answers | Nothing was saved for"
    " | Standby again after | Lost |\n|---|---|---|---|---|---|\n"
)
BEFORE, LONGEST = 5, 30


def trial(cluster, server, clinic, number, seconds):
    """Kill the primary while people work. Returns (row of the table, sentences on problems, what people were told)."""
    from .load import Morning

    kind = ("node", "postgres")[number % 2]
    work = Morning(server.port, clinic, number, to_sign=25)
    work.start()
    # Work goes on once everybody has had an answer.
    wait_until(lambda: all(person.good_at for person in work.everybody), "not everybody got an answer")
    time.sleep(BEFORE)
    primary = cluster.primary()
    moment = time.monotonic()
    primary.kill() if kind == "node" else primary.kill_postgres()
    wait_until(lambda: cluster.primary() not in {None, primary}, "the other node did not take over")
    time.sleep(max(0, seconds - (time.monotonic() - moment)))
    problems = [] if work.stop() else ["somebody still waited for an answer two minutes later"]
    silence = work.longest_silence(moment)
    if silence is None or silence > LONGEST:
        problems.append(f"nothing was saved for {silence} seconds")
    problems += work.problems()
    cluster.start_dead_nodes()
    again = cluster.wait_for_standby()
    failures = sum((person.failures for person in work.everybody), Counter())
    failed = ", ".join(f"{count} × {status}" for status, count in sorted(failures.items(), key=str)) or "none"
    what = "The node: PostgreSQL and Patroni" if kind == "node" else "PostgreSQL only; Patroni keeps running"
    saves, signatures = work.confirmed()
    lost = sum(problem.startswith(("lost", "half", "twice")) for problem in problems)
    confirmed = f"{saves} + {signatures} + {work.bookings()}"
    row = f"| {what} | {confirmed} | {failed} | {silence or 0:.1f} s | {again:.0f} s | {lost} |"
    return row, problems, sum((person.headings for person in work.everybody), Counter())


def run(options):
    with Cluster() as cluster:
        os.environ["DATABASE_URL"] = cluster.url
        import django

        django.setup()
        from django.db import connection

        from tests.faults.machines import Server
        from tests.stress.clinic import open_clinic

        from .load import HALF_HOURS

        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        clinic = open_clinic(patients=len(HALF_HOURS))
        server = Server()
        rows, problems, headings = [], [], Counter()
        try:
            for number in range(options.trials):
                row, found, told = trial(cluster, server, clinic, number, options.seconds)
                print(row, *found, sep="\n", flush=True)
                rows, problems, headings = [*rows, row], [*problems, *found], headings + told
        finally:
            server.stop()
            connection.close()
    return rows, problems, headings


def write_table(rows, headings):
    """Put the rows and what people were told between the two comments in docs/failover.md."""
    told = "\n".join(f"- {heading} ({count} ×)" for heading, count in headings.most_common())
    begin, end = "<!-- figures -->\n", "\n<!-- end of figures -->"
    text = begin + "\n" + HEAD + "\n".join(rows) + "\n\nHeadings of the error pages meanwhile:\n\n" + told + "\n" + end
    page = PAGE.read_text("utf-8")
    PAGE.write_text(re.sub(re.escape(begin) + ".*?" + re.escape(end), lambda _: text, page, flags=re.S), "utf-8")


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.failover", description=__doc__)
    parser.add_argument("--trials", type=int, default=3, help="the whole node and PostgreSQL alone, in turn")
    parser.add_argument("--seconds", type=int, default=45, help="of work after each kill")
    try:
        rows, problems, headings = run(parser.parse_args())
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    write_table(rows, headings)
    print(f"{len(problems)} problems", flush=True)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
