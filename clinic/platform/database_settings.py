"""The DATABASES setting."""

from django.core.exceptions import ImproperlyConfigured

from clinic.platform.database_limits import Limits

POSTGRESQL = "django.db.backends.postgresql"


def database_settings(main, replica, *, limits=None, is_pooled=False):
    """Return DATABASES for the parsed DATABASE_URL and DATABASE_REPLICA_URL, which is None without a replica.

    `limits` are those of a process that serves pages; commands such as `migrate` may take longer and have none. With
    `is_pooled` a pooler such as pgbouncer gives each transaction another connection of the server: then nothing may
    outlast a transaction, and the pooler sets the limits itself (docs/pooling.md).

    Outcome pages read from the replica (docs/replica.md); nothing is written to it. Raises ImproperlyConfigured if
    there is a replica and one of the two is not PostgreSQL.
    """
    # The parameter in DATABASE_URL says the same.
    is_pooled = is_pooled or bool(main.get("DISABLE_SERVER_SIDE_CURSORS"))
    if main["ENGINE"] == "django.db.backends.sqlite3":
        main["ENGINE"] = "clinic.platform.sqlite"
        # IMMEDIATE takes the write lock at the start, so that a second writer waits instead of failing.
        # synchronous=FULL keeps every confirmed save after a power cut.
        # recursive_triggers makes the triggers that protect signed records run for REPLACE too.
        main["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
            " PRAGMA cache_size=-20000; PRAGMA recursive_triggers=ON;",
        }
    else:
        main.update({"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "DISABLE_SERVER_SIDE_CURSORS": is_pooled})
        options = main.setdefault("OPTIONS", {})
        # A server that does not answer must not keep every thread waiting for minutes.
        options.setdefault("connect_timeout", (limits or Limits()).connect)
        if limits and not is_pooled:
            options.setdefault("options", limits.as_options())
    if not replica:
        return {"default": main}
    if {main["ENGINE"], replica["ENGINE"]} != {POSTGRESQL}:
        raise ImproperlyConfigured(
            "DATABASE_REPLICA_URL needs PostgreSQL. Set both it and DATABASE_URL to PostgreSQL databases."
        )
    replica.update({"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "TEST": {"MIRROR": "default"}})
    replica["DISABLE_SERVER_SIDE_CURSORS"] = is_pooled
    options = replica.setdefault("OPTIONS", {})
    options["connect_timeout"] = 2
    if not is_pooled:  # a replica refuses to write anyway
        options["options"] = "-c default_transaction_read_only=on"
    return {"default": main, "replica": replica}
