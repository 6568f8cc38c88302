"""What belongs to the records of one person, in the order in which it can be destroyed."""

from django.apps import apps

from patients.integrity.paths import paths_of_record
from patients.models import Patient, TrailEntry


def parts_of_records():
    """The models whose rows are part of a patient's record, each before those that lead from it to the patient.

    Entries of the audit trail are not among them: they lose their content, and stay.
    """
    models = (model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy)
    parts = [model for model in models if paths_of_record(model) and model not in (Patient, TrailEntry)]
    return sorted(parts, key=lambda model: (-max(map(len, paths_of_record(model))), model._meta.label))


def keys_of_parts(patient_keys):
    """{model: keys of its rows in the records of these patients} of each model of parts_of_records, in its order."""
    return {model: _keys_of(model, patient_keys) for model in parts_of_records()}


def _keys_of(model, patient_keys):
    found = set()
    for path in paths_of_record(model):
        rows = model._base_manager.filter(**{f"{'__'.join(path)}__in": patient_keys})
        found |= set(rows.order_by().values_list("pk", flat=True))
    return found
