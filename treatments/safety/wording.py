"""How warnings speak of rows and days."""

from django.utils.formats import date_format


def said_of(row):
    """Left rhomboid major."""
    name = row.muscle.name_en
    return f"{row.get_side_display()} {name[:1].lower()}{name[1:]}"


def said_of_day(day):
    """3 Nov 2026."""
    return date_format(day, "j M Y")
