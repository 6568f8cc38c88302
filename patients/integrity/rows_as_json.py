"""Rows of the database as lines of JSON, in the form of Django's serializers, exact to the microsecond.

The export of one patient and that of the whole clinic share this form: {"fields": {...}, "model": "...", "pk": ...}.
"""

from datetime import datetime, time
from itertools import islice

from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder

ROWS_AT_ONCE = 500


class ExactEncoder(DjangoJSONEncoder):
    """Django's own encoder cuts times to milliseconds, and a row that is read back would then differ."""

    def default(self, value):
        if isinstance(value, datetime | time):
            return value.isoformat()
        return super().default(value)


def lines_of(rows, *, leave_out=(), at_once=ROWS_AT_ONCE):
    """Yield texts of one or more complete lines, each line one row as JSON with sorted keys.

    `rows` are rows of one model; a queryset is best passed as an iterator, so that only `at_once` rows are in memory.
    `leave_out` names fields. Links of many rows to many are rows of their own table, so they are never part of a line.
    """
    rows = iter(rows)
    while some := list(islice(rows, at_once)):
        names = {field.name for field in some[0]._meta.concrete_fields} - set(leave_out)
        yield serializers.serialize("jsonl", some, fields=names, cls=ExactEncoder, sort_keys=True)


def rows_in(lines):
    """Yield the rows, not saved, of an iterable of such lines. Raises DeserializationError for any other text.

    A file is such an iterable. Do not split a text with `splitlines`: characters such as U+2028 are part of a line.
    """
    for found in serializers.deserialize("jsonl", iter(lines)):
        yield found.object
