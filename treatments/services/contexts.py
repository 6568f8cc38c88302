"""Store where and when sessions took place that were signed without it, by earlier releases or other software."""

from itertools import islice

from treatments.models import SessionContext, TreatmentSession
from treatments.outcomes.facts import CHUNK
from treatments.record.context import context_of


def derive_missing_contexts():
    """Give each signed session without a context one that follows from what is known now."""
    known = ["patient", "appointment__site", "practitioner__site"]
    sessions = TreatmentSession.objects.signed().filter(context=None).select_related(*known).order_by("pk")
    contexts = (context_of(session, is_derived=True) for session in sessions.iterator(CHUNK))
    while part := list(islice(contexts, CHUNK)):
        SessionContext.objects.bulk_create(part)
