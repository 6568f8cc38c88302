"""Cells that a spreadsheet or an export of a database has damaged. What is lost cannot be recovered by guessing."""

import re
import unicodedata
from dataclasses import dataclass

from ftfy import fix_encoding
from ftfy.badness import is_bad

EMPTY, KEEP, REPAIR, LEAVE_OUT = "empty", "keep", "repair", "leave_out"
FIRST_DAY, LAST_DAY = "first_day", "last_day"
DECISIONS = {
    EMPTY: "Leave the field empty",
    KEEP: "Keep the text as it is",
    REPAIR: "Repair the letters",
    FIRST_DAY: "Store the first day of it",
    LAST_DAY: "Store the last day of it",
    LEAVE_OUT: "Leave out the row",
}
CUT_OFF = re.compile(r"#{3,}")
DIGITS_LOST = re.compile(r"[+-]?\d(?:[.,]\d+)?E[+-]?\d+", re.IGNORECASE)
# "Null" with small letters is a family name.
NO_VALUE = re.compile(r"NULL|\\N|#N/?A|#(?:REF|VALUE|NAME|DIV/0|NUM)[!?]?|undefined|\(null\)|\[null\]|nil|NaN|None")
LETTERS_LOST = re.compile(r"\ufffd|ï¿½|(?<=\w)\?+(?=\w)|[\x80-\x9f]")


@dataclass(frozen=True)
class Doubt:
    """A cell that cannot be stored as it is, until somebody decides. All cells with the same `key` are decided once.

    `options` are the possible decisions; the first is suggested, never taken. `kept` is what is stored unless somebody
    leaves the row out, if it is not a text.
    """

    field: str
    sentence: str
    text: str
    options: tuple[str, ...] = (EMPTY, LEAVE_OUT)
    kept: object = None

    @property
    def key(self):
        return f"{self.field}: {self.sentence}"


def damage_of(text):
    """(sentence, decisions besides leaving the field empty or the row out) of a damaged text; None of a sound one."""
    if CUT_OFF.fullmatch(text):
        return "The column was too narrow in the spreadsheet, so it exported ### instead of the value.", ()
    if DIGITS_LOST.fullmatch(text):
        return "The spreadsheet shortened the number, and the digits are lost.", ()
    if NO_VALUE.fullmatch(text):
        return "The other system wrote this word for “no value”.", (KEEP,)
    if LETTERS_LOST.search(text):
        return "Letters were lost when the file was written, or it is read with the wrong encoding.", (KEEP,)
    if is_bad(text) and fix_encoding(text) != text:
        return "Letters were garbled when the file was written.", (REPAIR, KEEP)
    return None


def doubt_about(field, text):
    """The Doubt about a cell of this field, or None."""
    found = damage_of(text)
    return found and Doubt(field, found[0], text, (*found[1][:1], EMPTY, *found[1][1:], LEAVE_OUT))


def repaired(text):
    """The text with letters that were read with a wrong encoding once put right: "MÃ¼ller" becomes "Müller"."""
    return unicodedata.normalize("NFC", fix_encoding(text))
