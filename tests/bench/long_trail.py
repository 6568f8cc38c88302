"""How long it takes to verify and to list a million audit entries: python -m tests.bench.long_trail [entries].

Uses a temporary database on SQLite, or on PostgreSQL with python -m tests.on_postgres -m. One byte is changed without
Django; exits with 1 if that is not found within 30 seconds.
"""

import os
import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta

LIMIT_SECONDS = 30
PATIENTS = 10_000
BATCH = 5000


def prepare(folder):
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/bench.sqlite3")
    os.environ |= {"DJANGO_SETTINGS_MODULE": "tests.bench.settings", "BENCH_FOLDER": folder}
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


def fill(entries):
    """Chains of readings by one person, over all patients in turn, linked as the service links them."""
    from patients.audit.chain import CONTENT, entry_content, entry_hash
    from patients.models import TrailEntry
    from tests import people
    from tests.bench.seeding import add_patients

    add_patients(PATIENTS, first_number=1000)
    reader = people.make_physiotherapist()
    rng, start = random.Random(1), datetime(2025, 1, 1, tzinfo=UTC)
    first = TrailEntry.objects.latest("pk").patient_id if TrailEntry.objects.exists() else 1
    heads, rows = {}, []
    for number in range(entries):
        patient = first + rng.randrange(PATIENTS)
        entry = TrailEntry(
            at=start + timedelta(seconds=30 * number),
            chain=f"bench {patient}",
            by=reader,
            by_name=reader.get_full_name(),
            action=TrailEntry.Action.READ,
            patient_id=patient,
            page="patient_chart",
            address="192.0.2.7",
            request_id=f"{number:032x}",
        )
        entry.number, entry.previous_hash = heads.get(entry.chain, (1, ""))
        content = entry_content(*(getattr(entry, name) for name in CONTENT))
        entry.hash = entry_hash(content, entry.number, entry.previous_hash, entry.key_id)
        heads[entry.chain] = entry.number + 1, entry.hash
        rows.append(entry)
        if len(rows) == BATCH:
            TrailEntry.objects.bulk_create(rows)
            rows = []
    TrailEntry.objects.bulk_create(rows)
    return reader


def change_one_byte():
    from patients.models import TrailEntry
    from tests.database.guards import unguarded

    middle = TrailEntry.objects.filter(chain__startswith="bench").order_by("pk")[TrailEntry.objects.count() // 2]
    with unguarded():
        TrailEntry.objects.filter(pk=middle.pk).update(page="patient_charu")
    return middle.pk


def pages():
    """Seconds of the trail's list in the admin, with and without filters."""
    from django.test import Client
    from django.urls import reverse

    from tests import people

    client = Client(SERVER_NAME="localhost")
    client.force_login(people.make_admin())
    url = reverse("admin:patients_trailentry_changelist")
    for query in ({}, {"action__exact": "read"}, {"q": "P001234"}, {"p": "2"}):
        start = time.perf_counter()
        if client.get(url, query).status_code != 200:
            raise SystemExit(f"No list for {query}")
        yield query, time.perf_counter() - start


def main():
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="filiform-bench-") as folder:
        prepare(folder)
        fill(entries)
        from django.db import connection

        connection.cursor().execute("ANALYZE")
        from patients.audit.chain import broken_links

        changed = change_one_byte()
        start = time.monotonic()
        found = [link.pk for link in broken_links()]
        took = time.monotonic() - start
        print(f"{connection.display_name}: {entries:,} entries checked in {took:.1f} s, found {found}")
        for query, seconds in pages():
            print(f"list {query or 'without filter'}: {1000 * seconds:.0f} ms")
        connection.close()
    return 0 if found == [changed] and took < LIMIT_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
