"""The muscles and questions that Filiform includes, for tests. Loading the files takes long, so it is done once."""

import io

from django.core.management import call_command
from django.db import connection

from patients.models import ScreeningQuestion
from treatments.models import Muscle, Threshold, TriggerPoint
from treatments.services import load_catalogue

_rows = {}


def have_catalogue():
    _have(load_catalogue, Muscle, TriggerPoint, Threshold)


def have_questions():
    _have(_load_questions, ScreeningQuestion)


def _load_questions():
    call_command("load_screening_questions", stdout=io.StringIO())


def _have(load, *models):
    """Insert the rows of the first load as they were. Where the test has rows of its own, load as a clinic would."""
    if any(model.objects.exists() for model in models):
        load()
    elif models[0] in _rows:
        for model in models:
            _insert(model, _rows[model])
    else:
        load()
        _rows.update({model: _stored(model) for model in models})


def _stored(model):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_columns(model)} FROM {model._meta.db_table}")
        return cursor.fetchall()


def _insert(model, rows):
    """Raw SQL takes a tenth of the time of bulk_create."""
    row = f"({', '.join(['%s'] * len(rows[0]))})"
    values = [value for values in rows for value in values]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({_columns(model)}) VALUES {', '.join([row] * len(rows))}", values
        )


def _columns(model):
    return ", ".join(connection.ops.quote_name(field.column) for field in model._meta.concrete_fields)
