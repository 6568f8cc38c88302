"""National and insurance numbers in a column of a file. Their kind is chosen once for the whole column."""

from typing import NamedTuple

from django.core.exceptions import ValidationError

from patients.models.identifier import KINDS

from .doubts import Doubt
from .fields import IDENTIFIER

LONGEST = 40


class ImportedNumber(NamedTuple):
    """A number as it would be stored. A page shows it as the number alone."""

    kind: str
    issuer: str
    number: str

    def __str__(self):
        return self.number


def read_number(field, text, choices):
    """The ImportedNumber of a cell, or the Doubt about it; "" while nobody chose the kind."""
    kind = KINDS.get(choices.identifier_kind)
    if kind is None:
        return ""
    try:
        number = kind.stored(text)
    except ValidationError as refusal:
        return Doubt(field.name, " ".join(refusal.messages), text)
    if len(number) > LONGEST:
        return Doubt(field.name, f"A number has at most {LONGEST} characters.", text)
    return ImportedNumber(kind.key, choices.identifier_issuer.strip() if kind.needs_issuer else "", number)


def questions(plan):
    """What somebody has to choose about the column of numbers, as sentences."""
    if not has_numbers(plan):
        return
    kind = KINDS.get(plan.choices.identifier_kind)
    if kind is None:
        yield "Choose the kind of the national or insurance numbers."
    elif kind.needs_issuer and not plan.choices.identifier_issuer.strip():
        yield "Enter who issued the numbers, such as the insurer."


def has_numbers(plan):
    """Whether a column is stored as national or insurance numbers."""
    return any(field.type == IDENTIFIER for field in plan.kind.fields if field.name in plan.columns)
