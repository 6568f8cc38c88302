"""No list that grows for ever reads a whole table, whatever page of it is shown."""

import re
from collections import defaultdict

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.admin.long_lists import ShortCount
from tests import people
from tests.bench.seeding import add_course
from tests.treatments.builders import make_ready
from treatments.models import TreatmentSession

ADMIN_LISTS = """
treatments_treatmentsession treatments_needling treatments_measurement treatments_adverseevent treatments_followup
treatments_amendment patients_trailentry patients_patient patients_consent patients_screening
clinic_appointment clinic_waitinglistentry
""".split()
PAGES = {
    "admin": [
        *[reverse(f"admin:{name}_changelist") for name in ADMIN_LISTS],
        reverse("admin:patients_trailentry_changelist") + "?from=2020-01-01",
        reverse("admin:treatments_treatmentsession_changelist") + "?period=2026",
    ],
    "physiotherapist": ["/today/", "/needles/"],
    "front_desk": ["/patients/", "/diary/waiting/"],
}
# The tables that grow with every visit.
GROWING = set(ADMIN_LISTS) | {"patients_namegram"}
MOSTLY_EMPTY = {"error_mark_id", "merged_into_id"}
NAMED = re.compile(r'"(\w+)" ([TUVW]\d+)\b')


@pytest.fixture
def pages(client, clinic_fixture, monkeypatch):
    """Yield (URL, queries) of each page. A list of the admin shows one row, so that it has more than one page."""
    monkeypatch.setattr(admin.ModelAdmin, "list_per_page", 1)

    def ask():
        for person, urls in PAGES.items():
            client.force_login(getattr(clinic_fixture, person))
            for url in urls:
                with CaptureQueriesContext(connection) as captured:
                    assert client.get(url).status_code == 200
                yield url, [query["sql"] for query in captured if query["sql"].startswith("SELECT")]

    return ask


def grow(clinic_fixture):
    for number in range(3):
        patient = people.make_patient(by=clinic_fixture.front_desk, given_name=f"Ruth {number}")
        make_ready(patient, by=clinic_fixture.physiotherapist)
        add_course(patient, by=clinic_fixture.physiotherapist, sessions=3)


def test_no_query_of_a_list_reads_a_whole_table(clinic_fixture, pages):
    """On SQLite only, whose planner can be given statistics. The indexes are the same on both engines."""
    grow(clinic_fixture)
    claim_many_rows()

    found = {(url, table, sql) for url, queries in pages() for sql in queries for table in whole_tables(sql) & GROWING}

    assert found == set()


def claim_many_rows():
    """Let SQLite plan as if each growing table had a million rows, ten for each value of an index.

    The columns that are nearly always empty have the same value in nearly all rows.
    """
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("SELECT tbl_name, name FROM sqlite_master WHERE type = 'index'")
        of_growing = [(table, index) for table, index in cursor.fetchall() if table in GROWING]
        for table, index in of_growing:
            cursor.execute(f"SELECT name FROM pragma_index_info('{index}') ORDER BY seqno")
            columns = [column for (column,) in cursor.fetchall()]
            cursor.execute("DELETE FROM sqlite_stat1 WHERE idx = %s", [index])
            rows_each = 900_000 if columns[0] in MOSTLY_EMPTY else 10
            statistics = " ".join(["1000000", str(rows_each)] + ["10"] * (len(columns) - 1))
            cursor.execute("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (%s, %s, %s)", [table, index, statistics])
        cursor.execute("ANALYZE sqlite_schema")


def whole_tables(sql):
    """The tables that a query reads from end to end.

    Reading in the order of an index stops at the limit of a page, which Django leaves out of a list of one page. That
    does not hold for a subquery of which SQLite makes a list first. An index of a few rows, such as those of grave
    events, may be read as a whole.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'")
        of_few_rows = {name for (name,) in cursor.fetchall()}
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        steps = {number: (parent, step) for number, parent, _, step in cursor.fetchall()}
    is_sorted = any(step == "USE TEMP B-TREE FOR ORDER BY" for _, step in steps.values())
    is_short = ("ORDER BY" in sql or "LIMIT" in sql) and not is_sorted

    def is_in_list(number):
        parent, step = steps.get(number, (0, ""))
        return step.startswith("LIST SUBQUERY") or bool(parent) and is_in_list(parent)

    scans = {
        number: step.split()[1]
        for number, (_, step) in steps.items()
        if step.startswith("SCAN") and of_few_rows.isdisjoint(step.split())
    }
    names = defaultdict(set)  # several subqueries may use one short name
    for table, short in NAMED.findall(sql):
        names[short].add(table)
    whole = [name for number, name in scans.items() if not is_short or is_in_list(number)]
    return {table for name in whole for table in names.get(name, {name})}


@pytest.mark.both_engines
def test_a_list_counts_only_so_far_and_says_so(client, clinic_fixture, monkeypatch):
    client.force_login(clinic_fixture.admin)
    url = reverse("admin:treatments_treatmentsession_changelist")
    assert f"{TreatmentSession.objects.count()} treatment sessions" in " ".join(
        client.get(url).content.decode().split()
    )

    monkeypatch.setattr(ShortCount, "MOST", 2)

    assert "The first 2 of more treatment sessions. Use the filters" in client.get(url).content.decode()


@pytest.mark.both_engines
def test_a_list_is_narrowed_by_year_and_month(client, clinic_fixture):
    client.force_login(clinic_fixture.admin)
    session = TreatmentSession.objects.order_by("started_at").first()
    url, started = reverse("admin:treatments_treatmentsession_changelist"), session.started_at

    def found(period):
        return session.pk in {row.pk for row in client.get(url, {"period": period}).context["cl"].result_list}

    periods = [f"{started:%Y}", f"{started:%Y-%m}", "7", f"{started.year - 1}", "x"]
    assert [found(period) for period in periods] == [True, True, True, False, True]
