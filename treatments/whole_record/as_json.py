"""The whole record as JSON: every row with all its values, what they refer to, and what each field means."""

import json
from collections import defaultdict

from django.contrib.auth import get_user_model

from clinic.models import Practitioner
from patients.integrity.rows_as_json import ExactEncoder, lines_of
from treatments.models import AttachmentContent, ExercisePicture

from .kinds import NOT_EXPORTED, kind_of, kinds

FORMAT = "filiform-patient-record-1"
# Staff and practitioners are in the record by their name and registration only.
SHOWN = {
    get_user_model(): {"first_name", "last_name", "username"},
    Practitioner: {"user", "site", "registration_number", "is_active"},
}
# The content of attachments is in files of its own; pictures of exercises are the same for every patient.
NOT_FOLLOWED = {AttachmentContent, ExercisePicture}


class References:
    """Collects the keys of rows of the clinic, such as a muscle or a colleague, to which rows of a record refer."""

    def __init__(self):
        self.wanted, self.done = defaultdict(set), defaultdict(set)

    def noted(self, rows):
        """Yield the same rows, and remember what they refer to."""
        for row in rows:
            for field in row._meta.concrete_fields:
                if field.is_relation and self._is_followed(field, type(row)):
                    key = getattr(row, field.attname)
                    if key is not None and key not in self.done[field.related_model]:
                        self.wanted[field.related_model].add(key)
            yield row

    def _is_followed(self, field, model):
        target = field.related_model
        is_shown = model not in SHOWN or field.name in SHOWN[model]
        return is_shown and target not in NOT_FOLLOWED and kind_of(target) is None

    def rows(self):
        """Yield (model, rows) of what was collected, and of what those rows refer to in turn."""
        while any(self.wanted.values()):
            model, keys = next((model, keys) for model, keys in self.wanted.items() if keys)
            self.wanted[model] = set()
            self.done[model] |= keys
            yield model, self.noted(model._base_manager.filter(pk__in=keys).order_by("pk"))


def record_as_json(patient, about):
    """Yield the pieces of one JSON object in UTF-8: `about` (a dict), the fields of every kind, and all rows.

    Rows are read and written in parts, so a long record needs little memory.
    """
    references, models = References(), []
    yield b'{"format": ' + _json(FORMAT) + b',\n"about": ' + _json(about) + b',\n"rows": [\n'
    separator = b""
    for kind in kinds():
        models.append(kind.model)
        rows = references.noted(kind.rows(patient).iterator(chunk_size=500))
        for piece in lines_of(rows, leave_out=NOT_EXPORTED):
            yield separator + _in_array(piece)
            separator = b",\n"
    yield b'\n],\n"refers_to": [\n'
    separator = b""
    for model, rows in references.rows():
        models.append(model)
        hidden = {field.name for field in model._meta.concrete_fields} - SHOWN[model] if model in SHOWN else set()
        for piece in lines_of(rows, leave_out=hidden | NOT_EXPORTED):
            yield separator + _in_array(piece)
            separator = b",\n"
    yield b'\n],\n"fields": ' + _json({model._meta.label_lower: _explained(model) for model in models}) + b"\n}\n"


def _explained(model):
    """{field: what it means} of a model, in the words of the app's pages."""
    shown = SHOWN.get(model, {field.name for field in model._meta.concrete_fields}) - NOT_EXPORTED
    fields = [field for field in model._meta.concrete_fields if field.name in shown]
    return {"name": str(model._meta.verbose_name), "fields": {field.name: _facts(field) for field in fields}}


def _facts(field):
    facts = {"label": str(field.verbose_name), "type": field.get_internal_type()}
    if field.help_text:
        facts["help"] = str(field.help_text)
    if field.is_relation:
        facts["refers_to"] = field.related_model._meta.label_lower
    if field.choices:
        facts["choices"] = {str(value): str(label) for value, label in field.flatchoices}
    return facts


def _in_array(lines):
    return lines.rstrip("\n").replace("\n", ",\n").encode()


def _json(value):
    return json.dumps(value, ensure_ascii=False, cls=ExactEncoder).encode()
