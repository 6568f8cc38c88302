"""The kinds of use that a field of a session's record can have; treatments.record.fields lists the fields."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Export:
    """A column of the outcomes export, with its unit and its meaning for the data dictionary."""

    name: str
    unit: str
    meaning: str
    read: str = ""  # where the value is, if it is not in the field itself, such as "muscle__name_en"
    also_read: Sequence[str] = ()  # what `of` needs beside it
    of: Callable | None = None  # makes the cell from the row, if it is more than the value as a text or number


@dataclass(frozen=True)
class Field:
    """A field of a model and its uses. It is sealed with the signature unless `not_sealed` gives a reason.

    A field of a session or a needling is exported, or `not_exported` gives a reason.
    """

    name: str
    in_form: bool = False  # typed or chosen on the session's page
    not_correctable: str = ""  # why an amendment cannot give a field in the form another value
    copied: bool = False  # part of the set-up that a new session copies from the last one
    required: str = ""  # required for signing; the text names it in the list of what is missing
    in_line: bool = False  # written in the line of needle and technique, in charts and in "Last time"
    in_notes: bool = False  # written in the last column of a session's needlings
    as_text: Callable | None = None  # how the value is written there, if not as by value_text()
    in_admin: str = ""  # its column in the admin's needlings of a session: a field's name or a method's
    exports: Sequence[Export] = ()
    not_sealed: str = ""
    # A value that the hash leaves out, because all records that were sealed before the field existed have it.
    unsealed_value: str = ""
    not_exported: str = ""
