"""Cells of spreadsheets, in which text that people typed is never taken for a formula."""

from functools import lru_cache
from unicodedata import normalize

# Tells spreadsheets that the file is UTF-8.
BYTE_ORDER_MARK = "\ufeff"
# Spreadsheets take cells that start like this for formulas, also in full-width characters.
FORMULA_STARTS, CUTS = ("=", "+", "-", "@"), ("\t", "\r", "\n")


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
    is_formula = normalize("NFKC", text).lstrip().startswith(FORMULA_STARTS)
    return f"'{text}" if is_formula or text.startswith(CUTS) else text
