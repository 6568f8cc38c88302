"""What is missing before a session can be signed. An incomplete draft can always be saved."""

from dataclasses import dataclass

from django.utils import timezone

from treatments.models import Muscle, TreatmentSession
from treatments.record.basis import basis_of
from treatments.record.needle_count import count_state
from treatments.record.needling_times import time_problem
from treatments.record.visit_kinds import has_needling_left, rules_of
from treatments.record.warnings import open_warnings
from treatments.safety import rows_near_the_lung


@dataclass(frozen=True)
class Missing:
    label: str
    target: str  # the id of the field on the session's page


def missing(session, *, basis=None, open_=None, **known):
    """The list of Missing of a stored session. An empty list means that it can be signed.

    `basis`, `open_` (its open_warnings), and `known` for safety.warnings_for pass in what is already loaded, to save
    queries.
    """
    needlings = session.needlings.all()
    basis = basis or basis_of(session, needlings)
    if open_ is None:
        known = {"precautions": basis.precautions, "consents": basis.consents} | known
        open_ = open_warnings(session, **known)
    return missing_of(session, needlings, session.reactions, open_, basis)


def missing_of(session, needlings, events, statuses, basis):
    """The list of Missing for given rows: Needlings with muscle, reactions at the session, open WarningStatuses."""
    needlings, rules = list(needlings), rules_of(session)
    with_needling = [
        *_basis(session, basis),
        *_pelvic_consent(session, needlings),
        *_warnings(statuses),
        *_rows(needlings, rules.row_fields),
        *_times(session, needlings),
        *_timers(needlings),
        *_count(session, count_state(session, needlings, events)),
        *_advice(session, needlings),
    ]
    return [
        *_late_entry(session, basis),
        *(with_needling if rules.is_with_needling else _nothing_needled(session, needlings)),
        *_visit(session, rules, events),
        *_after(session, rules, events),
    ]


def _nothing_needled(session, needlings):
    if has_needling_left(session, needlings):
        yield Missing("remove the needling, or change the kind of visit", "id_clear_needling")


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


def _pelvic_consent(session, needlings):
    """A rule of our own: the pelvic floor needs an agreement on its own at each visit, and the offer of a chaperone."""
    if not needs_pelvic_consent(needlings):
        return
    if not session.pelvic_consent:
        yield Missing("explicit consent to needling of the pelvic floor", "id_pelvic_consent")
    if not session.chaperone:
        yield Missing("whether the patient wanted a chaperone", "id_chaperone")
    elif session.chaperone == session.Chaperone.ACCEPTED and not session.chaperone_name.strip():
        yield Missing("name of the chaperone", "id_chaperone_name")


def needs_pelvic_consent(needlings):
    """Whether a row has a target that the catalogue restricts to explicit consent."""
    return any(row.muscle.restricted == Muscle.Restriction.PELVIC_CONSENT for row in needlings)


def _warnings(statuses):
    for status in statuses:
        warning = status.warning
        label = f"{warning.level.label.lower()}: {warning.title}"
        if name := status.waiting_for:
            label = f"{warning.title}: waiting for {name} to agree"
        yield Missing(label, warning.target)


def _visit(session, rules, events):
    """What the kind of visit asks of the session's own fields."""
    if rules.pain_before and session.pain_before is None:
        yield Missing("pain before", "id_pain_before")
    if rules.reason_required and not session.visit_reason.strip():
        yield Missing(rules.reason.lower(), "id_visit_reason")
    if rules.co_treatments and not session.co_treatments:
        yield Missing("what was done", "id_co_treatments")
    if rules.stop_details:
        if not events and not session.visit_reason.strip():
            yield Missing("why it was stopped, or a reaction", "id_visit_reason")
        if session.stopped_at is None:
            yield Missing("when it was stopped", "id_stopped_at")
        if not session.departure:
            yield Missing("how the patient left", "id_departure")


def _rows(rows, required):
    if not rows:
        yield Missing("a needled muscle", "needling")
    for number, row in enumerate(rows, start=1):
        for field, label in required.items():
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


def _after(session, rules, events):
    if rules.pain_after and session.pain_after is None:
        yield Missing("pain after", "id_pain_after")
    if rules.reactions and not events and not session.no_reaction:
        yield Missing("reactions, or none", "id_no_reaction")
    for event in events:
        if not event.grade:
            yield Missing(f"grade of {event.get_type_display().lower()}", f"id_reaction-{event.type}-grade")


def _advice(session, needlings):
    """Chest symptoms can start hours or days later, so the patient must be warned [@za-bn-121], [@aanem-ptx]."""
    if rows_near_the_lung(needlings) and TreatmentSession.Advice.CHEST_SIGNS not in session.advice:
        yield Missing("chest advice", "id_advice")
