"""What counts in a signed session or assessment: its values and rows as the latest amendments correct them.

This module only reads.

The signed values never change. Corrected rows are rows of their own (treatments.models.corrected_row), so that
`Needling.objects` and `session.needlings` give what counts to charts, exports and figures alike. Corrected values of
the session itself are read from its corrections: by `counting_value` in a query, by `as_corrected` on a page.
"""

import uuid
from copy import copy
from dataclasses import dataclass, field

from django.db.models import Exists, F, IntegerField, OuterRef, Prefetch, Subquery, prefetch_related_objects
from django.db.models.functions import Cast, Coalesce

from patients.integrity.changes import changes_between
from treatments.models import Amendment, Assessment, Correction, Measurement, Needling, TreatmentSession

from . import assessment_fields
from .correction_values import set_value, text_of
from .fields import MEASUREMENT, NEEDLING, SESSION, correctable

Kind = Correction.Kind
# The two kinds of row that an amendment can correct, with their fields.
ROW_FIELDS = {Needling: correctable(NEEDLING), Measurement: correctable(MEASUREMENT)}
SESSION_FIELDS = correctable(SESSION)
# The fields of a record itself that an amendment can correct.
OWN_FIELDS = {TreatmentSession: SESSION_FIELDS, Assessment: assessment_fields.CORRECTABLE}
PAIN = ("pain_before", "pain_after")
RELATED = {Needling: ["muscle", "trigger_point", "needle"], Measurement: ["muscle"]}


@dataclass(frozen=True)
class Change:
    """What an amendment says about one row, or about the session itself (`model` None).

    `row_id` is the first row of its chain, or the key that the page chose for a row that was missing. `values` is
    {field: corrected value}; for a row that was missing, it has all values.
    """

    kind: str
    model: type | None = None
    row_id: uuid.UUID | None = None
    values: dict = field(default_factory=dict)


# In queries ----------------------------------------------------------------------


def counting_value(field, prefix=""):
    """The number in a field of a session that counts, as an expression. `prefix` is the path to the session."""
    own = Correction.objects.filter(amendment__session=OuterRef(f"{prefix}pk"), needling=None, measurement=None)
    latest = own.filter(field=field).order_by("-amendment__number", "-number")
    corrected = Subquery(latest.values_list(Cast("value", IntegerField()))[:1])
    return Coalesce(corrected, F(f"{prefix}{field}"), output_field=IntegerField())


def is_amended(session="pk"):
    """Whether a session has any amendment, to annotate a query. `session` is the path to its key."""
    return Exists(Amendment.objects.filter(session=OuterRef(session)))


def is_amended_assessment():
    """Whether an assessment has any amendment, to annotate a query."""
    return Exists(Amendment.objects.filter(assessment=OuterRef("pk")))


def has_corrections(session="pk", **of):
    """Whether a session has corrections, to annotate a query; `of` narrows them, like the arguments of filter()."""
    return Exists(Correction.objects.filter(amendment__session=OuterRef(session), **of))


def has_corrected_rows(session="pk"):
    """Whether an amendment corrected, added or removed a needling of a session, to annotate a query."""
    return has_corrections(session, needling__isnull=False)


def has_corrected_pain(session="pk"):
    """Whether an amendment corrected the pain scores of a session, to annotate a query."""
    return has_corrections(session, needling=None, measurement=None, field__in=PAIN)


def with_amendments(sessions):
    """These sessions or assessments with their amendments and corrections, for `as_corrected`. Up to two queries."""
    return sessions.prefetch_related(amendments_with_corrections())


def as_corrected_all(sessions):
    """A list of these sessions or assessments, annotated with `amended`, as they count.

    No query if none is amended, otherwise two.
    """
    prefetch_related_objects([session for session in sessions if session.amended], amendments_with_corrections())
    return [as_corrected(session) if session.amended else session for session in sessions]


def with_sessions_as_corrected(rows):
    """A list of these Needlings, annotated with `amended`, whose sessions are as they count.

    No query besides that of the rows if none is amended, otherwise two.
    """
    rows, sessions = list(rows), {}
    for row in rows:
        row.session.amended = row.amended
        row.session = sessions.setdefault(row.session_id, row.session)
    counting = {session.pk: session for session in as_corrected_all(list(sessions.values()))}
    for row in rows:
        row.session = counting[row.session_id]
    return rows


def amendments_with_corrections():
    """The Prefetch of a session's amendments and their corrections, for `as_corrected`."""
    return Prefetch("amendments", Amendment.objects.order_by("number").prefetch_related("corrections"))


# A session and its rows ------------------------------------------------------------


def as_corrected(session):
    """A copy of a signed session or assessment with the values that count, for reading only.

    Its `was` is {field: the signed value as text} of what differs, its `notes` are the amendments in free text, and
    `is_corrected` says whether any value or row was corrected.
    """
    counts = copy(session)
    counts.was, counts.notes, counts.is_corrected = {}, [], False
    for amendment in session.amendments.all() if session.is_signed else ():
        corrections = list(amendment.corrections.all())
        counts.is_corrected = counts.is_corrected or bool(corrections)
        for correction in corrections:
            if correction.row_id is None:
                set_value(counts, correction.field, correction.value)
        if amendment.text != sentences(corrections):
            counts.notes.append(amendment)
    for name in OWN_FIELDS[type(session)]:
        if _has_loaded(session, name) and getattr(session, name) != getattr(counts, name):
            counts.was[name] = text_of(session, name)
    return counts


def _has_loaded(session, name):
    return name not in session.get_deferred_fields()


def as_of(session, amendment_number):
    """The session or assessment with its amendments up to this number only (0: none), for reading."""
    counts = copy(session)
    known = [amendment for amendment in session.amendments.all() if amendment.number <= amendment_number]
    counts._prefetched_objects_cache = {"amendments": known}
    return counts


def corrections_of(session):
    """The Corrections of a session in the order in which they were signed."""
    return [correction for amendment in session.amendments.all() for correction in amendment.corrections.all()]


def change_set(corrections):
    """{what was corrected: [before, after]} of these Corrections, for the audit trail."""
    before = {one.label: one.was for one in corrections}
    after = {one.label: one.get_kind_display() if one.kind == Kind.DID_NOT_HAPPEN else one.now for one in corrections}
    return changes_between(before, after)


def sentences(corrections):
    """What these Corrections say in words, one to a line: the text of an amendment without a text of its own."""
    return "\n".join(correction.sentence for correction in corrections)


def name_counting_rows(records):
    """Make the events and reports among these name the row that counts, for reading. At most one query.

    A row that did not happen keeps its name, because the event still happened.
    """
    named = [record for record in records if record.needling_id]
    first = {record.needling.first_id for record in named}
    rows = Needling.objects.filter(original__in=first).select_related(*RELATED[Needling]) if first else ()
    counting = {row.original_id: row for row in rows}
    for record in named:
        record.needling = counting.get(record.needling.first_id, record.needling)


def rows_as_signed(session, model):
    """The rows of a session as they were signed, whatever was corrected later. One query."""
    rows = model.every_row.filter(session=session, amendment=None)
    return rows.select_related(*RELATED[model])


class Chain:
    """A row of a record and what amendments made of it: the rows in the order in which they counted."""

    def __init__(self, rows):
        self.rows, self.number = rows, 0

    @property
    def first(self):
        return self.rows[0]

    @property
    def latest(self):
        return self.rows[-1]

    @property
    def counts(self):
        return not self.latest.did_not_happen

    def as_of(self, amendment_number):
        """The row that counted after the amendment with this number (0: as signed); None if there was none then."""
        known = [row for row in self.rows if (row.amendment.number if row.amendment else 0) <= amendment_number]
        return known[-1] if known and not known[-1].did_not_happen else None


def chains_of(session, model):
    """The Chains of a session's needlings or measurements, in the order of the record. One query."""
    rows = model.every_row.filter(session=session).select_related(*RELATED[model], "amendment")
    by_first = {}
    for row in rows:
        by_first.setdefault(row.first_id, []).append(row)
    chains = [Chain(sorted(rows, key=_amendment_number)) for rows in by_first.values()]
    chains.sort(key=lambda chain: (chain.first.sort_order, _amendment_number(chain.first), str(chain.first.pk)))
    for number, chain in enumerate(chains, start=1):
        chain.number = number
    return chains


def _amendment_number(row):
    return row.amendment.number if row.amendment else 0


def rows_for_page(session, model, *, is_corrected=True):
    """The rows of a record to show: those that count, and those that did not happen, each with the signed values.

    `was` of a row is {field: signed value as text} of what was corrected, `state` is "", "corrected", "missing" or
    "did_not_happen". One query; without corrections (`is_corrected` False) the loaded rows are used.
    """
    if not is_corrected:
        rows = list(session.needlings.all() if model is Needling else session.measurements.all())
        for row in rows:
            row.was, row.state = {}, ""
        return rows
    return [_for_page(chain) for chain in chains_of(session, model)]


def _for_page(chain):
    row = chain.latest if chain.counts else chain.first
    row.was, row.state = {}, Kind.DID_NOT_HAPPEN if not chain.counts else ""
    if chain.counts:
        row.was = differences(chain.first, row)
        row.state = Kind.MISSING if chain.first.amendment_id else "corrected" if row.was else ""
    return row


def differences(signed, row):
    """{field: signed value as text} of the fields in which a row differs from the row that was signed."""
    fields = [row._meta.get_field(name) for name in ROW_FIELDS[type(row)]]
    changed = [field for field in fields if getattr(row, field.attname) != getattr(signed, field.attname)]
    return {field.name: text_of(signed, field.name) for field in changed}


def row_name(chain, row):
    """How an amendment names a row, for example "Row 2, left infraspinatus"."""
    if isinstance(row, Measurement):
        return f"Measurement {chain}, {row.get_kind_display().lower()}"
    return f"Row {chain}, {row.get_side_display().lower()} {row.target_name.lower()}"
