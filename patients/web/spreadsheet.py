"""Cells as a spreadsheet takes them: what was typed by people is never a formula."""

from functools import lru_cache
from unicodedata import normalize

# Spreadsheets take the mark for "this is UTF-8".
BYTE_ORDER_MARK = "\ufeff"
# A spreadsheet reads a cell that starts so as a formula, in wide letters too.
FORMULA_STARTS, CUTS = ("=", "+", "-", "@"), ("\t", "\r", "\n")


class Line:
    """What csv writes to: hands each line back instead of keeping it."""

    def write(self, text):
        return text


def cell(value):
    """Numbers stay numbers, nothing stays empty, all else is text that is no formula."""
    if isinstance(value, str):
        return plain(value)
    if value is None:
        return ""
    return value if isinstance(value, int | float) else plain(str(value))


# The same words come thousands of times in a long file.
@lru_cache(maxsize=4096)
def plain(text):
    """The text, with an apostrophe in front when a spreadsheet would take it for a formula."""
    is_formula = normalize("NFKC", text).lstrip().startswith(FORMULA_STARTS)
    return f"'{text}" if is_formula or text.startswith(CUTS) else text
