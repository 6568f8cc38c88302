"""Trace a needle lot: everyone treated with it, on a page and as a CSV file."""

import csv

from django.db.models import Count
from django.utils import timezone

from patients.web.spreadsheet import BYTE_ORDER_MARK, LineBuffer, escape_formula
from treatments.models import Needle, Needling, counting

COLUMNS = [
    "Patient", "Record number", "Born", "Phone", "Session", "Status", "Practitioner", "Muscle", "Side", "Insertions",
    "Maker", "Size in mm", "Lot", "Recalled on", "Row corrected",
]  # fmt: skip


def lots_like(text):
    """Needles whose lot number contains the text, recalled ones first, with the number of sessions (session_count)."""
    found = Needle.objects.with_lot_like(text.strip()) if text.strip() else Needle.objects.all()
    sessions = Count("needlings__session", distinct=True, filter=counting(Needling, "needlings__"))
    return found.annotate(session_count=sessions).order_by("-recalled_on", "lot", "diameter_mm", "length_mm")


def uses_of(needle):
    """The needlings with this lot, as corrected, latest first. Drafts are included: a recall must not miss anyone."""
    rows = Needling.objects.filter(needle=needle)
    rows = rows.select_related("session__patient", "session__practitioner__user", "muscle")
    return rows.order_by("-session__started_at", "session_id", "sort_order", "pk")


def as_csv(needle, uses):
    """Yield the lines of the recall list as CSV. Text that people typed cannot become a formula in a spreadsheet."""
    writer = csv.writer(LineBuffer())
    yield BYTE_ORDER_MARK + writer.writerow(COLUMNS)
    for use in uses:
        yield writer.writerow([escape_formula("" if cell is None else str(cell)) for cell in _cells(needle, use)])


def _status(session):
    """The status, with the mark: a needle of a session in error was used, perhaps on somebody else."""
    return f"{session.get_status_display()}{', entered in error' if session.error_mark_id else ''}"


def _cells(needle, use):
    session, patient = use.session, use.session.patient
    started_at = timezone.localtime(session.started_at)
    return [
        patient.name, patient.record_number, patient.born_on, patient.phone, f"{started_at:%Y-%m-%d %H:%M}",
        _status(session), session.practitioner, use.muscle.name_en, use.get_side_display(), use.insertions,
        needle.maker, needle.size, needle.lot, needle.recalled_on, "yes" if use.is_corrected else "",
    ]  # fmt: skip
