"""Entries of the audit trail in words that people read: names instead of keys."""

from functools import cache

from django.apps import apps
from django.contrib.auth.models import User
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.urls import NoReverseMatch, reverse
from django.utils.text import capfirst

from patients.models import Patient
from patients.models.trail import PATIENTS, in_words
from patients.staff import printed_name


@cache
def _models():
    return {model._meta.model_name: model for model in apps.get_models()}


def record_in_words(entry):
    """What kind of record an entry is about, such as "Session"; empty if it is about none."""
    model = _models().get(entry.record_type)
    return capfirst(model._meta.verbose_name if model else entry.record_type)


def record_url(entry):
    """The page of the entry's record in the admin, or None."""
    model = _models().get(entry.record_type)
    try:
        return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[entry.record_id])
    except (AttributeError, NoReverseMatch):
        return None


def page_in_words(entry):
    """The page on which something was done, such as "Patient chart" or "Admin: consents"."""
    site, _, name = entry.page.rpartition(":")
    app, _, rest = name.partition("_")
    kind, _, view = rest.partition("_")
    if site == "admin" and (model := _models().get(kind)) and model._meta.app_label == app:
        names = model._meta.verbose_name_plural if view == "changelist" else model._meta.verbose_name
        what = "" if view in ("changelist", "change") else ", " + view.replace("_", " ")
        return f"Admin: {names}{what}"
    words = name.replace("_", " ")
    return f"Admin: {words}" if site == "admin" else capfirst(words)


def patients_in_words(entry):
    """The record numbers of the patients of an entry about many."""
    numbers = Patient.objects.filter(pk__in=entry.patients_in_list).order_by("pk")
    return ", ".join(numbers.values_list("record_number", flat=True))


def patients_shown(entry):
    """The keys of the other patients that an entry names: those of a list, and the other record of a merge."""
    found = set(entry.patients_in_list)
    for name, pair in entry.changes.items():
        field = _field(_models().get(entry.record_type), name)
        if field is not None and field.many_to_one and field.related_model is Patient:
            found |= {key for key in pair if isinstance(key, int)}
    return found


def changes_in_words(entry):
    """[(field, value before, value after)] as texts to read, with names where the entry has keys."""
    model, found = _models().get(entry.record_type), []
    for field, (before, after) in entry.changes.items():
        if field == PATIENTS:
            continue
        part, _, key = field.partition(" ")
        if key and part in _models():
            label = capfirst(_models()[part]._meta.verbose_name)
            found.append((label, _row_in_words(_models()[part], before), _row_in_words(_models()[part], after)))
        else:
            found.append(
                (_label(model, field), _value_in_words(model, field, before), _value_in_words(model, field, after))
            )
    return found


def _row_in_words(model, values):
    if not isinstance(values, dict):
        return in_words(values)
    return ", ".join(f"{_label(model, name)}: {_value_in_words(model, name, value)}" for name, value in values.items())


def _field(model, name):
    try:
        return model and model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _label(model, name):
    field = _field(model, name)
    return capfirst(getattr(field, "verbose_name", None) or name.replace("_", " "))


def _value_in_words(model, name, value):
    field = _field(model, name)
    if choices := getattr(field, "flatchoices", None):
        return dict(choices).get(value) or in_words(value)
    if field is not None and field.many_to_one and value is not None:
        return _name_of(field.related_model, value)
    return in_words(value)


def _name_of(model, key):
    """The name of a row; what is stored, if it is not a key of one, as in entries that the admin makes."""
    try:
        row = model._base_manager.filter(pk=key).first()
    except (ValueError, TypeError, ValidationError):
        row = None
    if row is None:
        return str(key)
    return printed_name(row) if isinstance(row, User) else str(row)
