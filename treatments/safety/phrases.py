"""How warnings name rows and days."""

from django.utils.formats import date_format


def side_and_muscle(row):
    """For example "Left rhomboid major"."""
    name = row.target_name
    return f"{row.get_side_display()} {name[:1].lower()}{name[1:]}"


def written_day(day):
    """For example "3 Nov 2026"."""
    return date_format(day, "j M Y")
