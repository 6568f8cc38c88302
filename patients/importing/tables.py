"""Reads a CSV, Excel or OpenDocument file as a table of text cells: separators, title lines, header, short lines."""

import csv
import io
import re
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.core.exceptions import ValidationError
from python_calamine import CalamineError, CalamineWorkbook

from .encodings import Recognised, decode, possible

SEPARATORS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Vertical bar"}
DECLARED = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)
# Excel keeps digits as text if they are written as a formula: ="07700900118".
FORMULA = re.compile(r'="(.*)"', re.DOTALL)
MOST_ROWS, LONGEST_CELL = 50_000, 2000
MOST_UNPACKED_BYTES = 200 * 1024 * 1024
SAMPLE_LINES = 200
ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass
class Table:
    """A file as it was read. `rows` are (line or row number in the file, cells), each with as many cells as `header`.

    `encodings` are those that the file can have, the one that was used first; none for a spreadsheet. `titles` counts
    lines above the header, `short` the rows that were filled up, and `long` are (number, why) of rows with more cells
    than the header. `bundle` counts what a FHIR bundle has besides the rows; None for any other file.
    """

    header: list[str]
    rows: list[tuple[int, list[str]]]
    encodings: list[Recognised] = field(default_factory=list)
    separator: str = ""
    titles: int = 0
    short: int = 0
    long: list[tuple[int, str]] = field(default_factory=list)
    bundle: dict[str, int] | None = None

    def values(self, column):
        """The cells of a column, without the empty ones."""
        return [cells[column] for _, cells in self.rows if cells[column]]


def read_table(raw, *, encoding="", separator=""):
    """The Table in the bytes of a file. Raises ValidationError with a sentence if there is none.

    An `encoding` or `separator` that a person chose is used instead of the recognised one.
    """
    if raw.startswith((ZIP, OLD_EXCEL)):
        return _as_table(_spreadsheet_lines(raw))
    if not raw.strip(b"\0 \r\n\t"):
        raise ValidationError("This file is empty.")
    encodings = possible(raw)
    if encoding:
        encodings.sort(key=lambda each: each.encoding != encoding)
    text = decode(raw, encoding or encodings[0].encoding)
    declared = DECLARED.fullmatch(text.partition("\n")[0])
    if declared:
        text, separator = text.partition("\n")[2], separator or declared[1]
    separator = separator or _likely_separator(text)
    table = _as_table(_csv_lines(text, separator, first=2 if declared else 1))
    table.encodings, table.separator = encodings, separator
    return table


def _csv_lines(text, separator, first=1):
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    lines, start = [], first
    try:
        for cells in reader:
            lines.append((start, [_cell(cell) for cell in cells]))
            start = reader.line_num + first
    except csv.Error as problem:
        raise ValidationError(f"Line {start} cannot be read as CSV: {problem}.") from None
    return lines


def _likely_separator(text):
    """The separator with which most lines have the same number of cells, and the most cells."""
    sample = "".join(text.splitlines(keepends=True)[:SAMPLE_LINES])
    best = {separator: _regularity(sample, separator) for separator in SEPARATORS}
    return max(best, key=best.get)


def _regularity(sample, separator):
    try:
        widths = Counter(len(cells) for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=separator))
    except csv.Error:
        return 0, 0
    del widths[0], widths[1]
    width, lines = max(widths.items(), key=lambda pair: pair[0] * pair[1], default=(0, 0))
    return lines * (width - 1), width


def _spreadsheet_lines(raw):
    """The rows of the first sheet that has any."""
    if raw.startswith(ZIP):
        _refuse_bomb(raw)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            if any(any(cell != "" for cell in row) for row in rows):
                return [(number, [_cell(_text(cell)) for cell in row]) for number, row in enumerate(rows, 1)]
    except CalamineError as problem:
        raise ValidationError(
            "This file cannot be read as a spreadsheet. Open it, save it as XLSX or CSV without a password, and choose"
            " that file."
        ) from problem
    raise ValidationError("This spreadsheet is empty.")


def _refuse_bomb(raw):
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile as problem:
        raise ValidationError("This spreadsheet is damaged. Save it again, and choose that file.") from problem
    if size > MOST_UNPACKED_BYTES:
        raise ValidationError("This spreadsheet is too large. Save the sheet with the patients alone.")


def _text(value):
    """The value of a spreadsheet's cell as text. Dates become ISO dates, so that their order is not in question."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _cell(text):
    formula = FORMULA.fullmatch(text.strip())
    return (formula[1] if formula else text).replace("\xa0", " ").strip()


def _as_table(lines):
    """The Table of these lines: the header is the first line that is about as wide as most lines."""
    lines = [(number, _without_end(cells)) for number, cells in lines]
    lines = [(number, cells) for number, cells in lines if cells]
    if not lines:
        raise ValidationError("This file is empty.")
    if len(lines) > MOST_ROWS + 1:
        raise ValidationError(f"This file has more than {MOST_ROWS:,} rows. Import it in parts.")
    refuse_unstorable(lines)
    widths = sorted(len(cells) for _, cells in lines[:SAMPLE_LINES])
    usual = widths[len(widths) // 2]
    titles = next(i for i, (_, cells) in enumerate(lines) if len([c for c in cells if c]) * 2 >= usual)
    header, rows = lines[titles][1], lines[titles + 1 :]
    table = Table(_named(header), [], titles=titles)
    for number, cells in rows:
        if len(cells) > len(header):
            table.long.append((number, f"has {len(cells)} cells where the header has {len(header)}."))
            continue
        table.short += len(cells) < len(header) and len(cells) * 2 < len(header)
        table.rows.append((number, cells + [""] * (len(header) - len(cells))))
    return table


def _without_end(cells):
    """The cells without the empty ones at the end, which spreadsheets leave out or add."""
    end = max((place for place, cell in enumerate(cells, 1) if cell), default=0)
    return cells[:end]


def refuse_unstorable(lines, what="Line"):
    """Raise ValidationError if the cells of these (number, cells) have what no field can store."""
    for number, cells in lines:
        if any("\x00" in cell for cell in cells):
            raise ValidationError(f"{what} {number} contains a NUL character, so this is not a text file.")
        if any(len(cell) > LONGEST_CELL for cell in cells):
            hint = " Is a quote missing?" if what == "Line" else ""
            raise ValidationError(f"{what} {number} has a text of more than {LONGEST_CELL} characters.{hint}")


def _named(header):
    """The names of the columns, different from each other and never empty."""
    seen, names = Counter(), []
    for place, name in enumerate(header, 1):
        name = " ".join(name.split()) or f"Column {place}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names
