"""Measure outcome pages on the database of DATABASE_URL and print JSON: python -m tests.bench.outcomes_measure SIZE."""

import json
import os
import statistics
import sys
import threading
import time
from contextlib import redirect_stdout
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from clinic.models import Practitioner  # noqa: E402
from patients.models import Episode  # noqa: E402
from tests import people  # noqa: E402
from tests.bench.volume import Scale, fill, summarise  # noqa: E402
from treatments.models import Needling, SessionSummary, TreatmentSession  # noqa: E402
from treatments.outcomes.courses import courses_of  # noqa: E402
from treatments.outcomes.export import export_csv  # noqa: E402
from treatments.outcomes.facts import MUSCLE  # noqa: E402
from treatments.outcomes.filters import Filters  # noqa: E402
from treatments.outcomes.sources import source_of  # noqa: E402
from treatments.outcomes.sums import SHOWN, SessionSums  # noqa: E402

ROUNDS = 5
URL = reverse("admin:treatments_outcome_changelist")

CELLS = """
SELECT practitioner_id, site_id, month, sessions, change, change_squared, twitch, twitch_change, twitch_change_squared,
no_twitch, no_twitch_change, no_twitch_change_squared, events, sessions_with_event
FROM treatments_sessionsummary WHERE axis = %s AND is_first = %s AND key = %s
"""
BY_MUSCLE = """
SELECT key, SUM(sessions), SUM(change), SUM(change_squared), SUM(twitch), SUM(sessions_with_event)
FROM treatments_sessionsummary WHERE axis = 'muscle' AND is_first = %s GROUP BY key
"""
EVENTS = """
SELECT what, SUM(events), SUM(sessions) FROM treatments_eventsummary
WHERE axis = 'session' AND is_first = %s AND key = '' GROUP BY what
"""
COURSES = [
    "SELECT practitioner_id, pain_first, pain_last, COUNT(*) FROM treatments_course GROUP BY 1, 2, 3",
    "SELECT drop_2, COUNT(*) FROM treatments_course WHERE drop_2 IS NOT NULL GROUP BY 1",
    "SELECT COUNT(DISTINCT course.patient_id), COUNT(episode.closed_on), SUM(CASE WHEN episode.closed_on IS NOT NULL"
    " AND course.sessions < episode.planned_sessions THEN 1 ELSE 0 END)"
    " FROM treatments_course course LEFT JOIN patients_episode episode ON episode.id = course.episode_id",
]


def milliseconds(ask):
    start = time.perf_counter()
    ask()
    return 1000 * (time.perf_counter() - start)


def by_hand(make, *questions):
    """A function that runs hand-written SQL and converts each row as the app does."""

    def ask():
        with connection.cursor() as cursor:
            for sql, values in questions:
                cursor.execute(sql, values)
                dict(map(make, cursor.fetchall()))

    return ask


def sums_of_three(row):
    return row[:3], SessionSums(*row[3:])


def sums_of_one(row):
    return row[0], SessionSums(**dict(zip(SHOWN, row[1:], strict=True)))


def key_and_count(row):
    return row[:-1], row[-1]


def in_turn(app, hand):
    app(), hand()
    pairs = [(milliseconds(app), milliseconds(hand)) for _ in range(ROUNDS)]
    return [statistics.median(times) for times in zip(*pairs, strict=True)]


def figures():
    everything = source_of(Filters())
    muscle = str(most_needled())
    return [
        (
            "totals, practitioners and months",
            lambda: everything.cells(),
            by_hand(sums_of_three, (CELLS, ["session", False, ""])),
        ),
        (
            "the same for one muscle",
            lambda: source_of(Filters(muscle=int(muscle))).cells(),
            by_hand(sums_of_three, (CELLS, ["muscle", False, muscle])),
        ),
        ("by muscle", lambda: everything.by(MUSCLE), by_hand(sums_of_one, (BY_MUSCLE, [False]))),
        ("adverse events by type and grade", lambda: everything.events(), by_hand(key_and_count, (EVENTS, [False]))),
        ("courses", lambda: courses_of(Filters()), by_hand(key_and_count, *((sql, []) for sql in COURSES))),
    ]


def most_needled():
    rows = SessionSummary.objects.filter(axis=MUSCLE, is_first=False).values_list("key")
    return int(max(rows.annotate(n=Count("pk")), key=lambda row: row[1])[0])


def pages():
    """(name, whether the summaries have these filters, the query)."""
    months = SessionSummary.objects.order_by("month").values_list("month", flat=True)
    period = {"since": f"{months.last().replace(month=1):%Y-%m}", "until": f"{months.last():%Y-%m}"}
    person = Practitioner.objects.select_related("site").first()
    who = {"site": person.site_id, "practitioner": person.pk}
    muscle = {"muscle": most_needled()}
    region = {"region": Needling.objects.filter(muscle=muscle["muscle"]).first().muscle.region}
    codes = Episode.objects.exclude(diagnosis_code="").values_list("code_system", "diagnosis_code")
    system, code, _ = max(codes.annotate(n=Count("pk")), key=lambda row: row[-1])
    diagnosis = {"diagnosis": f"{system}:{code}".lstrip(":")}
    technique, first, later = {"technique": "pistoning"}, {"visit": "first"}, {"visit": "later"}
    quick = [{}, period, {"site": person.site_id}, who, muscle, region, period | region, period | who | muscle | region]
    slow = [technique, first, later, diagnosis, diagnosis | period, diagnosis | technique | later, muscle | technique]
    slow += [region | technique, diagnosis | region, diagnosis | muscle | technique]
    slow += [{"by": by} for by in ("point", "region", "needle", "technique", "depth")]
    slow += [{"by": "depth"} | muscle, {"by": "technique"} | region]
    return [(_name(query), query in quick, query) for query in quick + slow]


def _name(query):
    return ", ".join(f"{name} {value}" if name in ("by", "visit") else name for name, value in query.items())


def page_times(client):
    for name, is_quick, query in pages():
        if client.get(URL, query).status_code != 200:
            raise SystemExit(f"No page: {query}")
        took = statistics.median(milliseconds(lambda query=query: client.get(URL, query)) for _ in range(ROUNDS))
        yield name or "no filter", is_quick, took


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") // 2**20


def export():
    """Run in a new process, like a worker that has just started."""
    peak, is_over = [0], threading.Event()

    def watch():
        while not is_over.wait(0.2):
            peak[0] = max(peak[0], resident())

    threading.Thread(target=watch, daemon=True).start()
    sessions, start, size = TreatmentSession.objects.signed(), time.monotonic(), 0
    for lines in export_csv(sessions, identified=False):
        size += len(lines)
    is_over.set()
    result = {"sessions": sessions.count(), "seconds": time.monotonic() - start, "megabytes": size / 1e6}
    return result | {"peak": max(peak[0], resident())}


def child(work):
    """The result of `work`, called in a forked process, so that its memory can be measured."""
    connection.close()
    read, write = os.pipe()
    if not os.fork():
        with os.fdopen(write, "w") as out:
            json.dump(work(), out)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as result:
        return json.load(result)


def main():
    with redirect_stdout(sys.stderr):
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        start = time.monotonic()
        child(lambda: fill(Scale(int(sys.argv[1])), seed=1, until=timezone.localdate()))
        between = time.monotonic()
        child(summarise)
        end = time.monotonic()
        # PostgreSQL does this automatically about a minute later.
        connection.cursor().execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
        client = Client(SERVER_NAME="localhost")
        client.force_login(people.make_admin())
        result = {"vendor": connection.vendor, "written": end - start, "summarised": end - between}
        result |= {"pages": list(page_times(client))}
        result |= {"figures": [(name, *in_turn(app, hand)) for name, app, hand in figures()]}
        result |= {"export": child(export)}
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
