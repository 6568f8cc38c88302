"""Tests with a real replica on PostgreSQL. SQLite has no replication."""

import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, connections

from clinic.models import Site
from clinic.platform import replica
from clinic.platform.replica import Reading, reading_database
from tests.people import make_site
from tests.second_server import Replica

pytestmark = pytest.mark.both_engines

ZERO = timedelta(0)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def second_server(django_db_setup, django_db_blocker):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no replicas: outcomes are read from the one file.")
    with django_db_blocker.unblock():
        server = Replica()
        connection.close()
    yield server
    server.remove()


@pytest.fixture
def following(second_server, transactional_db, monkeypatch):
    """A replica that Django is configured to use. The test server writes its log with a delay."""
    monkeypatch.setattr(replica, "PATIENCE_SECONDS", 5)
    set_replica(second_server.settings())
    replica._rest.until = 0
    yield second_server
    forget_replica()
    replica._rest.until = 0


def set_replica(settings):
    if "replica" in connections.databases:
        forget_replica()
    connections.databases["replica"] = settings
    # Django allows tests only the databases that were configured when the tests began.
    connections["replica"].ensure_connection = partial(connect, connections["replica"])


def connect(to):
    if to.connection is None:
        with to.wrap_database_errors:
            to.connect()


def forget_replica():
    connections["replica"].close()
    del connections["replica"]
    del connections.databases["replica"]


def ask(sql):
    with connections["replica"].cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()


def test_without_a_replica_the_main_database_is_read(db):
    assert reading_database() == Reading("default", is_replica=False, behind=ZERO, problem="")


def test_a_replica_that_is_up_to_date_is_read(following):
    make_site()

    reading = reading_database()

    assert reading == Reading("replica", is_replica=True, behind=ZERO, problem="")
    assert Site.objects.using(reading.alias).get().name == "Harbour Lane"


def test_the_age_of_the_data_of_a_paused_replica_is_shown(following, monkeypatch):
    site = make_site()
    assert reading_database().behind == ZERO
    ask("SELECT pg_wal_replay_pause()")
    time.sleep(0.2)
    Site.objects.filter(pk=site.pk).update(name="Renamed")
    monkeypatch.setattr(replica, "PATIENCE_SECONDS", 0.1)

    paused = reading_database()

    assert (paused.alias, paused.is_replica, paused.problem) == ("replica", True, "")
    assert timedelta(seconds=0.2) < paused.behind < timedelta(minutes=2)
    assert Site.objects.using("replica").get().name == "Harbour Lane"

    ask("SELECT pg_wal_replay_resume()")
    monkeypatch.setattr(replica, "PATIENCE_SECONDS", 5)
    assert reading_database().behind == ZERO
    assert Site.objects.using("replica").get().name == "Renamed"


def test_nothing_can_be_written_to_a_replica(following):
    assert reading_database().is_replica
    with pytest.raises(DatabaseError, match="read-only"):
        Site.objects.using("replica").create(name="Elsewhere")

    assert not Site.objects.exists()


def test_a_stopped_replica_is_not_asked_for_a_while_and_then_read_again(following, monkeypatch):
    assert reading_database().is_replica
    following.stop()

    stopped = reading_database()

    assert stopped == Reading("default", problem=replica.UNREACHABLE)
    following.start()
    assert reading_database() == stopped
    monkeypatch.setattr(replica._rest, "until", time.monotonic())
    assert reading_database().is_replica


def test_a_replica_that_does_not_answer_delays_a_page_by_two_seconds(following):
    """Use an address of TEST-NET-1 (RFC 5737), which never answers or is refused by the network at once."""
    settings = following.settings()
    settings["OPTIONS"]["host"] = "192.0.2.1"
    set_replica(settings)
    begun = time.monotonic()

    assert reading_database().problem == replica.UNREACHABLE
    assert time.monotonic() - begun < 10


def test_a_main_database_is_not_a_replica(following):
    set_replica(connection.settings_dict)

    assert reading_database() == Reading("default", problem=replica.NO_REPLICA)


@pytest.mark.parametrize(
    ("reading", "sentence"),
    [
        (Reading(), ""),
        (Reading("replica", is_replica=True), ""),
        (Reading(problem=replica.UNREACHABLE), replica.UNREACHABLE),
        (
            Reading("replica", is_replica=True, behind=None),
            "It is not known how old these figures are: the replica does not report it.",
        ),
        (
            Reading("replica", is_replica=True, behind=timedelta(seconds=2)),
            "These figures are up to 1\xa0minute old: the replica has not caught up.",
        ),
        (
            Reading("replica", is_replica=True, behind=timedelta(hours=3)),
            "These figures are up to 3\xa0hours old: the replica has not caught up.",
        ),
    ],
)
def test_a_reading_explains_the_age_of_the_data(reading, sentence):
    assert reading.sentence == sentence


# Settings --------------------------------------------------------------------------


def settings_with(**environment):
    code = "import json; from clinic.settings import DATABASES; print(json.dumps(DATABASES, default=str))"
    env = {**os.environ, "DEBUG": "1", "DATABASE_URL": "postgres://main/clinic", **environment}
    return subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True)


def test_settings_configure_a_replica_if_its_url_is_set():
    found = json.loads(settings_with(DATABASE_REPLICA_URL="postgres://copy/clinic").stdout)["replica"]

    assert (found["HOST"], found["TEST"], found["OPTIONS"]["connect_timeout"]) == ("copy", {"MIRROR": "default"}, 2)
    assert "read_only" in found["OPTIONS"]["options"]
    assert "replica" not in json.loads(settings_with(DATABASE_REPLICA_URL="").stdout)


@pytest.mark.parametrize(
    ("main", "copy"), [("sqlite:///x", "postgres://copy/clinic"), ("postgres://main/clinic", "sqlite:///x")]
)
def test_settings_refuse_a_replica_of_sqlite(main, copy):
    refused = settings_with(DATABASE_URL=main, DATABASE_REPLICA_URL=copy)

    assert refused.returncode != 0
    assert "DATABASE_REPLICA_URL needs PostgreSQL" in refused.stderr
