"""A destruction that two admins agreed to, and what must be the same before and after it."""

import io

from django.core.management import call_command

from treatments.models import EventSpread, EventSummary, SessionSummary, SpreadSummary
from treatments.services import accept_destruction, ask_for_destruction, carry_out_destruction
from treatments.services.summaries import names_of

REASON = "The period is over"


def agreed(patient, admins):
    first, second = admins
    asked = ask_for_destruction(patient, by=first, reason=REASON, proof="PIN")
    return accept_destruction(asked, by=second, proof="password")


def destroyed(patient, admins):
    return carry_out_destruction(agreed(patient, admins))


def sums():
    """{summary: its rows without keys and slots}, added up."""
    found = {}
    for model in (SessionSummary, EventSummary, SpreadSummary, EventSpread):
        cell = [name for name in model.CELL if name != "slot"]
        for row in model.objects.values_list(*cell, *names_of(model)[len(model.CELL) :]):
            key, numbers = (model.__name__, *row[: len(cell)]), row[len(cell) :]
            known = found.get(key, [0] * len(numbers))
            found[key] = [one + other for one, other in zip(known, numbers, strict=True)]
    return {key: numbers for key, numbers in found.items() if any(numbers)}


def verified():
    call_command("verify_records", recount=True, stdout=(out := io.StringIO()))
    return out.getvalue()
