"""Tell a database that cannot be used from a mistake in the code."""

from django.db import DatabaseError, InterfaceError, OperationalError

READ_ONLY = "25006"  # the code of PostgreSQL's error read_only_sql_transaction


def failure_of_database(error):
    """The exception in the chain of `error` which says that the database cannot be used now; None if there is none."""
    while error is not None:
        if _is_failure(error):
            return error
        error = error.__cause__ or error.__context__
    return None


def _is_failure(error):
    # psycopg2 has no class of its own for a connection that ends within an answer.
    has_no_class = type(error) is DatabaseError and error.__cause__ is not None
    is_read_only = getattr(error.__cause__, "pgcode", None) == READ_ONLY
    return has_no_class or is_read_only or isinstance(error, OperationalError | InterfaceError)
