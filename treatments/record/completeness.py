"""What is missing before a session can be signed. An incomplete draft can always be saved."""

from dataclasses import dataclass

from django.utils import timezone

from treatments.models import TreatmentSession
from treatments.record.basis import basis_of
from treatments.record.fields import NEEDLING
from treatments.record.needle_count import count_state
from treatments.record.needling_times import time_problem
from treatments.record.warnings import open_warnings
from treatments.safety import rows_near_the_lung


@dataclass(frozen=True)
class Missing:
    label: str
    target: str  # the id of the field on the session's page


# STRICTA 2010 items 2a to 2g: needles, depth, technique, number of insertions and response.
ROW_FIELDS = {field.name: field.required for field in NEEDLING if field.required}


def missing(session, *, basis=None, **known):
    """The list of Missing of a stored session. An empty list means that it can be signed.

    `basis`, and `known` for safety.warnings_for, pass in what is already loaded, to save queries.
    """
    needlings = session.needlings.all()
    basis = basis or basis_of(session, needlings)
    known = {"precautions": basis.precautions, "consents": basis.consents} | known
    return missing_of(session, needlings, session.reactions, open_warnings(session, **known), basis)


def missing_of(session, needlings, events, statuses, basis):
    """The list of Missing for given rows: Needlings with muscle, reactions at the session, open WarningStatuses."""
    needlings = list(needlings)
    return [
        *_late_entry(session, basis),
        *_basis(session, basis),
        *_warnings(statuses),
        *_before(session),
        *_rows(needlings),
        *_times(session, needlings),
        *_timers(needlings),
        *_count(session, count_state(session, needlings, events)),
        *_after(session, events),
        *_advice(session, needlings),
    ]


def _late_entry(session, basis):
    is_late = session.is_late_entry or basis.late_rows
    if is_late and not session.late_entry_reason.strip():
        yield Missing("reason for the late entry", "id_late_entry_reason")


def _basis(session, basis):
    if not basis.screening.is_valid:
        yield Missing("screening", "id_screening")
    if not basis.consent.is_valid:
        what = f" for {', '.join(basis.consent.uncovered).lower()}" if basis.consent.uncovered else ""
        what = " (declined)" if basis.consent.is_declined else what
        yield Missing(f"consent{what}", "id_consent")
    elif not session.consent_confirmed and not basis.agreed_today:
        yield Missing("consent again today", "id_consent_confirmed")
    for each in basis.row_problems:
        when, to_do = f"needled {timezone.localtime(each.at):%H:%M}", "Remove the row, or correct its time"
        if each.row.needled_at is None:
            when, to_do = "not needled yet", "Remove the row"
        label = f"row {each.number}, {when}: {each.sentence.rstrip('.')}. {to_do}"
        yield Missing(label, f"id_needling-{each.row.pk}-needled_at")


def _warnings(statuses):
    for status in statuses:
        warning = status.warning
        label = f"{warning.level.label.lower()}: {warning.title}"
        if name := status.waiting_for:
            label = f"{warning.title}: waiting for {name} to agree"
        yield Missing(label, warning.target)


def _before(session):
    if session.pain_before is None:
        yield Missing("pain before", "id_pain_before")


def _rows(rows):
    if not rows:
        yield Missing("a needled muscle", "muscle-find")
    for number, row in enumerate(rows, start=1):
        for field, label in ROW_FIELDS.items():
            if getattr(row, field) in (None, ""):
                yield Missing(f"row {number} {label}", f"id_needling-{row.pk}-{field}")
                break


def _times(session, rows):
    for number, row in enumerate(rows, start=1):
        if problem := time_problem(row, session.started_at):
            yield Missing(f"row {number}: {problem}", f"id_needling-{row.pk}-needled_at")


def _timers(rows):
    for number, row in enumerate(rows, start=1):
        if row.retention_started_at:
            yield Missing(f"row {number}: the timer is still running", f"id_needling-{row.pk}-retention_seconds")


def _count(session, count):
    if session.needles_inserted is None:
        yield Missing("needles in", "id_needles_inserted")
    elif session.needles_removed is None:
        yield Missing("needles out", "id_needles_removed")
    elif count.stop:
        yield Missing(count.stop, "id_needles_removed")
    if count.recount:
        yield Missing(f"count the needles again: {count.recount}", "id_recounted")
    if count.question and not session.needle_count_reason.strip():
        yield Missing(f"reason for the needle count: {count.question}", "id_needle_count_reason")


def _after(session, events):
    if session.pain_after is None:
        yield Missing("pain after", "id_pain_after")
    if not events and not session.no_reaction:
        yield Missing("reactions, or none", "id_no_reaction")
    for event in events:
        if not event.grade:
            yield Missing(f"grade of {event.get_type_display().lower()}", f"id_reaction-{event.type}-grade")


def _advice(session, needlings):
    """Chest symptoms can start hours or days later, so the patient must be warned [@za-bn-121], [@biologyinsights]."""
    if rows_near_the_lung(needlings) and TreatmentSession.Advice.CHEST_SIGNS not in session.advice:
        yield Missing("chest advice", "id_advice")
