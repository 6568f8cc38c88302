"""The exported files: CSV, XLSX and the data dictionary that explains the columns."""

import io
import tempfile

from django.core.exceptions import ValidationError
from xlsxwriter import Workbook

from patients.web.spreadsheet import BYTE_ORDER_MARK, cell, csv_writer

from .columns import columns
from .rows import READ_WITH_CARE, count_rows, rows_of

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_OF_A_SHEET = 1_048_576
DICTIONARY_HEADER = ["Column", "Unit", "Meaning", "Identifies a person"]
PSEUDONYMISED = (
    "Pseudonymised: names are replaced by codes that only the clinic's secret key can link to people. Rare combinations"
    " of age, month and complaint can still identify somebody, so treat this file as patient data."
)
IDENTIFIED = "With names: this file identifies patients. Protect it like their records."


def export_csv(sessions, *, identified):
    """Yield the text of the file in parts, for a StreamingHttpResponse.

    There is one row for each needling, and one for a session without needlings.
    """
    yield BYTE_ORDER_MARK + _csv([header(identified=identified)])
    for rows in rows_of(sessions, identified=identified):
        yield _csv(rows)


def dictionary_csv(*, identified, filters_in_words):
    """The data dictionary as CSV text. It starts with a note of caution and the filters."""
    return BYTE_ORDER_MARK + _csv(dictionary(identified=identified, filters_in_words=filters_in_words))


def export_xlsx(sessions, *, identified, filters_in_words):
    """An open temporary file for a FileResponse, which deletes it by closing it.

    The first sheet has the rows, the second the dictionary. Raises ValidationError if there are more rows than a sheet
    can have.
    """
    count = count_rows(sessions)
    if count >= ROWS_OF_A_SHEET:
        raise ValidationError(
            f"An Excel sheet can have {ROWS_OF_A_SHEET:,} rows; this file would have {count + 1:,}."
            " Download the CSV file instead, or choose fewer sessions."
        )
    file = tempfile.TemporaryFile(prefix="filiform-")  # noqa: SIM115 - the FileResponse closes it
    try:
        # Rows are written to disk one by one, to save memory. Text is never turned into a formula or a link.
        with Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
            _fill(book.add_worksheet("Sessions"), _all_rows(sessions, identified))
            explanations = dictionary(identified=identified, filters_in_words=filters_in_words)
            _fill(book.add_worksheet("Dictionary"), explanations)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def header(*, identified):
    """The column names, a list of text."""
    return [column.name for group in columns(identified=identified) for column in group]


def dictionary(*, identified, filters_in_words):
    """The rows of the data dictionary as lists of cells."""
    named = [column for group in columns(identified=identified) for column in group]
    rows = [[READ_WITH_CARE], [IDENTIFIED if identified else PSEUDONYMISED], [f"Sessions: {filters_in_words}"], []]
    rows.append(DICTIONARY_HEADER)
    rows += [[one.name, one.unit, one.meaning, "Yes" if one.identifies else "No"] for one in named]
    return [[cell(value) for value in row] for row in rows]


def _csv(rows):
    lines = io.StringIO()
    csv_writer(lines).writerows(rows)
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
