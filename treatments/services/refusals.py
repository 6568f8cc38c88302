"""What the database refuses when a session is saved, as a sentence for the page."""

from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import IntegrityError

from treatments.models import AdverseEvent, Assessment, Letter, Measurement, Needling, TreatmentSession, WarningAnswer

TABLES = [TreatmentSession, Assessment, Letter, Needling, Measurement, AdverseEvent, WarningAnswer]
# What an IntegrityError begins with on SQLite, and its SQLSTATE on PostgreSQL.
UNIQUE = ("UNIQUE constraint failed", "23505")
FOREIGN_KEY = ("FOREIGN KEY constraint failed", "23503")


@contextmanager
def database_refusals():
    """Put it around a transaction: an IntegrityError that the page can cause becomes a ValidationError that says why.

    Any other one is a fault of this program, and is raised as it is.
    """
    try:
        yield
    except IntegrityError as error:
        if sentence := _sentence(error):
            raise ValidationError(sentence, code="database") from error
        raise


def _sentence(error):
    text, state = str(error), getattr(error.__cause__, "pgcode", None)
    for constraint in (constraint for model in TABLES for constraint in model._meta.constraints):
        if constraint.name in text:
            return constraint.violation_error_message
    if text.startswith(UNIQUE[0]) or state == UNIQUE[1]:
        return "Somebody saved the same row at the same time. Reload the page and check your entries."
    if text.startswith(FOREIGN_KEY[0]) or state == FOREIGN_KEY[1]:
        return "Something that you chose on this page no longer exists. Reload the page and choose again."
    return ""
