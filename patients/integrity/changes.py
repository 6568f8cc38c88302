"""What differs between a record before and after, field by field, in words that JSON can hold."""

from django.forms import ModelChoiceField

# What a change does not consist of: counters, stamps that the entry has itself, search keys, secrets, and the strokes
# of a signature, which are sealed in the record itself.
UNTOLD = frozenset(
    "version signature recent_saves counted_rows saved_at saved_by phone_key registration_token request_token"
    " token_hash password last_login created_at".split()
)
LONGEST = 2000
# Of two long texts only the part that differs is told, with this much around it.
AROUND = 40


def state_of(record):
    """{field: value} of a record as it stands, to be compared later; keys of foreign keys, without a query."""
    fields = [field for field in record._meta.concrete_fields if not field.primary_key and field.name not in UNTOLD]
    return {field.name: getattr(record, field.attname) for field in fields}


def differences(before, after):
    """{field: [before, after]} of two states or records; None stands for a record that is not there."""
    before, after = _state(before), _state(after)
    changed = [name for name in before | after if before.get(name) != after.get(name)]
    return {name: told for name in changed if (told := _told(before.get(name), after.get(name)))}


def row_differences(before, after):
    """{"needling 7a21…": [fields before, fields after]} of the rows that came, went or changed, matched by key."""
    rows = [{row.pk: row for row in side} for side in (before, after)]
    found = {}
    for pk in rows[0] | rows[1]:
        old, new = (side.get(pk) for side in rows)
        if told := differences(old, new):
            sides = [{name: pair[side] for name, pair in told.items()} for side in (0, 1)]
            found[f"{(old or new)._meta.model_name} {pk}"] = [old and sides[0], new and sides[1]]
    return found


def form_differences(form):
    """{field: [before, after]} of what a saved form changed. Of a password only that it changed."""
    found = {}
    for name in form.changed_data:
        if "password" in name:
            found["password"] = ["", "changed"]
        elif name not in UNTOLD and (told := _told(_shown_in(form, name), form.cleaned_data.get(name))):
            found[name] = told
    return found


def storable(text):
    """Text that both databases can store: no NUL, no half of a character."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _state(side):
    return side if isinstance(side, dict) else state_of(side) if side is not None else {}


def _shown_in(form, name):
    """What the form was opened with; of a choice the record, as in what was chosen."""
    field = form.fields[name]
    value = form.get_initial_for_field(field, name)
    return field.to_python(value) if type(field) is ModelChoiceField else value


def _told(before, after):
    """The two values as JSON, or None when both say nothing."""
    before, after = _as_json(before), _as_json(after)
    if (before in (None, "", [])) and (after in (None, "", [])):
        return None
    if isinstance(before, str) and isinstance(after, str):
        before, after = _where_they_differ(before, after)
    return [_bounded(before), _bounded(after)]


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


def _where_they_differ(before, after):
    """Two long texts without what they have in common at either end."""
    if max(len(before), len(after)) <= 4 * AROUND:
        return before, after
    shorter = min(len(before), len(after))
    start = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    end = next((i for i in range(shorter - start) if before[-1 - i] != after[-1 - i]), shorter - start)
    start, end = max(0, start - AROUND), max(0, end - AROUND)
    return [f"{'…' * bool(start)}{text[start : len(text) - end]}{'…' * bool(end)}" for text in (before, after)]


def _bounded(value):
    if isinstance(value, str) and len(value) > LONGEST:
        return f"{value[:LONGEST]}… ({len(value)} characters)"
    return value
