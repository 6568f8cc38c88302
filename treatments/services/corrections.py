"""Turn what an amendment corrects into its sealed corrections and the rows that count from now on."""

import uuid
from copy import copy

from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint
from django.utils import timezone

from patients.integrity.seal import canonical, plain
from treatments.models import Correction, Measurement, Needling, TreatmentSession
from treatments.record.assessment_fields import CORRECTABLE as ASSESSMENT_FIELDS
from treatments.record.assessments import assessment_errors
from treatments.record.assessments import missing_of_assessment as missing
from treatments.record.bounds import OF_SESSION, end_error, is_outside, measurement_errors, needling_errors
from treatments.record.correction_values import text_of
from treatments.record.corrections import ROW_FIELDS, SESSION_FIELDS, as_corrected, chains_of, row_name
from treatments.record.visit_kinds import rules_of

Kind = Correction.Kind
COUNTS = {"needles_inserted", "needles_removed", "needle_count_reason"}
CHOSEN = {"co_treatments": TreatmentSession.CoTreatment, "advice": TreatmentSession.Advice}
WITHOUT_NEEDLING = "This visit was without needling, so no needling can be added. Mark it as entered in error instead."


def prepare_corrections(session, changes):
    """([unsaved Corrections], [unsaved rows]) of these Changes to a locked signed session.

    Values that count already are left out. Raises ValidationError for a value that the original field would not take.
    """
    corrections, rows = [], []
    chains = {model: {chain.first.pk: chain for chain in chains_of(session, model)} for model in ROW_FIELDS}
    if len({(change.model, change.row_id) for change in changes}) < len(changes):
        raise ValidationError("This page corrects the same row twice. Reload it.")
    for change in changes:
        if change.model is None:
            found, row = _of_session(session, change), None
        elif change.kind == Kind.MISSING and change.model is Needling and not session.is_with_needling:
            raise ValidationError(WITHOUT_NEEDLING)
        elif change.kind == Kind.MISSING:
            found, row = _missing(session, change, chains[change.model])
        else:
            found, row = _of_row(session, change, chains[change.model].get(change.row_id))
        corrections += found
        rows += [row] if row else []
    for number, correction in enumerate(corrections, start=1):
        correction.number = number
    return corrections, rows


def prepare_assessment_corrections(assessment, changes):
    """The unsaved Corrections of these Changes to a locked signed assessment, which is loaded with its amendments.

    Values that count already are left out. Raises ValidationError for a value that the original field would not take.
    """
    before = as_corrected(assessment)
    after = copy(before)
    values = {name: value for change in changes for name, value in change.values.items()}
    for name, value in values.items():
        _require_correctable(name, ASSESSMENT_FIELDS)
        setattr(after, name, value)
    after.clean_fields(exclude={field.name for field in after._meta.fields} - set(values))
    if errors := assessment_errors(after) or {one.target: f"Still missing: {one.label}." for one in missing(after)}:
        raise ValidationError(list(errors.values()))
    names = [name for name in ASSESSMENT_FIELDS if name in values and getattr(after, name) != getattr(before, name)]
    labels = {name: _field_label(assessment, name).capitalize() for name in names}
    found = [_correction(before, after, name, label=labels[name]) for name in names]
    for number, correction in enumerate(found, start=1):
        correction.number = number
    return found


def save_corrections(amendment, corrections, rows):
    """Store the rows, then the corrections that name them. The amendment is stored already."""
    for row in rows:
        row.amendment = amendment
        row.save(force_insert=True)
    for correction in corrections:
        correction.amendment = amendment
    Correction.objects.bulk_create(corrections)


def contents_of(change):
    """[(kind, row, field, value)] of the Corrections that a Change can make, with values as they store them."""
    if change.kind != Kind.CHANGE:
        return [(change.kind, change.row_id, "", "")]
    values = {name: canonical(plain(getattr(value, "pk", value))) for name, value in change.values.items()}
    return [(change.kind, change.row_id, name, value) for name, value in values.items()]


def _of_session(session, change):
    before = as_corrected(session)
    after = copy(before)
    for name, value in change.values.items():
        _require_correctable(name, SESSION_FIELDS)
        setattr(after, name, value)
    _check_session(after, change.values)
    names = [name for name in SESSION_FIELDS if name in change.values and getattr(after, name) != getattr(before, name)]
    return [_correction(before, after, name, label=_field_label(session, name).capitalize()) for name in names]


def _check_session(session, changed):
    for name, bounds in OF_SESSION.items():
        value = getattr(session, name)
        if name in changed and (value is None or is_outside(value, bounds)):
            raise ValidationError(bounds[-1])
    if "ended_at" in changed and (sentence := end_error(session.ended_at, session.started_at)):
        raise ValidationError(sentence)
    if COUNTS & set(changed) and not rules_of(session).is_with_needling:
        raise ValidationError("A visit of this kind has no needling.")
    for name, choices in CHOSEN.items():
        if not set(getattr(session, name)) <= set(choices.values):
            raise ValidationError("Choose from the list.")
    session.clean_fields(exclude={f.name for f in session._meta.fields} - (set(changed) - set(CHOSEN)))
    if COUNTS & set(changed):
        if session.needles_removed > session.needles_inserted:
            raise ValidationError("Needles out cannot be more than needles in.")
        if session.needles_removed < session.needles_inserted and not session.needle_count_reason.strip():
            raise ValidationError("Give the reason why fewer needles came out than went in.")


def _of_row(session, change, chain):
    if chain is None:
        raise ValidationError("This row is not part of the session. Reload the page.")
    if not chain.counts:
        raise ValidationError("A colleague marked this row as not happened. Reload the page.")
    before = chain.latest
    row = _new_row(before, chain)
    label = row_name(chain.number, before)
    if change.kind == Kind.DID_NOT_HAPPEN:
        row.did_not_happen = True
        return [_about(chain.first, Correction(kind=change.kind, label=label))], row
    for name, value in change.values.items():
        _require_correctable(name, ROW_FIELDS[type(row)])
        setattr(row, name, value)
    _check_row(row, session, label)
    changed = [name for name in ROW_FIELDS[type(row)] if name in change.values and _differs(row, before, name)]
    found = [_correction(before, row, name, label=f"{label}, {_field_label(row, name)}") for name in changed]
    return [_about(chain.first, correction) for correction in found], row if found else None


def _new_row(before, chain):
    row = copy(before)
    row.pk, row._state.adding = uuid.uuid4(), True
    row.amendment, row.replaces, row.original = None, before, chain.first
    return row


def _missing(session, change, chains):
    model = change.model
    # The page chooses the key of the row, so it can also be that of a row in another session.
    if change.row_id in chains or model.every_row.filter(pk=change.row_id).exists():
        raise ValidationError("This row has been added already.")
    row = model(pk=change.row_id, session=session, sort_order=_next_order(chains))
    for name, value in change.values.items():
        _require_correctable(name, ROW_FIELDS[model])
        setattr(row, name, value)
    label = row_name(len(chains) + 1, row)
    _check_row(row, session, label)
    names = [*ROW_FIELDS[model], "sort_order"]
    value = canonical({name: _plain(row, name) for name in names})
    texts = [f"{_field_label(row, name)} {text}" for name in ROW_FIELDS[model] if (text := text_of(row, name))]
    chains[row.pk] = None  # so that the next row that was missing comes after it
    return [_about(row, Correction(kind=Kind.MISSING, label=label, value=value, now=", ".join(texts)))], row


def _next_order(chains):
    orders = [chain.first.sort_order for chain in chains.values() if chain]
    return max(orders, default=-1) + 1 + sum(chain is None for chain in chains.values())


def _check_row(row, session, label):
    """Refuse what a draft could not be signed with: the same bounds, choices and required fields."""
    if isinstance(row, Needling):
        required = rules_of(session).row_fields
        if not required:
            raise ValidationError("A visit of this kind has no needling.")
        if lacking := [words for name, words in required.items() if getattr(row, name) in (None, "")]:
            raise ValidationError(f"{label}: still missing: {', '.join(lacking)}.")
        errors = needling_errors(row, on=timezone.localdate(session.started_at))
    else:
        errors = measurement_errors(row)
    if errors:
        raise ValidationError([f"{label}: {sentence}" for sentence in errors.values()])
    row.clean_fields(exclude=["amendment", "session", "replaces", "original"])
    for constraint in row._meta.constraints:
        if isinstance(constraint, CheckConstraint):  # the others are about who may write the row at all
            constraint.validate(type(row), row, exclude={"amendment"})


def _about(row, correction):
    if isinstance(row, Measurement):
        correction.measurement = row
    else:
        correction.needling = row
    return correction


def _correction(before, after, name, *, label):
    value, was, now = canonical(_plain(after, name)), text_of(before, name), text_of(after, name)
    return Correction(kind=Kind.CHANGE, field=name, value=value, label=label, was=was, now=now)


def _plain(row, name):
    return plain(getattr(row, row._meta.get_field(name).attname))


def _differs(row, before, name):
    return _plain(row, name) != _plain(before, name)


def _field_label(row, name):
    return str(row._meta.get_field(name).verbose_name)


def _require_correctable(name, names):
    if name not in names:
        raise ValidationError("This field cannot be corrected. Write what is wrong as free text.")
