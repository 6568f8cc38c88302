"""A session with all rows that belong to its record."""

from django.db.models import Prefetch

from .measurement import Measurement
from .needling import Needling
from .warning_answer import WarningAnswer


def with_rows(sessions):
    """These TreatmentSessions with everything that a page needs to show them, in a constant number of queries."""
    needlings = Needling.objects.select_related("muscle", "trigger_point", "needle")
    return sessions.select_related(
        "patient",
        "practitioner__user",
        "practitioner__site",
        "episode",
        "copied_from",
        "screening",
        "consent",
        "context",
    ).prefetch_related(
        Prefetch("needlings", needlings.defer("trigger_point__x", "trigger_point__y")),
        Prefetch("measurements", Measurement.objects.select_related("muscle")),
        Prefetch("warning_answers", WarningAnswer.objects.with_people()),
        "events",
    )
