"""The words in columns of choices, such as a sex or a therapist, and what each stands for."""

from collections import Counter
from functools import cached_property

from .doubts import damage_of
from .fields import CHOICE

# How pages call the missing word of rows in which a required choice is empty.
NOT_IN_FILE = "not in the file"


class ColumnWords:
    """The words of one CHOICE of a Plan: `all` are those of every row, as many as there are rows with one.

    A required choice never is empty: where the file has no word, the text of the field `stand_in` takes its place, and
    otherwise "", which somebody chooses a value for once.
    """

    def __init__(self, plan, field):
        self.plan, self.field = plan, field
        self._meanings = {}

    @cached_property
    def all(self):
        words = (self.of(cells) for _, cells in self.plan.table.rows)
        return [word for word in words if word or self.field.is_required]

    @cached_property
    def counts(self):
        """[(word, how often)], the most frequent first, without damaged cells."""
        return [(word, count) for word, count in Counter(self.all).most_common() if not (word and damage_of(word))]

    @cached_property
    def column(self):
        """The different words of the column."""
        return set(self.all)

    def of(self, cells):
        """The word of a row of the file."""
        own = self._cell(self.field.name, cells)
        return own or (self._cell(self.field.stand_in, cells) if self.field.is_required else "")

    def meaning(self, word):
        """The value that a word stands for; "" while nobody has chosen it."""
        if word not in self._meanings:
            chosen = self.plan.choices.words.get(self.field.name, {}).get(word)
            self._meanings[word] = chosen or (self._guess(word) if word else "")
        return self._meanings[word]

    def _guess(self, word):
        return self.plan.kind.guesses[self.field.name](word, self.column)

    def _cell(self, name, cells):
        return cells[self.plan.place(name)] if name in self.plan.columns else ""


def words_of(plan):
    """{name of a field: its ColumnWords} of the choices of a plan that the file has, or must have."""
    choices = [field for field in plan.kind.fields if field.type == CHOICE]
    return {
        field.name: ColumnWords(plan, field) for field in choices if field.name in plan.columns or field.is_required
    }


def unusable_word(words, row):
    """Why a row has no value of a required choice although somebody decided about its damaged word; "" if it has."""
    for name, column in words.items():
        if column.field.is_required and name not in row.values and damage_of(row.texts[name]):
            return f"{column.field.label}: nobody can choose what this word stands for. Correct it in the file."
    return ""
