"""Arithmetic with times that a constraint may hold, on both engines."""

from django.db.models import DateTimeField, Func


class MinutesBefore(Func):
    """So many minutes before a time. Django's own arithmetic calls Python from SQLite, and so would a constraint."""

    output_field = DateTimeField()
    template = "(%(expressions)s - interval '%(minutes)s minutes')"

    def __init__(self, moment, *, minutes):
        super().__init__(moment, minutes=minutes)

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template="datetime(%(expressions)s, '-%(minutes)s minutes')")
