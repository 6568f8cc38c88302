"""How exactly the beginning of a complaint is known, and how it is written."""

from django.db import models
from django.utils.formats import date_format


class OnsetPrecision(models.TextChoices):
    """The length of the period in which a complaint began."""

    DAY = "day", "Day"
    WEEK = "week", "Week"
    MONTH = "month", "Month"
    YEAR = "year", "Year"


def onset_text(day, precision=OnsetPrecision.DAY, words=""):
    """An onset such as "14 Sep 2026", "week of 14 Sep 2026", "Sep 2026" or "2026", and the words in brackets."""
    shape = {OnsetPrecision.YEAR: "Y", OnsetPrecision.MONTH: "M Y"}.get(precision, "j M Y")
    period = f"{'week of ' if precision == OnsetPrecision.WEEK else ''}{date_format(day, shape)}"
    return f"{period} (“{words}”)" if words else period
