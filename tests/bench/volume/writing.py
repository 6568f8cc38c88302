"""The fastest way to write rows: COPY on PostgreSQL, executemany on SQLite."""

import io
import json

from django.db import connection

# COPY has its own text for NULL.
NULL = None if connection.vendor == "sqlite" else "\\N"


def encode(value):
    """A value as text, as COPY takes it; SQLite turns it into the number that the column holds."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return str(int(value))
    return json.dumps(value) if isinstance(value, list) else str(value)


def encoded(values):
    return tuple(map(encode, values))


class Rows:
    """Collects rows of one table and writes them.

    `varying` names the fields that each row gives, in this order and encoded; the others have the same value in every
    row: that of `same`, or the model's default.
    """

    def __init__(self, model, varying, **same):
        fields = {field.attname: field for field in model._meta.concrete_fields}
        others = [name for name in fields if name not in varying and not fields[name].primary_key]
        self.tail = encoded(same[name] if name in same else fields[name].get_default() for name in others)
        self.table = connection.ops.quote_name(model._meta.db_table)
        self.columns = [connection.ops.quote_name(fields[name].column) for name in (*varying, *others)]
        self.waiting = []

    def add(self, *row):
        self.waiting.append(row + self.tail)

    def write(self):
        """Write the collected rows."""
        if self.waiting:
            write = self._insert if connection.vendor == "sqlite" else self._copy
            with connection.cursor() as cursor:
                write(cursor)
            self.waiting.clear()

    def _insert(self, cursor):
        sql = f"INSERT INTO {self.table} ({', '.join(self.columns)}) VALUES ({', '.join('?' * len(self.columns))})"  # noqa: S608
        # The driver's own: Django would translate the placeholders of every row.
        cursor.cursor.connection.executemany(sql, self.waiting)

    def _copy(self, cursor):
        lines = io.StringIO("\n".join(map("\t".join, self.waiting)) + "\n")
        cursor.copy_expert(f"COPY {self.table} ({', '.join(self.columns)}) FROM STDIN", lines)
