"""How long PostgreSQL works and waits for one page, and whether an error says that it took too long."""

from dataclasses import dataclass

from django.db import OperationalError

# SQLSTATE: lock_not_available, query_canceled, idle_in_transaction_session_timeout, deadlock_detected
TOOK_TOO_LONG = {"55P03", "57014", "25P03", "40P01"}


@dataclass(frozen=True)
class Limits:
    """Limits in seconds; 0 means none. Our own choices, without a source.

    `lock` is how long a statement waits for somebody else's transaction, `statement` how long it may take in all,
    `idle` how long a transaction may do nothing, and `connect` how long to wait for a connection.
    """

    lock: int = 5
    statement: int = 60
    idle: int = 30
    connect: int = 5

    def as_options(self):
        """The limits of transactions as libpq's parameter `options`."""
        seconds = {
            "lock_timeout": self.lock,
            "statement_timeout": self.statement,
            "idle_in_transaction_session_timeout": self.idle,
        }
        return " ".join(f"-c {name}={value}s" for name, value in seconds.items())


def took_too_long(error):
    """Whether an error says that somebody else kept the rows locked, or that a limit of the database ended the work."""
    if not isinstance(error, OperationalError):
        return False
    is_locked = "database is locked" in str(error)  # SQLite, after its own timeout
    return is_locked or getattr(error.__cause__, "pgcode", None) in TOOK_TOO_LONG
