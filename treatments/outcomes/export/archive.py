"""All tables of the export as one file: CSV files in a ZIP archive, or sheets of an Excel file, with a dictionary."""

import io
import tempfile
import zipfile

from django.core.exceptions import ValidationError
from django.db.models import Case, Count, F, IntegerField, Value, When
from xlsxwriter import Workbook

from clinic.models import Appointment
from patients.web.spreadsheet import BYTE_ORDER_MARK, cell, csv_writer
from treatments.models import Needling

from .column import FEWEST_ALIKE, SUPPRESSED
from .columns import OLDEST_BAND, columns
from .explained import (
    CODES_HEADER,
    CODES_MEANING,
    RECIPES,
    THRESHOLDS_HEADER,
    THRESHOLDS_MEANING,
    codes,
    thresholds,
)
from .files import IDENTIFIED, PSEUDONYMISED, ROWS_OF_A_SHEET
from .pseudonyms import Pseudonyms
from .rows import NEEDLING_FIELDS, OF_EPISODE, OF_PERSON, READ_WITH_CARE, SESSIONS_AT_ONCE, visits_of
from .stricta import STRICTA_HEADER, STRICTA_MEANING, FilledCells, stricta_rows
from .tables import TABLES

ZIP, XLSX = "zip", "xlsx"
PERSON, DIAGNOSIS = {"age_band", "sex"}, {"condition", "diagnosis_code", "code_system"}
HEADER = ["Table", "Column", "Unit", "Meaning", "Identifies a person"]


def export_tables(filters, *, kind, identified, filters_in_words):
    """An open temporary file with all tables, ZIP or XLSX, for a FileResponse, which deletes it by closing it.

    Rows are read and written in parts, so that memory does not grow with them. Raises ValidationError if a table is too
    long for a sheet.
    """
    write = {ZIP: _write_zip, XLSX: _write_xlsx}[kind]
    file = tempfile.TemporaryFile(prefix="filiform-")  # noqa: SIM115 - the FileResponse closes it
    try:
        write(file, _tables(filters, identified, filters_in_words))
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def patients_in_tables(filters):
    """The keys of all patients who have a row in the tables. Two queries."""
    visits = Appointment.objects.filter(filters.days("takes_place_on"), filters.people(), is_booking_undone=False)
    found = (rows.order_by().values_list("patient", flat=True).distinct() for rows in (filters.sessions(), visits))
    return {pk for keys in found for pk in keys}


def rare_combinations(sessions):
    """The rare (age band, sex), and the rare (age band, sex, condition, diagnosis code), in one set.

    Rare is what fewer than FEWEST_ALIKE patients of these sessions have. Two queries.
    """
    age = "context__patient_age"
    band = Case(
        When(**{f"{age}__gte": OLDEST_BAND}, then=Value(OLDEST_BAND // 5)),
        default=F(age) / 5,
        output_field=IntegerField(),
    )
    rows = sessions.order_by().annotate(age_group=band, **OF_EPISODE, **OF_PERSON)
    person, diagnosis = ["age_group", "person_sex"], ["episode_condition", "episode_code"]
    rare = set()
    for names in (person, person + diagnosis):
        alike = rows.values_list(*names).annotate(patients=Count("person", distinct=True))
        rare |= {tuple(values) for *values, _ in alike.filter(patients__lt=FEWEST_ALIKE).iterator()}
    return rare


def dictionary_of_tables(*, identified, filters_in_words):
    """The rows of the dictionary of all tables."""
    head = [READ_WITH_CARE, IDENTIFIED if identified else PSEUDONYMISED, f"Sessions: {filters_in_words}"]
    if not identified:
        head.append(
            f"“{SUPPRESSED}” is the diagnosis where fewer than {FEWEST_ALIKE} patients of an age and sex have it, and"
            " also age and sex where fewer have both. It is training and experience where fewer than"
            f" {FEWEST_ALIKE} practitioners have the same."
        )
    named = [(name, column) for name, found, _ in _declared(identified) for column in found]
    explained = [[name, one.name, one.unit, one.meaning, _yes(one.identifies)] for name, one in named]
    tables = [[name, "", "", meaning, ""] for name, _, meaning in _declared(identified)]
    tables += [["codes", "", "", CODES_MEANING, ""], ["thresholds", "", "", THRESHOLDS_MEANING, ""]]
    tables += [["stricta", "", "", STRICTA_MEANING, ""]]
    recipes = [["How to compute each panel of the page from these tables"], *map(list, RECIPES)]
    return [*([line] for line in head), [], HEADER, *tables, *explained, [], *recipes]


def _declared(identified):
    """(name, columns, meaning) of every table."""
    of_session, of_needling = columns(identified=identified)
    return [
        ("sessions", of_session, "One row for each signed session that the filters select."),
        ("needlings", [of_session[0], *of_needling], "One row for each needling of these sessions."),
        *((table.name, _shown(table, identified), table.meaning) for table in TABLES),
    ]


def _shown(table, identified):
    return [column for column in table.columns if identified or not column.identifies]


def _tables(filters, identified, filters_in_words):
    """Yield (name, rows) of every file; the first row is the header."""
    sessions = filters.sessions()
    yield "dictionary", dictionary_of_tables(identified=identified, filters_in_words=filters_in_words)
    yield "codes", _with_header(CODES_HEADER, codes(_declared(identified)))
    yield "thresholds", _with_header(THRESHOLDS_HEADER, thresholds())
    filled = FilledCells()
    for name, found, _ in _declared(identified):
        rows = {"sessions": _sessions, "needlings": _needlings}.get(name)
        body = rows(sessions, identified) if rows else _rows_of(name, filters, sessions, identified)
        names = [column.name for column in found]
        yield name, _with_header(names, filled.counted(name, names, body))
    # Last, because the rows above are counted while they are written.
    yield "stricta", _with_header(STRICTA_HEADER, stricta_rows(filled))


def _with_header(header, rows):
    yield header
    yield from rows


def _sessions(sessions, identified):
    shown = columns(identified=identified)[0]
    rare = set() if identified else rare_combinations(sessions)
    for visits in visits_of(sessions, identified=identified):
        for visit in visits.values():
            hidden = _suppressed(visit.session, rare)
            yield [SUPPRESSED if column.name in hidden else column.of(visit) for column in shown]


def _suppressed(session, rare):
    """The columns of a session that are left out because few patients have the same there."""
    age = session.context__patient_age
    person = None if age is None else min(age, OLDEST_BAND) // 5, session.person_sex
    if person in rare:
        return PERSON | DIAGNOSIS
    return DIAGNOSIS if (*person, session.episode_condition, session.episode_code) in rare else set()


def _needlings(sessions, identified):
    names, shown = Pseudonyms(identified=identified), columns(identified=identified)[1]
    rows = Needling.objects.needled().filter(session__in=sessions.order_by().values("pk"))
    rows = rows.order_by("session", "sort_order", "pk").values_list(*NEEDLING_FIELDS, named=True)
    for row in rows.iterator(SESSIONS_AT_ONCE):
        yield [names.of("session", row.session), *(column.of(row) for column in shown)]


def _rows_of(name, filters, sessions, identified):
    (table,) = (table for table in TABLES if table.name == name)
    names, shown = Pseudonyms(identified=identified), _shown(table, identified)
    rows = table.rows(filters, sessions.order_by().values("pk")).values_list(*table.fields, named=True)
    for row in rows.iterator(SESSIONS_AT_ONCE):
        yield [column.of(row, names) for column in shown]


def _write_zip(file, tables):
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in tables:
            with (
                archive.open(f"{name}.csv", "w", force_zip64=True) as binary,
                io.TextIOWrapper(binary, encoding="utf-8", newline="") as text,
            ):
                text.write(BYTE_ORDER_MARK)
                csv_writer(text).writerows([cell(one) for one in row] for row in rows)


def _write_xlsx(file, tables):
    with Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        for name, rows in tables:
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                if number >= ROWS_OF_A_SHEET:
                    raise ValidationError(
                        f"An Excel sheet can have {ROWS_OF_A_SHEET:,} rows, and the table “{name}” is longer."
                        " Download the CSV files instead, or choose fewer sessions."
                    )
                for place, content in enumerate(map(cell, row)):
                    if content != "":
                        write = sheet.write_string if isinstance(content, str) else sheet.write_number
                        write(number, place, content)


def _yes(value):
    return "Yes" if value else "No"
