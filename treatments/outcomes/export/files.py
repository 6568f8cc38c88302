"""The files: CSV as it is written, XLSX from a temporary file, and the dictionary that says what the columns mean."""

import csv
import io
import tempfile

from django.core.exceptions import ValidationError
from xlsxwriter import Workbook

from patients.web.spreadsheet import BYTE_ORDER_MARK, cell

from .columns import columns
from .rows import READ_WITH_CARE, count_rows, rows_of

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_OF_A_SHEET = 1_048_576
DICTIONARY_HEADER = ["Column", "Unit", "Meaning", "Identifies a person"]
PSEUDONYMISED = (
    "Pseudonymised: people and records have names that mean nothing without the clinic's secret key. Rare combinations"
    " of age, month and complaint can still point at somebody: treat the file as patients' data."
)
IDENTIFIED = "With names: this file says who was treated. Keep it like the patients' records."


def export_csv(sessions, *, identified):
    """The lines of the file, many at a time, for a StreamingHttpResponse. A row a needling, or a session without."""
    yield BYTE_ORDER_MARK + _csv([header(identified=identified)])
    for rows in rows_of(sessions, identified=identified):
        yield _csv(rows)


def dictionary_csv(*, identified, filters_in_words):
    """The text of the data dictionary; on top how to read the figures, and which sessions were asked for."""
    return BYTE_ORDER_MARK + _csv(dictionary(identified=identified, filters_in_words=filters_in_words))


def export_xlsx(sessions, *, identified, filters_in_words):
    """An open temporary file, at its start, for a FileResponse: it is gone when that has closed it.

    The rows are on the first sheet, the dictionary on the second. Raises ValidationError when a sheet cannot hold
    them all.
    """
    count = count_rows(sessions)
    if count >= ROWS_OF_A_SHEET:
        raise ValidationError(
            f"An Excel sheet holds {ROWS_OF_A_SHEET:,} rows; this file would have {count + 1:,}."
            " Take the CSV file, or choose fewer sessions."
        )
    file = tempfile.TemporaryFile(prefix="filiform-")  # noqa: SIM115 - whoever sends it closes it
    try:
        # Each row goes to the disk before the next; a text stays a text, whatever it looks like.
        with Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
            _fill(book.add_worksheet("Sessions"), _all_rows(sessions, identified))
            words = dictionary(identified=identified, filters_in_words=filters_in_words)
            _fill(book.add_worksheet("Dictionary"), words)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def header(*, identified):
    """The names of the columns."""
    return [column.name for group in columns(identified=identified) for column in group]


def dictionary(*, identified, filters_in_words):
    """The rows of the data dictionary, a list of lists of cells."""
    named = [column for group in columns(identified=identified) for column in group]
    rows = [[READ_WITH_CARE], [IDENTIFIED if identified else PSEUDONYMISED], [f"Sessions: {filters_in_words}"], []]
    rows.append(DICTIONARY_HEADER)
    rows += [[one.name, one.unit, one.meaning, "Yes" if one.identifies else "No"] for one in named]
    return [[cell(value) for value in row] for row in rows]


def _csv(rows):
    lines = io.StringIO()
    csv.writer(lines).writerows(rows)
    return lines.getvalue()


def _all_rows(sessions, identified):
    yield header(identified=identified)
    for rows in rows_of(sessions, identified=identified):
        yield from rows


def _fill(sheet, rows):
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            if value == "":
                continue
            write = sheet.write_string if isinstance(value, str) else sheet.write_number
            write(number, place, value)
