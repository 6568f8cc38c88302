"""Time arithmetic that a database constraint can use, on both engines."""

from django.db.models import DateTimeField, Func


class MinutesBefore(Func):
    """A time, `minutes` earlier, in plain SQL: a constraint must not need the functions that Django adds to SQLite."""

    output_field = DateTimeField()
    template = "(%(expressions)s - interval '%(minutes)s minutes')"

    def __init__(self, moment, *, minutes):
        super().__init__(moment, minutes=minutes)

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template="datetime(%(expressions)s, '-%(minutes)s minutes')")
