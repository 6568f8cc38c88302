"""What each kind of visit needs before it can be signed: one table, which completeness.py reads."""

from dataclasses import dataclass

from treatments.models import TreatmentSession
from treatments.record.fields import NEEDLING as NEEDLING_ROW

Kind = TreatmentSession.VisitKind

# STRICTA 2010 items 2a to 2g: needles, depth, technique, number of insertions and response.
ROW_FIELDS = {field.name: field.required for field in NEEDLING_ROW if field.required}
# What a row that was begun still needs when needling was stopped: the lot must stay traceable, and the insertions say
# that it was needled. Depth, technique and twitch may never have been reached.
ROW_FIELDS_STOPPED = {name: ROW_FIELDS[name] for name in ("needle", "insertions")}


@dataclass(frozen=True)
class VisitRules:
    """What a kind of visit needs. Everything it does not name may be left empty.

    `row_fields` is {field: label} of each needling row; a kind without them has no rows, no needle count, and needs no
    screening, no consent to needling and no answers to warnings, because nothing was needled.
    """

    short: str  # its name on the session's page, short enough that all kinds are in one row
    row_fields: dict
    pain_before: bool = False
    pain_after: bool = False
    reactions: bool = False  # "none", or each with its grade
    co_treatments: bool = False
    stop_details: bool = False  # when it was stopped, how the patient left, and an event or a reason
    reason: str = ""  # the label of `visit_reason`; a kind without a label does not use the field
    reason_required: bool = False

    @property
    def is_with_needling(self):
        return bool(self.row_fields)


RULES = {
    Kind.NEEDLING: VisitRules("Needling", ROW_FIELDS, pain_before=True, pain_after=True, reactions=True),
    # Pain is what an assessment and an exercise visit start from; nothing was needled, so nothing is rated after.
    Kind.ASSESSMENT: VisitRules("Assessment", {}, pain_before=True, reason="Finding", reason_required=True),
    Kind.EXERCISE: VisitRules("Exercise", {}, pain_before=True, co_treatments=True, reason="Finding, if any"),
    # Who is unwell or refuses is not asked for scores; the record says why nothing was done.
    Kind.UNWELL: VisitRules("Unwell", {}, reason="What the patient reported", reason_required=True),
    Kind.REFUSED: VisitRules("Refused", {}, reason="Why the patient refused", reason_required=True),
    # Who faints may not be able to rate pain afterwards. A reaction is reason enough to stop.
    Kind.STOPPED: VisitRules(
        "Stopped", ROW_FIELDS_STOPPED, pain_before=True, reactions=True, stop_details=True, reason="Why it was stopped"
    ),
}
SHORT_CHOICES = [(kind.value, rules.short) for kind, rules in RULES.items()]


def rules_of(session):
    """The VisitRules of a session's kind."""
    return RULES[session.visit_kind]


def kinds_with(use):
    """The kinds whose rules have a `use`, such as "stop_details", as the page's style sheet reads them."""
    return " ".join(kind.value for kind, rules in RULES.items() if getattr(rules, use))


def has_needling_left(session, needlings):
    """Whether needling rows or a needle count are stored although the kind of visit has no needling."""
    counted = session.needles_inserted or session.needles_removed
    return not rules_of(session).is_with_needling and bool(needlings or counted)


def unused_values(session):
    """{field: empty value} of the fields that the page hides for this kind of visit, so that nobody signs them unseen.

    Changing the kind back shows what was typed; signing leaves it out.
    """
    rules, unused = rules_of(session), {}
    if not rules.is_with_needling:
        unused |= {"needles_inserted": None, "needles_removed": None, "needle_count_reason": "", "counted_rows": []}
    if not rules.stop_details:
        unused |= {"stopped_at": None, "departure": ""}
    if not rules.reason:
        unused |= {"visit_reason": ""}
    return unused
