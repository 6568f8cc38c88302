"""The SQL condition under which the database lets a row that never changes be deleted: its record is being destroyed.

A destruction that a second admin accepted is being carried out from the moment it refers to a certificate until that
certificate is stored. Its foreign key is checked when the transaction ends, so no other transaction ever sees it in
between, and no such state can be committed: docs/decisions/033.
"""

from patients.integrity.paths import paths_of_record

# The keys of all records of the person whose record is being destroyed in this transaction; usually none.
BEING_DESTROYED = """SELECT gone.id FROM patients_patient gone
JOIN patients_destruction agreed ON agreed.patient_key IN (gone.id, gone.merged_into_id)
LEFT JOIN patients_destructioncertificate made ON made.id = agreed.certificate_id
WHERE agreed.certificate_id IS NOT NULL AND made.id IS NULL"""
# The tables that the condition reads.
TABLES = {"patients_patient", "patients_destruction", "patients_destructioncertificate"}


def destroyed_sql(model, row, quote):
    """The condition that the row named OLD is part of a record that is being destroyed, or "" if it never can be.

    Models of a migration from before there were destructions get none. `restore_triggers` adds the condition after the
    migrations.
    """
    paths = [path for path in paths_of_record(model) if _knows_destructions(model, path)]
    found = [_leads_to_patient(model, path, row, quote) for path in paths]
    return f"({' OR '.join(found)})" if found else ""


def _knows_destructions(model, path):
    """Whether the models that this path leads through are of a time when there are destructions."""
    *names, last = path
    for name in names:
        model = model._meta.get_field(name).related_model
    if last != "pk":
        model = _field(model, last).related_model
    return "destruction" in model._meta.apps.all_models["patients"]


def _field(model, attname):
    return next(field for field in model._meta.concrete_fields if field.attname == attname)


def _leads_to_patient(model, path, row, quote):
    """The SQL condition that a path of attributes leads from a row to a patient whose record is being destroyed."""
    name, *rest = path
    before = f"{row}." if row else ""
    if not rest:
        field = model._meta.pk if name == "pk" else _field(model, name)
        return f"{before}{quote(field.column)} IN ({BEING_DESTROYED})"
    link = model._meta.get_field(name)
    other = link.related_model
    condition = _leads_to_patient(other, rest, "", quote)
    if link.auto_created:  # the other row refers to this one
        here, there = model._meta.pk.column, link.field.column
    else:
        here, there = link.column, other._meta.pk.column
    # Only names of our own tables and columns are put together.
    rows = f"SELECT {quote(there)} FROM {quote(other._meta.db_table)} WHERE {condition}"  # noqa: S608
    return f"{before}{quote(here)} IN ({rows})"
