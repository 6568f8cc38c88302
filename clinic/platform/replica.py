"""Choose the database for pages with long reports: the replica if it answers, and how old its data is."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connections
from django.utils.timesince import timesince

REPLICA = "replica"
# A healthy replica has the newest change within milliseconds. It counts as behind after this time.
PATIENCE_SECONDS, PAUSE_SECONDS = 0.3, 0.02
# A replica that did not answer is not asked again for this time, so that not every page waits for it.
REST_SECONDS = 30
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNREACHABLE = "The replica cannot be reached. These figures come from the main database."
NO_REPLICA = "The database in DATABASE_REPLICA_URL is not a replica. These figures come from the main database."
# The insert position, because with synchronous_commit off a change is visible before it is written.
WRITTEN = "SELECT pg_current_wal_insert_lsn()::text, now()"
# Compares log positions as pg_lsn, because as text they would be in the wrong order.
REPLAYED = "SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn() >= %s::pg_lsn, pg_last_xact_replay_timestamp()"
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reading:
    """The database to read from, as `objects.using(reading.alias)`.

    `behind` is the maximum age of the data: zero if the replica had every change when it was asked, None if unknown.
    `problem` is a message for the page if a replica is set up but not used.
    """

    alias: str = DEFAULT_DB_ALIAS
    is_replica: bool = False
    behind: timedelta | None = timedelta(0)
    problem: str = ""

    @property
    def sentence(self):
        """The message for the page; "" if the figures are current."""
        if self.problem or self.behind == timedelta(0):
            return self.problem
        if self.behind is None:
            return "It is not known how old these figures are: the replica does not report it."
        minutes = max(self.behind, timedelta(minutes=1))
        return f"These figures are up to {timesince(EPOCH, EPOCH + minutes)} old: the replica has not caught up."


@dataclass
class _Rest:
    """Until when this process does not use the replica, by the monotonic clock, and why."""

    until: float = 0
    problem: str = ""


_rest = _Rest()


def reading_database():
    """Return the Reading for a page. One short query to each database; it never fails because of the replica."""
    if REPLICA not in connections.databases:
        return Reading()
    if monotonic() < _rest.until:
        return Reading(problem=_rest.problem)
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(WRITTEN)
        written, now = cursor.fetchone()
    try:
        is_replica, has_all, replayed_at = _replayed(written)
    except (DatabaseError, InterfaceError):
        logger.warning("The replica cannot be reached", exc_info=True)
        return _leave_alone(UNREACHABLE)
    if not is_replica:
        return _leave_alone(NO_REPLICA)
    if has_all:
        return Reading(REPLICA, is_replica=True)
    return Reading(REPLICA, is_replica=True, behind=replayed_at and max(now - replayed_at, timedelta(0)))


def read_from_replica(read):
    """Return `read(reading)`. If the connection to the replica is lost, read from the main database instead."""
    reading = reading_database()
    try:
        return read(reading)
    except (DatabaseError, InterfaceError):
        if not reading.is_replica:
            raise
        logger.warning("The replica was lost while a page was read from it", exc_info=True)
        return read(_leave_alone(UNREACHABLE))


def _replayed(written):
    """(is a replica, has everything up to the log position `written`, time of the last change it has)."""
    give_up = monotonic() + PATIENCE_SECONDS
    with connections[REPLICA].cursor() as cursor:
        while True:
            cursor.execute(REPLAYED, [written])
            is_replica, has_all, replayed_at = cursor.fetchone()
            if has_all or not is_replica or monotonic() > give_up:
                return is_replica, has_all, replayed_at
            sleep(PAUSE_SECONDS)


def _leave_alone(problem):
    connections[REPLICA].close()
    _rest.until, _rest.problem = monotonic() + REST_SECONDS, problem
    return Reading(problem=problem)
