"""Cells of spreadsheets, in which text that people typed is never taken for a formula."""

import csv
import re
from functools import lru_cache
from unicodedata import category, normalize

# Spreadsheets recognise a UTF-8 file by this.
BYTE_ORDER_MARK = "\ufeff"
# Spreadsheets take cells that start like this for formulas, also in full-width characters.
FORMULA_STARTS, CUTS = ("=", "+", "-", "@"), ("\t", "\r", "\n")
# Where a semicolon or a tab separates cells, what follows one is the start of a cell.
FORMULA_INSIDE = re.compile(r"[;|\t]\s*[=+\-@]")


def csv_writer(file):
    """A csv.writer that puts every text in quotation marks, so that no separator inside it can cut it."""
    return csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)


class LineBuffer:
    """A file for csv.writer whose `write` returns the line, so that lines can be streamed."""

    def write(self, text):
        return text


def cell(value):
    """The value of a cell: numbers as they are, None as an empty text, anything else as text that is no formula."""
    if isinstance(value, str):
        return escape_formula(value)
    if value is None:
        return ""
    return value if isinstance(value, int | float) else escape_formula(str(value))


# Cached, because a long file repeats the same words thousands of times.
@lru_cache(maxsize=4096)
def escape_formula(text):
    """The text, with an apostrophe in front if a spreadsheet would take it for a formula."""
    shown = "".join(character for character in normalize("NFKC", text) if category(character) != "Cf").lstrip()
    is_formula = shown.startswith(FORMULA_STARTS) or FORMULA_INSIDE.search(shown)
    return f"'{text}" if is_formula or text.startswith(CUTS) else text
