"""Which database pages that add up years read from: the replica, when there is one that answers; and how old it is."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connections
from django.utils.timesince import timesince

REPLICA = "replica"
# A healthy replica has the newest change within milliseconds: it is given this long before it counts as behind.
PATIENCE_SECONDS, PAUSE_SECONDS = 0.3, 0.02
# One that did not answer is left alone, so that not every page waits for it.
REST_SECONDS = 30
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNREACHABLE = "The replica cannot be reached. These figures come from the main database."
NO_REPLICA = "DATABASE_REPLICA_URL names a database that is no replica. These figures come from the main database."
# What is inserted, for with synchronous_commit off others see a change before it is written.
WRITTEN = "SELECT pg_current_wal_insert_lsn()::text, now()"
# Compares places in the log: text would order them wrongly.
REPLAYED = "SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn() >= %s::pg_lsn, pg_last_xact_replay_timestamp()"
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reading:
    """Where to read: `objects.using(reading.alias)`.

    `behind` says how old the answers are at most: zero when the replica has all that was written when it was asked,
    None when that cannot be told. `problem` is a sentence for the page when the replica is set up and not used.
    """

    alias: str = DEFAULT_DB_ALIAS
    is_replica: bool = False
    behind: timedelta | None = timedelta(0)
    problem: str = ""

    @property
    def sentence(self):
        """What the page says of it; nothing when the figures are those of this moment."""
        if self.problem or self.behind == timedelta(0):
            return self.problem
        if self.behind is None:
            return "The replica cannot tell how old these figures are."
        minutes = max(self.behind, timedelta(minutes=1))
        return f"These figures are up to {timesince(EPOCH, EPOCH + minutes)} old: the replica has not caught up."


@dataclass
class _Rest:
    """Until when this process leaves the replica alone, by the monotonic clock, and why."""

    until: float = 0
    problem: str = ""


_rest = _Rest()


def reading_database():
    """The Reading for the page that asks. Never fails because of the replica; one short question to each database."""
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
    """What `read(Reading)` returns, asked of the replica, or of the main database when that is lost on the way."""
    reading = reading_database()
    try:
        return read(reading)
    except (DatabaseError, InterfaceError):
        if not reading.is_replica:
            raise
        logger.warning("The replica was lost while a page was read from it", exc_info=True)
        return read(_leave_alone(UNREACHABLE))


def _replayed(written):
    """(is it a replica, has it all up to this place in the log, when the last change it has was made)."""
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
