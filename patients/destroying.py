"""What belongs to the records of one person, in the order in which it can be destroyed."""

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType

from patients.integrity.paths import paths_of_record
from patients.models import ImportedRow, Patient, TrailEntry
from patients.registry import registry

KEYS_AT_ONCE = 500


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


def rows_naming(model, keys):
    """The querysets of other rows that name rows of a model by their key, without a foreign key.

    These are the admin's own log, and which row of an imported file became which record.
    """
    texts = list(map(str, keys))
    kinds = [kind.key for kind in registry.import_kinds.values() if kind.model is model]
    for start in range(0, len(texts), KEYS_AT_ONCE):
        some = texts[start : start + KEYS_AT_ONCE]
        yield LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model), object_id__in=some)
        if kinds:
            yield ImportedRow.objects.filter(file_import__kind__in=kinds, record_id__in=some)


def delete_rows(model, keys):
    """Delete the rows with these keys, and nothing that refers to them: the caller deletes that, too."""
    keys = list(keys)
    for start in range(0, len(keys), KEYS_AT_ONCE):
        rows = model._base_manager.filter(pk__in=keys[start : start + KEYS_AT_ONCE])
        rows._raw_delete(rows.db)
