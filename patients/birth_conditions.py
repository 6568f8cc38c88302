"""Conditions for queries of patients by their birth date, as far as it is known."""

from calendar import monthrange
from datetime import date

from django.db.models import Q
from django.utils import timezone

from .models.birth import ABOUT_YEARS, BirthPrecision
from .models.patient import EARLIEST_BIRTH


def can_be_born(day):
    """The condition for patients born on this day, or of whom so little is known that it can be their birth date."""
    return (
        Q(born_on=day, birth_precision=BirthPrecision.DAY)
        | Q(born_on=day.replace(day=1), birth_precision=BirthPrecision.MONTH)
        | Q(born_on=day.replace(month=1, day=1), birth_precision=BirthPrecision.YEAR)
        | _estimated_near(day.year)
    )


def can_be_born_in(year):
    """The condition for patients born in this year, or of whom so little is known that it can be."""
    return Q(born_on__year=year) | _estimated_near(year)


def _estimated_near(year):
    years = range(year - ABOUT_YEARS, year + ABOUT_YEARS + 1)
    starts = [date(each, 1, 1) for each in years if 1 <= each <= 9999]
    return Q(born_on__in=starts, birth_precision=BirthPrecision.ABOUT)


def can_have_birthday(day, month):
    """The condition for patients born on this day of any year, or in this month if their day is not known."""
    return Q(born_on__in=_every_year(day, month), birth_precision=BirthPrecision.DAY) | Q(
        born_on__in=_every_year(1, month), birth_precision=BirthPrecision.MONTH
    )


def _every_year(day, month):
    """This day of every year in which a patient can be born. An index finds them, unlike parts of a date."""
    years = range(EARLIEST_BIRTH.year, timezone.localdate().year + 1)
    return [date(year, month, day) for year in years if day <= monthrange(year, month)[1]]
