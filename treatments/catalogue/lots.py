"""From a needle lot to everybody who was treated with it, on a page and as a file."""

import csv

from django.db.models import Count
from django.utils import timezone

from patients.web.spreadsheet import BYTE_ORDER_MARK, Line, plain
from treatments.models import Needle, Needling

COLUMNS = [
    "Patient", "Record number", "Born", "Phone", "Session", "Status", "Practitioner", "Muscle", "Side", "Insertions",
    "Maker", "Size in mm", "Lot", "Recalled on",
]  # fmt: skip


def lots_like(text):
    """Needles whose lot number holds the text, recalled ones first, each with the number of sessions it was used in."""
    found = Needle.objects.with_lot_like(text.strip()) if text.strip() else Needle.objects.all()
    sessions = Count("needlings__session", distinct=True)
    return found.annotate(session_count=sessions).order_by("-recalled_on", "lot", "diameter_mm", "length_mm")


def uses_of(needle):
    """The rows that name the lot, latest first. Of drafts too, done or not yet: a recall rather asks one too many."""
    rows = Needling.objects.filter(needle=needle)
    rows = rows.select_related("session__patient", "session__practitioner__user", "muscle")
    return rows.order_by("-session__started_at", "session_id", "sort_order", "pk")


def as_csv(needle, uses):
    """The recall list as lines of a CSV file, one row at a time: what is typed by people is never a formula."""
    writer = csv.writer(Line())
    yield BYTE_ORDER_MARK + writer.writerow(COLUMNS)
    for use in uses:
        yield writer.writerow([plain("" if cell is None else str(cell)) for cell in _cells(needle, use)])


def _cells(needle, use):
    session, patient = use.session, use.session.patient
    started_at = timezone.localtime(session.started_at)
    return [
        patient.name, patient.record_number, patient.born_on, patient.phone, f"{started_at:%Y-%m-%d %H:%M}",
        session.get_status_display(), session.practitioner, use.muscle.name_en, use.get_side_display(), use.insertions,
        needle.maker, needle.size, needle.lot, needle.recalled_on,
    ]  # fmt: skip
