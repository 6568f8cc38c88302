"""What a session still lacks before it can be signed. An incomplete draft can always be saved."""

from dataclasses import dataclass

from treatments.models import TreatmentSession
from treatments.record.basis import grounds_of
from treatments.record.fields import NEEDLING
from treatments.safety import open_decisions, rows_near_the_lung


@dataclass(frozen=True)
class Missing:
    label: str
    target: str  # the id of the field on the session's page


# STRICTA 2010 items 2a to 2g: what was used, how deep, how, how often, and what came of it.
ROW_FIELDS = {field.name: field.required for field in NEEDLING if field.required}


def missing(session, *, grounds=None, **known):
    """The list of Missing for a stored session; empty: it can be signed.

    `grounds` and `known` spare grounds_of and safety.warnings_for their look-ups.
    """
    needlings = session.needlings.all()
    grounds = grounds or grounds_of(session, needlings)
    return missing_of(session, needlings, session.reactions, open_decisions(session, **known), grounds)


def missing_of(session, needlings, events, decisions, grounds):
    """The same for rows in hand: Needlings with their muscle, reactions seen at the session, open Decisions."""
    needlings = list(needlings)
    return [
        *_grounds(session, grounds),
        *_warnings(decisions),
        *_before(session),
        *_rows(needlings),
        *_count(session),
        *_after(session, events),
        *_advice(session, needlings),
    ]


def _grounds(session, grounds):
    if not grounds.screening.is_valid:
        yield Missing("screening", "id_screening")
    if not grounds.consent.is_valid:
        what = f" for {', '.join(grounds.consent.uncovered).lower()}" if grounds.consent.uncovered else ""
        what = " (declined)" if grounds.consent.is_declined else what
        yield Missing(f"consent{what}", "id_consent")
    elif not session.consent_confirmed and not grounds.agreed_today:
        yield Missing("consent again today", "id_consent_confirmed")


def _warnings(decisions):
    for decision in decisions:
        warning = decision.warning
        label = f"{warning.level.label.lower()}: {warning.title}"
        if name := decision.waits_for:
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


def _count(session):
    if session.needles_inserted is None:
        yield Missing("needles in", "id_needles_inserted")
    elif session.needles_removed is None:
        yield Missing("needles out", "id_needles_removed")
    elif difference := count_difference(session):
        yield Missing(difference, "id_needles_removed")


def count_difference(session):
    """What is wrong with a needle count of which both numbers are there, or nothing: "2 needles still in".

    A forgotten needle is a significant event [@white-2001], so this comes before everything else that is missing.
    """
    if session.needles_inserted is None or session.needles_removed is None:
        return ""
    still_in = session.needles_inserted - session.needles_removed
    needles = f"{abs(still_in)} {'more ' if still_in < 0 else ''}needle{'s' if abs(still_in) > 1 else ''}"
    return f"{needles} {'still in' if still_in > 0 else 'out than in'}" if still_in else ""


def _after(session, events):
    if session.pain_after is None:
        yield Missing("pain after", "id_pain_after")
    if not events and not session.no_reaction:
        yield Missing("reactions: none, or which", "id_no_reaction")
    for event in events:
        if not event.grade:
            yield Missing(f"grade of {event.get_type_display().lower()}", f"id_reaction-{event.type}-grade")


def _advice(session, needlings):
    """Chest symptoms may come hours or days later, so the patient is told [@za-bn-121], [@biologyinsights]."""
    if rows_near_the_lung(needlings) and TreatmentSession.Advice.CHEST_SIGNS not in session.advice:
        yield Missing("chest advice", "id_advice")
