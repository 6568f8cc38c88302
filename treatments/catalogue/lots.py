"""Trace a needle lot: everyone treated with it, on a page and as a CSV file."""

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, UUIDField
from django.db.models.functions import Coalesce
from django.utils import timezone

from patients.web.spreadsheet import BYTE_ORDER_MARK, LineBuffer, csv_writer, escape_formula
from treatments.models import Needle, Needling

COLUMNS = [
    "Patient", "Record number", "Born", "Phone", "Session", "Status", "Practitioner", "Muscle", "Side", "Insertions",
    "Maker", "Size in mm", "Lot", "Recalled on", "Correction",
]  # fmt: skip
# The first row of a chain, and the number of the amendment that a row is from.
FIRST = Coalesce(F("original"), F("pk"), output_field=UUIDField())
NUMBER = Coalesce("amendment__number", 0)


def lots_like(text):
    """Needles whose lot number contains the text, recalled ones first."""
    found = Needle.objects.with_lot_like(text.strip()) if text.strip() else Needle.objects.all()
    return found.order_by("-recalled_on", "lot", "diameter_mm", "length_mm")


def with_session_counts(needles):
    """A list of these needles, each with the number of sessions that `uses_of` names (session_count). One query."""
    needles = list(needles)
    rows = Needling.every_row.filter(needle__in=needles).order_by().values("needle")
    counts = dict(rows.annotate(sessions=Count("session", distinct=True)).values_list("needle", "sessions"))
    for needle in needles:
        needle.session_count = counts.get(needle.pk, 0)
    return needles


def uses_of(needle):
    """The needlings that name this lot now or named it before a correction, latest first. `explained` says why.

    A recall must not miss anyone: drafts, rows that did not happen and rows that were corrected to another lot are
    included. Of the rows of one chain, the last one with this lot is given.
    """
    of_chain = Needling.every_row.annotate(number=NUMBER).filter(
        Q(pk=OuterRef("first")) | Q(original=OuterRef("first"))
    )
    later, latest = of_chain.filter(number__gt=OuterRef("number")), of_chain.order_by("-number")
    rows = Needling.every_row.filter(needle=needle).annotate(first=FIRST, number=NUMBER)
    rows = rows.filter(~Exists(later.filter(needle=needle))).annotate(
        happened=~Exists(of_chain.filter(did_not_happen=True)),
        first_needle=Subquery(Needling.every_row.filter(pk=OuterRef("first")).values("needle")),
        counting_needle=Subquery(latest.values("needle")[:1]),
    )
    rows = rows.select_related("session__patient__merged_into", "session__practitioner__user", "muscle")
    return rows.order_by("-session__started_at", "session_id", "sort_order", "pk")


def explained(uses):
    """Yield these needlings of `uses_of`, each with `why_listed`: what an amendment corrected about it, or ""."""
    needles = {}
    for use in uses:
        if {use.first_needle, use.counting_needle} - {use.needle_id, None} and not needles:
            needles = Needle.objects.in_bulk()
        use.why_listed = _why_listed(use, needles)
        yield use


def _why_listed(use, needles):
    if not use.happened:
        return "Corrected: this needling did not happen"
    if use.counting_needle != use.needle_id:
        return f"Corrected: {_named(use.counting_needle, needles)} was used, not this lot"
    if use.first_needle != use.needle_id:
        return f"Corrected: this lot was used, not {_named(use.first_needle, needles)}"
    if use.amendment_id and use.original_id is None:
        return "Corrected: this needling had been left out"
    return "Corrected" if use.is_corrected else ""


def _named(key, needles):
    needle = needles.get(key)
    return f"lot {needle.lot} ({needle.size} mm)" if needle else "another lot"


def as_csv(needle, uses):
    """Yield the lines of the recall list as CSV. Text that people typed cannot become a formula in a spreadsheet."""
    writer = csv_writer(LineBuffer())
    yield BYTE_ORDER_MARK + writer.writerow(COLUMNS)
    for use in explained(uses):
        yield writer.writerow([escape_formula("" if cell is None else str(cell)) for cell in _cells(needle, use)])


def _status(session):
    """The status, with the mark: a needle of a session in error was used, perhaps on somebody else."""
    return f"{session.get_status_display()}{', entered in error' if session.error_mark_id else ''}"


def _cells(needle, use):
    session, patient = use.session, use.session.patient.surviving
    started_at = timezone.localtime(session.started_at)
    born = patient.born_on if patient.birth.is_exact else patient.birth
    return [
        patient.name, patient.record_number, born, patient.phone, f"{started_at:%Y-%m-%d %H:%M}",
        _status(session), session.practitioner, use.target_name, use.get_side_display(), use.insertions,
        needle.maker, needle.size, needle.lot, needle.recalled_on, use.why_listed,
    ]  # fmt: skip
