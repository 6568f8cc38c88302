"""The kinds of files that can be imported. An app above this one adds its own kinds to the registry."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from patients.models.birth import BirthDate, BirthPrecision

from .fields import ImportField

SAME, NEW, LATER = "same", "new", "later"
DECISIONS_ON_PAIRS = {SAME: "Same", NEW: "New", LATER: "Later"}


@dataclass(frozen=True)
class Candidate:
    """A stored `record` that a row may already be. `why` says what is alike."""

    record: object
    why: str


@dataclass
class Row:
    """A row of a file as it would be stored.

    `values` are the fields as they would be stored; `texts` the cells as they are in the file; `found` all doubts
    about them, and `doubts` those that nobody decided; `error` why the whole row cannot be stored. `matched` is the
    record that it already is, if the row or its number was imported before. `candidates` are records that may be the
    same, and `decision` is (SAME, NEW or LATER, the candidate) when somebody decided it. `holder` is the patient of the
    register who has the national or insurance number of the row.
    """

    number: int
    values: dict = field(default_factory=dict)
    texts: dict = field(default_factory=dict)
    found: list = field(default_factory=list)
    doubts: list = field(default_factory=list)
    error: str = ""
    is_left_out: bool = False
    fingerprint: str = ""
    matched: object = None
    candidates: list[Candidate] = field(default_factory=list)
    decision: tuple | None = None
    holder: object = None

    def take_decision(self, decision, key):
        """Take what somebody decided about a row that may be registered already, if it still fits.

        `key` is that of a candidate's record. Nobody else can get a number that somebody in the register has.
        """
        chosen = next((c for c in self.candidates if str(c.record.pk) == key), None)
        if not self.candidates or not (decision == NEW or (decision in (SAME, LATER) and chosen)):
            return
        self.decision = (decision, chosen)
        if self.holder and (decision == NEW or chosen.record.person_id != self.holder.person_id):
            number = self.holder.record_number
            self.error = f"{number} already has this national or insurance number. Remove it there, or choose {number}."

    @property
    def birth(self):
        """The birth date of a row of patients as far as it is known."""
        return BirthDate(self.values.get("born_on"), self.values.get("birth_precision", BirthPrecision.DAY.value))

    @property
    def name(self):
        """The name of a row of patients as lists show it."""
        return ", ".join(filter(None, [self.values.get("family_name", "").upper(), self.values.get("given_name", "")]))

    @property
    def is_open(self):
        """Whether somebody still has to decide something about this row."""
        return not self.is_left_out and bool(self.doubts or self.error or (self.candidates and not self.decision))

    @property
    def is_ready(self):
        """Whether a new record would be stored for this row."""
        return not (self.is_open or self.is_left_out or self.matched or (self.decision and self.decision[0] == SAME))


@dataclass(frozen=True)
class Kind:
    """A kind of file. The functions are those of services, so that this module needs none.

    `model` is that of the stored records. `check(values, phone_country=)` raises ValidationError if a row cannot be
    stored. `match(rows)` sets `matched` of rows that are already there, `candidates` of those that may be, and `error`
    of those that contradict another row. `store(rows, by=, phone_country=, file_import=)` stores a record for each
    of these rows and returns them in the same order. `join(row, record, by=, file_import=)` completes the record that
    somebody decided a row is, and returns {field: value before}. `undo(rows, by=)` takes back what these
    ImportedRows stored, or raises ValidationError.
    """

    key: str
    label: str
    model: type
    fields: list[ImportField]
    check: Callable
    match: Callable[[Iterable[Row]], None]
    store: Callable
    join: Callable
    undo: Callable
    # {field of a CHOICE: function that returns its [(value, label)]}, and {field: function of a word and of all words
    # of the column that returns the value, or "" if somebody has to choose it}.
    options: dict[str, Callable]
    guesses: dict[str, Callable]
    # Changes the values of a row to those that would be stored, before they are checked.
    complete: Callable[[dict], None] = lambda values: None
    # Yields the Doubts about the values of a row that somebody decides about for all such rows.
    doubts: Callable[[dict], Iterable] = lambda values: ()
    # The types of FHIR resources that it reads, and a function of a Bundle that returns [(number, {column: text})].
    resources: tuple[str, ...] = ()
    from_bundle: Callable | None = None
    # Whether candidates are patients, whose details the page shows.
    shows_patients: bool = False

    @property
    def labels(self):
        """{field of a CHOICE: {value: label}}."""
        return {name: dict(listed()) for name, listed in self.options.items()}

    def field(self, name):
        return next(field for field in self.fields if field.name == name)
