"""Whether the rows that count are those that the sealed corrections say. This module only reads."""

import json

from treatments.models import Correction, Needling, TreatmentSession
from treatments.record.correction_values import set_value
from treatments.record.corrections import ROW_FIELDS, corrections_of, rows_as_signed

Kind = Correction.Kind


def rows_that_differ(session, model):
    """The keys of rows that count although the sealed corrections say otherwise. Load the session `with_amendments`.

    The corrections are applied again, one after the other, to the rows as they were signed.
    """
    expected = {row.pk: row for row in rows_as_signed(session, model)}
    for correction in corrections_of(session):
        if _is_of(correction, model):
            _apply(correction, expected, session, model)
    stored = {row.first_id: row for row in model.objects.filter(session=session).order_by()}
    keys = expected.keys() | stored.keys()
    return [key for key in keys if not _are_equal(expected.get(key), stored.get(key), ROW_FIELDS[model])]


def _is_of(correction, model):
    return (correction.needling_id if model is Needling else correction.measurement_id) is not None


def _apply(correction, rows, session, model):
    if correction.kind == Kind.DID_NOT_HAPPEN:
        rows.pop(correction.row_id, None)
    elif correction.kind == Kind.MISSING:
        rows[correction.row_id] = missing_row(correction, session, model)
    elif correction.row_id in rows:
        set_value(rows[correction.row_id], correction.field, correction.value)


def missing_row(correction, session, model):
    """The unsaved row that a Correction of the kind MISSING adds."""
    row = model(pk=correction.row_id, session=session)
    for name, value in json.loads(correction.value).items():
        set_value(row, name, json.dumps(value))
    return row


def _are_equal(expected, stored, names):
    if expected is None or stored is None:
        return False
    attnames = [expected._meta.get_field(name).attname for name in [*names, "sort_order"]]
    return all(getattr(expected, name) == getattr(stored, name) for name in attnames)


def corrected_sessions():
    """The signed sessions that have corrections, or rows that claim to come from one."""
    claimed = [model.every_row.filter(amendment__isnull=False).values("session") for model in ROW_FIELDS]
    sessions = TreatmentSession.objects.filter(pk__in=Correction.objects.values("amendment__session"))
    for keys in claimed:
        sessions |= TreatmentSession.objects.filter(pk__in=keys)
    return sessions
