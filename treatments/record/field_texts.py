"""The values of a row as short texts, as charts, tables and "Last time" show them."""

from .fields import NEEDLING


def value_text(row, field):
    """The value of a row's Field as a short text; "" when it is empty.

    A choice becomes its label in lower case. A boolean becomes, for example, "taut band" or "no taut band".
    """
    value = getattr(row, field.name)
    if value in (None, ""):
        return ""
    if field.as_text:
        return field.as_text(row)
    if isinstance(value, bool):
        name = row._meta.get_field(field.name).verbose_name
        return name if value else f"no {name}"
    label = getattr(row, f"get_{field.name}_display", None)
    return label().lower() if label else str(value)


def value_texts(row, use):
    """The non-empty texts of a Needling's fields that have the use "in_line" or "in_notes"."""
    return [text for field in NEEDLING if getattr(field, use) and (text := value_text(row, field))]
