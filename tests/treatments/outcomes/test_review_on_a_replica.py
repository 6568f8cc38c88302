"""The outcome review read from a real second server: what it says when that is behind, and when it is gone."""

import pytest

from clinic.platform import replica
from patients.models import Patient
from tests import people
from tests.admin_pages import url_of
from tests.clinic.platform.test_replica import ask, following, second_server  # noqa: F401 - fixtures
from tests.treatments.builders import make_signed
from treatments.models import Outcome
from treatments.services import rebuild_summaries

from .builders import make_history

pytestmark = pytest.mark.both_engines

URL = url_of(Outcome)


def text_of(client):
    return " ".join(client.get(URL).content.decode().split())


def test_the_review_says_when_the_replica_is_behind_and_does_without_one_that_is_gone(
    following,  # noqa: F811
    client,
    monkeypatch,
):
    make_history(by=people.make_front_desk(), sessions=20)
    rebuild_summaries()
    client.force_login(people.make_admin())
    assert '<dd class="fig">20</dd>' in text_of(client)

    ask("SELECT pg_wal_replay_pause()")
    make_signed(Patient.objects.first(), by=people.make_physiotherapist())
    monkeypatch.setattr(replica, "PATIENCE_SECONDS", 0.1)
    behind = text_of(client)
    ask("SELECT pg_wal_replay_resume()")
    monkeypatch.setattr(replica, "PATIENCE_SECONDS", 5)

    assert '<dd class="fig">20</dd>' in behind
    assert "old: the replica has not caught up." in behind
    caught_up = text_of(client)
    assert '<dd class="fig">21</dd>' in caught_up
    assert "has not caught up" not in caught_up

    following.stop()
    gone = text_of(client)
    following.start()

    assert '<dd class="fig">21</dd>' in gone
    assert replica.UNREACHABLE in gone


def test_a_replica_lost_while_a_page_is_read_is_done_without(following, client, monkeypatch):  # noqa: F811
    make_history(by=people.make_front_desk(), sessions=10)
    rebuild_summaries()
    client.force_login(people.make_admin())
    reading = replica.reading_database()
    following.stop()
    monkeypatch.setattr(replica, "reading_database", lambda: reading)

    page = text_of(client)
    following.start()

    assert '<dd class="fig">10</dd>' in page
    assert replica.UNREACHABLE in page
