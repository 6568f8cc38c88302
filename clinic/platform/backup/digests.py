"""Count and hash the rows of every table, to compare a restored database with the original."""

import json
from hashlib import sha256

from django.db import connection, transaction

ROWS_AT_ONCE = 2000
FILES_AT_ONCE = 2  # an attachment can have 20 MB
OF_SQLITE = "sqlite_"  # statistics for query plans, after ANALYZE


def table_digests(report=lambda table: None):
    """Return {table: {"rows": count, "sha256": hash}} for every table of the default database.

    Equal digests of two databases on the same engine mean equal rows, whatever version of the code reads them. It uses
    constant memory. Inside a transaction that keeps one state of the database, so do the digests. `report(table)` is
    called before each table.
    """
    digests = {}
    for table in sorted(connection.introspection.table_names()):
        if table.startswith(OF_SQLITE):
            continue
        report(table)
        digests[table] = _digest(table)
    return digests


def differences(expected, found):
    """Yield a sentence for each table whose rows differ. Both arguments are results of `table_digests`."""
    for table in sorted(expected.keys() | found.keys()):
        if table not in found:
            yield f"The table {table} is missing."
        elif table not in expected:
            yield f"The table {table} was not in the database when the backup was made."
        elif expected[table]["rows"] != found[table]["rows"]:
            yield f"The table {table} has {found[table]['rows']} rows, not {expected[table]['rows']}."
        elif expected[table] != found[table]:
            yield f"The table {table} has a row with other values."


def _digest(table):
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
        columns = sorted(column.name for column in described)
        types = [connection.introspection.get_field_type(column.type_code, column) for column in described]
        order = connection.introspection.get_primary_key_columns(cursor, table) or columns
    names, order = ", ".join(map(quote, columns)), ", ".join(map(quote, order))
    select = f"SELECT {names} FROM {quote(table)} ORDER BY {order}"  # noqa: S608 - quoted names from the database
    at_once = FILES_AT_ONCE if "BinaryField" in types else ROWS_AT_ONCE
    rows, digest = 0, sha256()
    # A cursor of PostgreSQL that fetches piece by piece needs a transaction.
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(select)
        while some := cursor.fetchmany(at_once):
            rows += len(some)
            for row in some:
                digest.update(json.dumps(row, default=_as_text).encode())
    return {"rows": rows, "sha256": digest.hexdigest()}


def _as_text(value):
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)
