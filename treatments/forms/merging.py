"""Compare two versions of a page, and merge them by what the user chose."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.forms import DateTimeField
from django.utils.formats import date_format
from django.utils.timezone import localtime

NO_ROW = "not in this version: leave it out"


@dataclass(frozen=True)
class Difference:
    name: str  # a field's name on the page, or a row's prefix when only one version has the row
    label: str
    mine: str
    theirs: str
    take_theirs: bool = False  # whether the page preselects their version: for a row that only they have


def compare_records(mine, theirs):
    """The list of Differences between two SessionRecords: `mine` as posted, `theirs` as stored."""
    found = field_differences(mine.form, theirs.form)
    for name in ("needlings", "measurements"):
        found += _row_differences(getattr(mine, name), getattr(theirs, name))
    for my_reaction, their_reaction in zip(mine.reactions, theirs.reactions, strict=True):
        found += field_differences(my_reaction, their_reaction, f"{my_reaction.type.label}: ")
    their_warnings = {form.prefix: form for form in theirs.warnings}
    for form in mine.warnings:
        if form.prefix in their_warnings:
            found += field_differences(form, their_warnings[form.prefix], f"{form.warning.title}: ")
    return found


def _row_differences(mine, theirs):
    my_rows, their_rows = ({form.row_id: form for form in forms} for forms in (mine, theirs))
    found = []
    for number, row_id in enumerate(my_rows | their_rows, start=1):
        my_row, their_row = my_rows.get(row_id), their_rows.get(row_id)
        label = f"Row {number}"
        if my_row and their_row:
            found += field_differences(my_row, their_row, f"{label}, ")
        else:
            row = my_row or their_row
            versions = (summary(row), NO_ROW) if my_row else (NO_ROW, summary(row))
            found.append(Difference(row.prefix, label, *versions, take_theirs=my_row is None))
    return found


def field_differences(mine, theirs, label="", *, empty_takes_theirs=False):
    """The list of Differences between two forms of the same class. `label` begins the name of each field.

    With `empty_takes_theirs`, the page preselects their value where mine is empty.
    """
    found = []
    for name in mine.fields:
        my_text, their_text = shown(mine[name]), shown(theirs[name])
        # A page from before the server gave the time of needling does not contradict it.
        is_not_given = name == "needled_at" and not my_text
        if my_text != their_text and not is_not_given:
            what = f"{label}{mine[name].label.lower()}" if label else mine[name].label
            take_theirs = empty_takes_theirs and not my_text
            values = (my_text or "empty", their_text or "empty", take_theirs)
            found.append(Difference(mine[name].html_name, what, *values))
    return found


def summary(row):
    """A row as one line of text: the values that are filled in."""
    return " · ".join(text for name in row.fields if (text := shown(row[name])))


def shown(bound):
    """The value of a bound field as text for people."""
    value = bound.value()
    field = bound.field
    if hasattr(field, "text"):
        return field.text(value)
    if isinstance(field, DateTimeField):
        value = _moment(field, value)
    if isinstance(value, bool) or value == "on":
        return "yes" if value else ""
    if choices := dict(getattr(field, "choices", [])):
        values = value if isinstance(value, list) else [value]
        return ", ".join(str(label) for key, label in choices.items() if str(key) in map(str, values))
    return "" if value is None else str(bound.field.widget.format_value(value) or "")


def _moment(field, value):
    """A moment as local time, whether the value comes from the browser or from the stored record."""
    try:
        moment = field.to_python(value)
    except ValidationError:
        return value
    return moment and date_format(localtime(moment), "j M Y, H:i:s")


def merge_versions(data, theirs, chosen):
    """The posted data as a QueryDict, with the stored values of `theirs` for every field or row name in `chosen`.

    A stored answer to a warning that the posted page did not show is included, too.
    """
    data = data.copy()
    chosen = chosen | {f"{form.prefix}-{field}" for form in theirs.warnings for field in _unseen(form, data)}
    for rows, name in ((theirs.needlings, "needling"), (theirs.measurements, "measurement")):
        _take_rows(data, name, {row.prefix: row for row in rows}, chosen)
    for form in theirs.forms:
        _take_fields(data, form, chosen)
    return data


def take_fields(data, theirs, chosen):
    """The posted data as a QueryDict, with the value of the form `theirs` for every field whose name is in `chosen`."""
    data = data.copy()
    _take_fields(data, theirs, chosen)
    return data


def _take_fields(data, form, chosen):
    for field in form.fields:
        bound = form[field]
        if bound.html_name in chosen:
            data.setlist(bound.html_name, posted(bound))


def _unseen(form, data):
    return [] if form.warning.token in data.getlist("warning") else form.fields


def _take_rows(data, name, stored, chosen):
    ids = data.getlist(name)
    for prefix in chosen:
        kind, _, row_id = prefix.partition("-")
        if kind == name and row_id in ids and prefix not in stored:
            ids.remove(row_id)
        elif prefix in stored and row_id not in ids:
            ids.append(row_id)
            for field in stored[prefix].fields:
                bound = stored[prefix][field]
                data.setlist(bound.html_name, posted(bound))
    data.setlist(name, ids)


def posted(bound):
    """The value of a bound field as the browser would post it: a list of texts."""
    value = bound.value()
    if isinstance(value, bool):
        return ["on"] if value else []
    if isinstance(value, list):
        return [str(item) for item in value]
    if value is None or value == "":
        return []
    text = bound.field.widget.format_value(value)
    return text if isinstance(text, list) else [str(text)]
