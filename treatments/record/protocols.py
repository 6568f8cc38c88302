"""Protocols: which are offered in a session, what one keeps of a session's rows, and which rows it adds to a draft."""

from dataclasses import dataclass

from django.utils import timezone

from patients.precautions import precautions_for
from treatments.models import Needle, Needling, Protocol, ProtocolRow, WarningAnswer
from treatments.permissions import may_retire_any_protocol
from treatments.safety import warnings_for
from treatments.safety.interval import rows_within_interval
from treatments.safety.past_events import past_events_of

from .fields import NEEDLING, names

# A protocol keeps what a new session copies from the last one; of the needle only its size.
KEPT = [name for name in names(NEEDLING, "copied") if name != "needle"]
SIDES = {"right": ["right"], "left": ["left"], "both": ["right", "left"]}
RETIRED = "It is no longer in the catalogue."
THERE_ALREADY = "The session already has this row."


@dataclass(frozen=True)
class Addition:
    """The unsaved Needlings that a protocol adds, and the rows that it leaves out: [{"row": name, "why": sentence}]."""

    rows: list
    left_out: list


def may_change_protocol(user, protocol):
    """Only its owner may."""
    return protocol.owner_id == user.pk


def may_retire_protocol(user, protocol):
    """Its owner may, and an admin may retire what is shared, for example by somebody who has left."""
    return protocol.owner_id == user.pk or (protocol.is_shared and may_retire_any_protocol(user))


def protocols_offered(session, user):
    """(those that fit, all others) of the Protocols that the user may use, each a list in the order of their names.

    One fits if it is for the condition of the session's episode, or for its region if it is for no other condition.
    """
    offered = list(Protocol.objects.active().open_to(user).for_lists())
    fitting = [protocol for protocol in offered if _fits(protocol, session.episode)]
    return fitting, [protocol for protocol in offered if protocol not in fitting]


def _fits(protocol, episode):
    if episode is None:
        return False
    if protocol.condition:
        return protocol.condition == episode.condition
    return bool(protocol.region) and protocol.region == episode.region


def protocols_on_page(session, user):
    """What the session's page shows: protocols that fit, all others, and the uses in this session not undone."""
    fitting, others = protocols_offered(session, user)
    uses = session.protocol_uses.filter(undone_at=None).select_related("protocol")
    return {"fitting": fitting, "others": others, "uses": uses}


def rows_to_keep(needlings):
    """The unsaved ProtocolRows of these Needlings: the same place on both sides is one row."""
    kept = {}
    for row in needlings:
        about = (row.muscle_id, row.trigger_point_id, row.location)
        if about not in kept:
            kept[about] = _kept(row, order=len(kept))
        elif kept[about].is_midline and row.side != Needling.Side.MIDLINE:
            kept[about].is_midline = False
    return list(kept.values())


def _kept(row, *, order):
    values = {name: getattr(row, name) for name in KEPT} | {"retention_seconds": row.planned_retention}
    if row.needle:
        values |= {"needle_diameter_mm": row.needle.diameter_mm, "needle_length_mm": row.needle.length_mm}
    is_midline = row.side == Needling.Side.MIDLINE
    return ProtocolRow(sort_order=order, muscle=row.muscle, is_midline=is_midline, **values)


def addition_of(protocol, session, *, side):
    """The Addition of a protocol to a draft on this side: "right", "left" or "both".

    The safety rules judge each row with the rows before it. A row under a stop is left out, with the text of the stop,
    unless the stop is about the whole session and a second person has agreed to it.
    """
    there = list(session.needlings.select_related("muscle", "trigger_point", "needle"))
    stops_of = _judge(session)
    rows, left_out = [], []
    for row in _rows_on(protocol, side, lots_by_size(session)):
        before = [*there, *rows]
        if reason := _why_not(row, before) or " ".join(stops_of(row, before)):
            left_out.append({"row": f"{row}, {row.place}" if row.place else str(row), "why": reason})
        else:
            rows.append(row)
    for number, row in enumerate(rows):
        row.session, row.sort_order = session, len(there) + number
    return Addition(rows, left_out)


def _rows_on(protocol, side, needles):
    for row in protocol.rows.select_related("muscle", "trigger_point"):
        for one in ["midline"] if row.is_midline else SIDES[side]:
            values = {name: getattr(row, name) for name in KEPT}
            needle = needles.get((row.needle_diameter_mm, row.needle_length_mm))
            yield Needling(muscle=row.muscle, side=one, needle=needle, **values)


def _why_not(row, before):
    if not row.muscle.is_active:
        return RETIRED
    return THERE_ALREADY if _about(row) in map(_about, before) else ""


def _about(row):
    return row.muscle_id, row.side, row.trigger_point_id, row.location


def _judge(session):
    """A function that gives the stops for an unsaved row of this session, beside the rows before it, as sentences."""
    on = timezone.localdate(session.started_at)
    known = {
        "on": on,
        "precautions": precautions_for(session.patient, on=on),
        "earlier": rows_within_interval(session, on=on),
        "past_events": past_events_of(session.patient),
    }
    answers = session.warning_answers.filter(needling=None, level=WarningAnswer.Level.STOP)
    agreed = {(answer.key, answer.sentence) for answer in answers if not answer.is_waiting}

    def stops_of(row, before):
        found = [one for one in warnings_for(session, [*before, row], **known) if one.is_stop]
        about = [one for one in found if one.needling_id == row.pk or one.needling_id is None]
        return [f"{one.title}. {one.sentence}" for one in about if (one.key, one.sentence) not in agreed]

    return stops_of


def lots_by_size(session):
    """{(diameter, length) in mm: the lot to use}: the practitioner's last one that can be used, otherwise the only one
    of its size.
    """
    on = timezone.localdate(session.started_at)
    lots = {}
    for needle in Needle.objects.usable_on(on):
        lots.setdefault((needle.diameter_mm, needle.length_mm), []).append(needle)
    only = {size: of_size[0] for size, of_size in lots.items() if len(of_size) == 1}
    usable = {needle.pk: needle for of_size in lots.values() for needle in of_size}
    own = Needling.objects.filter(session__practitioner=session.practitioner, needle__in=usable)
    last = {}
    for pk in own.order_by("session__started_at").values_list("needle_id", flat=True):
        needle = usable[pk]
        last[needle.diameter_mm, needle.length_mm] = needle
    return only | last
