"""The changes between two versions of a record, field by field, as JSON for the audit trail."""

from django.forms import ModelChoiceField

# Fields that no audit entry lists: counters, times that the entry has itself, search keys, secrets, and the strokes
# of a signature, which are sealed in the record itself.
NOT_RECORDED = frozenset(
    "version signature recent_saves counted_rows saved_at saved_by phone_key phone_start registration_token"
    " request_token token_hash password last_login created_at".split()
)
# Fields of which an audit entry has only the last characters: national and insurance numbers.
SHORTENED = frozenset({"identifier_number"})
SHOWN_OF_SHORTENED = 3
LONGEST = 2000
# Of two long texts only the part that differs is recorded, with this many characters before and after it.
CONTEXT = 40


def field_values(record):
    """{field: value} of a record now, for a later comparison. Foreign keys give their key, without a query."""
    fields = [field for field in record._meta.concrete_fields if not field.primary_key]
    return {field.name: getattr(record, field.attname) for field in fields if field.name not in NOT_RECORDED}


def changes_between(before, after):
    """{field: [before, after]} of two records or their field_values; None means that there is no such record."""
    before, after = _values(before), _values(after)
    changed = [name for name in before | after if before.get(name) != after.get(name)]
    pairs = {name: _json_pair(before.get(name), after.get(name)) for name in changed}
    return {name: _shortened(pair) if name in SHORTENED else pair for name, pair in pairs.items() if pair}


def row_changes(before, after):
    """{"needling 7a21…": [fields before, fields after]} of the rows added, removed or changed, matched by their key."""
    rows = [{row.pk: row for row in side} for side in (before, after)]
    found = {}
    for pk in rows[0] | rows[1]:
        old, new = (side.get(pk) for side in rows)
        if changes := changes_between(old, new):
            sides = [{name: pair[side] for name, pair in changes.items()} for side in (0, 1)]
            found[f"{(old or new)._meta.model_name} {pk}"] = [old and sides[0], new and sides[1]]
    return found


def form_changes(form):
    """{field: [before, after]} of what a saved form changed. For a password, only the fact that it changed."""
    found = {}
    for name in form.changed_data:
        if "password" in name:
            found["password"] = ["", "changed"]
        elif name not in NOT_RECORDED and (pair := _json_pair(_initial(form, name), form.cleaned_data.get(name))):
            found[name] = pair
    return found


def storable(text):
    """The text with a replacement for what a database cannot store: NUL characters and unpaired surrogates."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _values(side):
    if side is None:
        return {}
    return side if isinstance(side, dict) else field_values(side)


def _initial(form, name):
    """The value that the form was opened with; where a record is chosen, that record instead of its key."""
    field = form.fields[name]
    value = form.get_initial_for_field(field, name)
    return field.to_python(value) if type(field) is ModelChoiceField else value


def _json_pair(before, after):
    """[before, after] as JSON, or None when both are empty."""
    before, after = _as_json(before), _as_json(after)
    if (before in (None, "", [])) and (after in (None, "", [])):
        return None
    if isinstance(before, str) and isinstance(after, str):
        before, after = _excerpts(before, after)
    return [_bounded(before), _bounded(after)]


def _shortened(pair):
    return [value and f"…{value[-SHOWN_OF_SHORTENED:]}" for value in pair]


def _as_json(value):
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, dict):
        return {storable(str(key)): _as_json(part) for key, part in value.items()}
    if hasattr(value, "pk"):
        return storable(str(value))
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if not isinstance(value, str) and hasattr(value, "__iter__"):
        return [_as_json(part) for part in value]
    return storable(str(value))


def _excerpts(before, after):
    """Two long texts without the beginning and the end that they share; short texts as they are."""
    if max(len(before), len(after)) <= 4 * CONTEXT:
        return before, after
    shorter = min(len(before), len(after))
    start = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    end = next((i for i in range(shorter - start) if before[-1 - i] != after[-1 - i]), shorter - start)
    start, end = max(0, start - CONTEXT), max(0, end - CONTEXT)
    return [f"{'…' * bool(start)}{text[start : len(text) - end]}{'…' * bool(end)}" for text in (before, after)]


def _bounded(value):
    if isinstance(value, str) and len(value) > LONGEST:
        return f"{value[:LONGEST]}… ({len(value)} characters)"
    return value
