"""The value of a cell by the type of its field, or the doubt about it."""

import calendar
from datetime import date

from patients.births import read_birth_date
from patients.models.birth import BirthDate
from patients.partial_dates import read_partial_date

from . import dates, numbers, values
from .doubts import FIRST_DAY, LEAVE_OUT, Doubt
from .fields import AGE, BIRTH, DATE, IDENTIFIER, MOMENT, PERIOD, TIME

WRONG_AGE = "This is not an age in years."
WRONG_DAY = "This is not a day that exists, or not one in the chosen order of day and month."
WRONG_PERIOD = "This is not a day, a month or a year up to today."
WRONG_TIME = "This is not a time of day."
ONLY_IN_PART = "Only the month or the year is known, but a day is needed."


def value_of(field, text, plan):
    """The value of a cell of this field in a Plan, or a Doubt. What nobody has chosen yet is empty."""
    name = field.name
    if name == "full_name":
        return values.split_name(text, plan.choices.name_order or values.GIVEN_FIRST)
    if field.type == DATE:
        return dates.read_cell_date(text, plan.order(name)) or _known_in_part(field, text)
    if field.type == PERIOD:
        day = dates.read_cell_date(text, plan.order(name))
        return (day.isoformat() if day else read_partial_date(text)) or Doubt(name, WRONG_PERIOD, text)
    if field.type == BIRTH:
        day = dates.read_cell_date(text, plan.order(name))
        return (BirthDate(day) if day else read_birth_date(text)) or Doubt(name, WRONG_DAY, text)
    if field.type == AGE:
        return read_birth_date(f"age {text}") or Doubt(name, WRONG_AGE, text)
    if field.type == MOMENT:
        return dates.read_cell_moment(text, plan.order(name)) or Doubt(name, WRONG_DAY, text)
    if field.type == TIME:
        return dates.read_cell_time(text) or Doubt(name, WRONG_TIME, text)
    if field.type == IDENTIFIER:
        return numbers.read_number(field, text, plan.choices)
    return text


def _known_in_part(field, text):
    """The Doubt about a date that is no day. Where `part` names the day that may be taken, somebody may take it."""
    known = field.part and read_partial_date(text)
    if not known or len(known) == len("2026-01-01"):
        return Doubt(field.name, WRONG_DAY, text)
    year, month = int(known[:4]), int(known[5:] or (1 if field.part == FIRST_DAY else 12))
    last = calendar.monthrange(year, month)[1]
    day = date(year, month, 1 if field.part == FIRST_DAY else last)
    return Doubt(field.name, ONLY_IN_PART, text, (field.part, LEAVE_OUT), kept=day)
