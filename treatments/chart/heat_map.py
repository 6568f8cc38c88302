"""How often each muscle was needled on each side, and the mean change of pain in those sessions."""

from dataclasses import dataclass

from django.db.models import Case, Count, Q, When

from treatments.models import Needling, TargetKind, TreatmentSession
from treatments.record.corrections import counting_value
from treatments.record.targets import on_pages

LEFT, RIGHT, MIDLINE = Needling.Side.LEFT, Needling.Side.RIGHT, Needling.Side.MIDLINE


@dataclass(frozen=True)
class MuscleHeat:
    slug: str
    name: str
    kind: str  # a value of TargetKind
    side: str
    sessions: int
    mean_change: float | None

    @property
    def side_label(self):
        return Needling.Side(self.side).label

    @property
    def kind_label(self):
        """What was needled, if it is not a muscle."""
        return "" if self.kind == TargetKind.MUSCLE else TargetKind(self.kind).label


def heat_map(needlings):
    """One MuscleHeat for each muscle and side of these needlings (a queryset), most often needled first.

    A session counts once for a muscle and side, however many points were needled there. Rows of a draft count once
    they have an insertion. `mean_change` is the mean of pain_after - pain_before over signed sessions, None without
    any. One query: the database counts sessions by muscle, side and change, so the result stays small for a patient
    with hundreds of sessions.
    """
    signed = Q(session__status=TreatmentSession.Status.SIGNED)
    change = Case(
        When(signed, then=counting_value("pain_after", "session__") - counting_value("pain_before", "session__"))
    )
    rows = needlings.needled().order_by().annotate(change=change)
    rows = rows.values_list(on_pages("slug"), on_pages("name_en"), on_pages("kind"), "side", "change")
    counts = {}
    for *place, change, sessions_counted in rows.annotate(session_count=Count("session", distinct=True)):
        counts.setdefault(tuple(place), []).append((change, sessions_counted))
    heats = [MuscleHeat(*place, sum(n for _, n in pairs), _mean(pairs)) for place, pairs in counts.items()]
    return sorted(heats, key=lambda heat: (-heat.sessions, heat.name, heat.side))


def heat_by_side(heats):
    """{(slug, "left" or "right"): sessions} for the body chart; midline counts on both sides."""
    sessions = {}
    for heat in heats:
        for side in (LEFT, RIGHT) if heat.side == MIDLINE else (heat.side,):
            place = (heat.slug, str(side))
            sessions[place] = sessions.get(place, 0) + heat.sessions
    return sessions


def _mean(pairs):
    known = [(change, n) for change, n in pairs if change is not None]
    return sum(change * n for change, n in known) / sum(n for _, n in known) if known else None
