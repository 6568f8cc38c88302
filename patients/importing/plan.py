"""What an import would store: every row of the file as it was read, checked and compared with the register."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from django.core.exceptions import ValidationError

from patients.integrity.progress import counted
from patients.models.birth import BirthDate

from . import dates, doubts, numbers, persons, values
from .cells import value_of
from .column_words import unusable_word, words_of
from .doubts import EMPTY, KEEP, LEAVE_OUT, REPAIR, Doubt
from .fields import AGE, BIRTH, CHOICE, DATE, MOMENT, PERIOD, likely_columns
from .kinds import Kind, Row
from .repeated import find_imported
from .tables import Table


@dataclass
class Choices:
    """What people chose for a file, stored as JSON. An empty choice means that the recognised value is used.

    `columns` is {field: column}, None while nobody chose. `date_orders` is {field: "day" or "month"}, `words` {field:
    {word: value}}, `doubts` {key of a Doubt: decision}, `pairs` {number of a row: [SAME, NEW or LATER, key of the
    candidate]}.
    """

    encoding: str = ""
    separator: str = ""
    columns: dict | None = None
    date_orders: dict = field(default_factory=dict)
    name_order: str = ""
    words: dict = field(default_factory=dict)
    doubts: dict = field(default_factory=dict)
    pairs: dict = field(default_factory=dict)
    phone_country: str = ""
    identifier_kind: str = ""
    identifier_issuer: str = ""
    has_no_birth_dates: bool = False
    leaves_out_refused: bool = False


@dataclass
class Plan:
    """An import that is prepared. Nothing is stored."""

    kind: Kind
    table: Table
    choices: Choices

    @cached_property
    def columns(self):
        """{field: column of the file} in the order of the fields."""
        chosen = self.choices.columns
        if chosen is None:
            chosen = likely_columns(self.kind.fields, self.table.header)
            if {"given_name", "family_name"} <= chosen.keys():
                chosen.pop("full_name", None)
            elif "full_name" in chosen and "given_name" in chosen and "family_name" not in chosen:
                chosen["family_name"] = chosen.pop("full_name")  # “Name” beside “Vorname” is the family name
            elif "given_name" in chosen and "family_name" not in chosen:
                chosen["full_name"] = chosen.pop("given_name")  # “Nome” alone is the whole name
        return {f.name: chosen[f.name] for f in self.kind.fields if chosen.get(f.name) in self.table.header}

    @cached_property
    def missing_fields(self):
        """The labels of fields without which nothing can be stored."""
        may_lack_birth = self.choices.has_no_birth_dates or not self.lacks_birth_dates
        missing = [
            f.label
            for f in self.kind.fields
            if f.is_required and f.name not in self.columns and not (f.type == BIRTH and may_lack_birth)
            if f.type != CHOICE  # what the file does not say is chosen once for all rows
        ]
        if any(f.name == "full_name" for f in self.kind.fields) and not (
            "full_name" in self.columns or {"given_name", "family_name"} <= self.columns.keys()
        ):
            missing.insert(0, "Given name and family name, or the whole name")
        return missing

    @property
    def lacks_birth_dates(self):
        """Whether the file has patients and no column of birth dates or ages."""
        types = {field.type for field in self.kind.fields if field.name in self.columns}
        return any(field.type == BIRTH for field in self.kind.fields) and not types & {BIRTH, AGE}

    def texts(self, name):
        """The cells of the column of a field, without the empty ones."""
        return self.table.values(self.place(name)) if name in self.columns else []

    @cached_property
    def date_orders(self):
        """{date field: the DateOrder of its column}."""
        names = [f.name for f in self.kind.fields if f.type in (DATE, MOMENT, BIRTH, PERIOD) and f.name in self.columns]
        return {name: dates.order_of(self.texts(name)) for name in names}

    def order(self, name):
        """The order of day and month for a field: the chosen one, the one that its column has, or the day first.

        While nobody has chosen an order that a column does not have, the rows are only a preview.
        """
        return self.choices.date_orders.get(name) or self.date_orders[name].decided or dates.DAY_FIRST

    @cached_property
    def undecided_orders(self):
        """The date fields whose order somebody has to choose."""
        chosen = self.choices.date_orders
        return [name for name, order in self.date_orders.items() if not (chosen.get(name) or order.decided)]

    @property
    def needs_name_order(self):
        return "full_name" in self.columns and values.needs_name_order(self.texts("full_name"))

    @property
    def undecided_name_order(self):
        return self.needs_name_order and not self.choices.name_order

    @cached_property
    def words(self):
        """[(field, word of its column, how often, the value that it stands for or "")] of all columns of choices."""
        return [
            (name, word, count, words.meaning(word))
            for name, words in self._words.items()
            for word, count in words.counts
        ]

    @cached_property
    def _words(self):
        return words_of(self)

    @property
    def read_fields(self):
        """The names of the fields that the rows get, in their order."""
        return [field.name for field in self.kind.fields if field.name in {**self.columns, **self._words}]

    @cached_property
    def rows(self):
        """Every row of the file as a Row, compared with the register."""
        table = self.table.rows
        rows = [self._read(number, cells) for number, cells in counted(table, "rows read", lambda: len(table))]
        rows += [Row(number, error=why) for number, why in self.table.long]
        rows.sort(key=lambda row: row.number)
        sound = [row for row in rows if not (row.doubts or row.error or row.is_left_out)]
        find_imported(self.kind, sound)
        self.kind.match(sound)
        for row in rows:
            row.take_decision(*self.choices.pairs.get(str(row.number), ("", "")))
            row.is_left_out |= bool(row.error) and self.choices.leaves_out_refused
        return rows

    @cached_property
    def doubts(self):
        """{key: [(Row, Doubt)]} of all doubtful cells, whether or not they are decided."""
        found = defaultdict(list)
        for row in self.rows:
            for doubt in row.found:
                found[doubt.key].append((row, doubt))
        return dict(sorted(found.items(), key=lambda pair: -len(pair[1])))

    @property
    def _unknown_words(self):
        return dict.fromkeys(self.kind.field(name).label for name, _, _, value in self.words if not value)

    @property
    def refused(self):
        """The rows that cannot be stored, with the reason in `error`."""
        return [row for row in self.rows if row.error]

    @property
    def pairs(self):
        """The rows that may be in the register already."""
        return [row for row in self.rows if row.candidates]

    @property
    def ready(self):
        return [row for row in self.rows if row.is_ready]

    @property
    def questions(self):
        """What somebody has to decide before anything can be stored, as sentences."""
        if self.missing_fields:
            return [f"Choose a column for: {label}." for label in self.missing_fields]
        open_doubts = sum(key not in self.choices.doubts for key in self.doubts)
        open_pairs = sum(row.decision is None for row in self.pairs)
        open_refused = sum(not row.is_left_out for row in self.refused)
        asked = [f"Choose the order of day and month: {self.kind.field(n).label}." for n in self.undecided_orders]
        asked += ["Choose which name is first."] * self.undecided_name_order
        asked += [f"Choose what the words stand for: {label}." for label in self._unknown_words]
        asked += numbers.questions(self)
        asked += [f"Decide what to do with doubtful cells: {_count(open_doubts, 'kind')}."] * bool(open_doubts)
        asked += [f"Decide who may be registered already: {_count(open_pairs, 'row')}."] * bool(open_pairs)
        asked += [f"Correct rows in the file, or leave them out: {_count(open_refused, 'row')}."] * bool(open_refused)
        return asked

    def place(self, name):
        """The place of the column of a field in a row of the table."""
        return self.table.header.index(self.columns[name])

    def _read(self, number, cells):
        texts = {name: cells[self.place(name)] for name in self.columns}
        row = Row(number, texts=texts | {name: words.of(cells) for name, words in self._words.items()})
        for name in row.texts:
            self._take(row, self.kind.field(name), row.texts[name])
        missing = persons.missing_parts(self.kind, row, lacks_birth_dates=self.lacks_birth_dates)
        for doubt in [*missing, *self.kind.doubts(row.values)]:
            self._answered(row, self.kind.field(doubt.field), doubt)
        self.kind.complete(row.values)
        if not row.is_left_out and not row.doubts:
            self._check(row)
            row.error = row.error or unusable_word(self._words, row)
        return row

    def _take(self, row, field, text):
        """Put the value of a cell into the row, or the doubt about it."""
        doubt = text and doubts.doubt_about(field.name, text)
        if doubt:
            text = self._answered(row, field, doubt)
        if (text or field.type == CHOICE) and not (field.type == AGE and "born_on" in row.values):
            value = self._words[field.name].meaning(text) if field.type == CHOICE else value_of(field, text, self)
            if isinstance(value, Doubt):
                self._answered(row, field, value)
                value = value.kept
            if field.name == "full_name" and value:
                row.values["given_name"], row.values["family_name"] = value
            elif isinstance(value, BirthDate):
                row.values |= persons.birth_values(value)
            elif value:  # a word that stands for nothing yet is a question about the whole file
                row.values[field.name] = value

    def _answered(self, row, field, doubt):
        """The text to store for a doubtful cell; "" if it stays empty, and while nobody decided."""
        if field.is_identity and field.type != BIRTH and EMPTY in doubt.options:
            options = tuple(option for option in doubt.options if option != EMPTY)
            doubt = Doubt(doubt.field, doubt.sentence, doubt.text, options)
        row.found.append(doubt)
        decision = self.choices.doubts.get(doubt.key)
        if decision not in doubt.options:
            row.doubts.append(doubt)
        row.is_left_out |= decision == LEAVE_OUT
        return {KEEP: doubt.text, REPAIR: doubts.repaired(doubt.text)}.get(decision, "")

    def _check(self, row):
        """Refuse what cannot be stored: a doubt about its field, or an error of the whole row."""
        refused = self._refused_fields(row)
        while not row.error and refused:
            for name, sentence in refused.items():
                self._answered(row, self.kind.field(name), Doubt(name, sentence, row.texts[name]))
                row.values.pop(name)
            refused = self._refused_fields(row)

    def _refused_fields(self, row):
        """{field: why} of the values that are refused and can be left empty. Other refusals become the row's error."""
        try:
            self.kind.check(row.values, phone_country=self.choices.phone_country)
        except ValidationError as refusal:
            errors = getattr(refusal, "message_dict", None) or {"": refusal.messages}
        else:
            return {}
        optional = {f.name for f in self.kind.fields if f.name in row.values and not f.is_identity}
        row.error = " ".join(
            f"{self._label(name)}: {' '.join(texts)}" if name else " ".join(texts)
            for name, texts in errors.items()
            if name not in optional
        )
        return {name: " ".join(texts) for name, texts in errors.items() if name in optional}

    def _label(self, name):
        return next((field.label for field in self.kind.fields if field.name == name), name)


def _count(number, noun):
    return f"{number} {noun}{'s' * (number != 1)}"
