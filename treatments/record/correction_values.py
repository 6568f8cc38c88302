"""Values of corrections: read from a Correction, shown on pages, and what the export says of them.

This module only reads.
"""

import json
from datetime import datetime

from django.utils import timezone

from treatments.models import Assessment, Correction, Measurement, TargetKind

from . import assessment_fields
from .fields import NEEDLING, SESSION, minutes

Kind = Correction.Kind


def set_value(row, name, text):
    """Set a field to a value that a Correction holds as canonical JSON."""
    field, value = row._meta.get_field(name), json.loads(text)
    target = field.target_field if field.is_relation else field
    setattr(row, field.attname, value if value is None or isinstance(value, list) else target.to_python(value))


def text_of(row, name):
    """The value of a field as a page shows it; "" when it is empty."""
    if isinstance(row, Assessment):
        return assessment_fields.words_of(row, name)
    value = getattr(row, name)
    if value in (None, "", []):
        return ""
    if name.endswith("_seconds"):
        return minutes(value)
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%-d %b %Y, %H:%M}"
    if name == "depth_mm":
        return f"{value} mm"
    if isinstance(row, Measurement) and name in ("before", "after"):
        return row.text_of(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(row.co_treatment_labels if name == "co_treatments" else row.advice_labels)
    label = getattr(row, f"get_{name}_display", None)
    return label() if label else str(value)


def in_export(correction):
    """What was signed before a Correction, for statistics: the field and its value. Free text is left out."""
    if correction.kind != Kind.CHANGE:
        return f"{correction.label}: {correction.get_kind_display().lower()}"
    muscle = correction.needling and correction.needling.muscle
    if muscle and muscle.kind == TargetKind.FREE:  # its words can name people
        return ""
    of = NEEDLING if correction.needling_id else SESSION if correction.row_id is None else ()
    exported = {field.name for field in of if not field.not_exported}
    return f"{correction.label}: {correction.was or 'empty'}" if correction.field in exported else ""
