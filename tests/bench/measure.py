"""Measure on the database of DATABASE_URL and print JSON: python -m tests.bench.measure (see tests.bench)."""

import itertools
import json
import os
import statistics
import sys
import time
import uuid

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from tests import people  # noqa: E402
from tests.bench.diary import Diary  # noqa: E402
from tests.bench.seeding import add_course, add_patients  # noqa: E402
from tests.bench.trail import trail_cost  # noqa: E402
from tests.clinic_fixture import fill_with_everything  # noqa: E402
from tests.treatments.pages import as_posted, edit_url  # noqa: E402
from treatments.services import load_catalogue, start_session  # noqa: E402

ROUNDS = 60
SIZES = [10_000, 100_000]
ROWS = 12
VISITS = 100_000


def timed(ask):
    start = time.perf_counter()
    answer = ask()
    took = (time.perf_counter() - start) * 1000
    if answer.status_code not in (200, 302, 304):
        raise SystemExit(f"{answer.status_code} instead of a page: {answer.request['PATH_INFO']}")
    return took


def measure(client, cases):
    """{case: figures}; the floor is asked before every case, so that both meet the same machine."""
    for prepare in cases.values():
        timed(prepare())
    times = {name: [] for name in cases}
    floors = []
    for _ in range(ROUNDS):
        for name, prepare in cases.items():
            floors.append(timed(lambda: client.get("/floor/")))
            times[name].append(timed(prepare()))
    floor = statistics.median(floors)
    figures = {name: _figures(took, floor, _queries(cases[name])) for name, took in times.items()}
    return figures | {"floor": _figures(floors, floor, _queries(lambda: lambda: client.get("/floor/")))}


def _figures(took, floor, queries):
    p95 = statistics.quantiles(took, n=20)[-1]
    median = statistics.median(took)
    return {"p50": median, "p95": p95, "ratio": median / floor, "queries": queries}


def _queries(prepare):
    ask = prepare()
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


def search_case(client, sample):
    """Fragments, typing errors, phone ends, birth dates and record numbers, one after the other."""
    typed = []
    for patient in sample:
        family = patient.family_name
        typed += [family[:4], f"{patient.given_name} {family}", family[:2] + family[3:], patient.phone[-6:]]
        typed += [patient.record_number, f"{patient.born_on:%d/%m/%Y}"]
    turn = itertools.cycle(typed)

    def prepare():
        asked = {"q": next(turn)}
        return lambda: client.get("/patients/", asked)

    return prepare


def chart_case(client, patient):
    return lambda: lambda: client.get(f"/patients/{patient.pk}/chart/")


def save_case(client, session):
    turn = itertools.count()

    def prepare():
        # Something new each time: a save that changes nothing leaves nothing in the trail.
        data = as_posted(session, plan=f"Again in {next(turn)} days.")
        return lambda: client.post(edit_url(session), data)

    return prepare


def main():
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    load_catalogue()
    desk, physiotherapist = people.make_front_desk(), people.make_physiotherapist()
    client = Client(SERVER_NAME="localhost")
    client.force_login(physiotherapist)

    short, long, open_ = (people.make_patient(by=desk, given_name=name) for name in ("Short", "Long", "Open"))
    add_course(short, by=physiotherapist, sessions=5)
    add_course(long, by=physiotherapist, sessions=500)
    started = start_session(open_, by=physiotherapist, session_id=uuid.uuid4())
    draft = fill_with_everything(started, by=physiotherapist, rows=ROWS)
    cases = {
        "chart, 5 sessions": chart_case(client, short),
        "chart, 500 sessions": chart_case(client, long),
        f"open a session of {ROWS} rows": lambda: lambda: client.get(edit_url(draft)),
        f"save a session of {ROWS} rows": save_case(client, draft),
    }
    figures, there = {}, 0
    for size in SIZES:
        sample = add_patients(size - there, first_number=1000 + there)
        there = size
        connection.cursor().execute("ANALYZE")
        figures |= measure(client, cases | {f"search among {size:,} patients": search_case(client, sample)})
    trail = trail_cost(cases | {"search": search_case(client, sample)}, timed=timed, rounds=ROUNDS)
    if sys.argv[1:] != ["record"]:
        client.force_login(desk)
        diary = Diary(visits=VISITS)
        connection.cursor().execute("ANALYZE")
        figures = measure(client, diary.cases(client)) | figures
    json.dump({"vendor": connection.vendor, "version": _version(), "figures": figures, "trail": trail}, sys.stdout)


def _version():
    if connection.vendor == "sqlite":
        return connection.Database.sqlite_version
    return ".".join(map(str, divmod(connection.pg_version, 10_000)))


if __name__ == "__main__":
    main()
