"""The audit trail as a CSV file that people can read."""

from django.utils import timezone

from patients.audit.wording import page_in_words, record_in_words
from patients.models.trail import in_words
from patients.web.spreadsheet import BYTE_ORDER_MARK, LineBuffer, cell, csv_writer

COLUMNS = (
    "when who user_name what record_number patient record page from note changes request chain number hash".split()
)
ROWS_AT_ONCE = 2000


def trail_csv(entries):
    """Yield the lines of a CSV file of these TrailEntries. Text that people typed cannot become a formula."""
    writer = csv_writer(LineBuffer())
    yield BYTE_ORDER_MARK + writer.writerow(COLUMNS)
    for entry in entries.select_related("by", "patient").iterator(chunk_size=ROWS_AT_ONCE):
        yield writer.writerow([cell(value) for value in _cells(entry)])


def _cells(entry):
    patient = entry.patient
    return [
        f"{timezone.localtime(entry.at):%Y-%m-%d %H:%M:%S}",
        entry.person,
        entry.by_name,
        entry.get_action_display(),
        patient and patient.record_number,
        patient.name if patient else f"{len(entry.patients_in_list)} patients" if entry.patients_in_list else "",
        record_in_words(entry),
        page_in_words(entry),
        entry.address,
        entry.note,
        "; ".join(f"{field}: {in_words(old)} → {in_words(new)}" for field, (old, new) in entry.changes.items()),
        entry.request_id,
        entry.chain,
        entry.number,
        entry.hash,
    ]
