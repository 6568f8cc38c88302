"""How often each muscle was needled on each side, and the mean change of pain in those sessions."""

from dataclasses import dataclass

from django.db.models import Case, Count, Max, Q, Value, When

from treatments.models import Needling, TargetKind, TreatmentSession
from treatments.record.corrections import counting_value, has_corrected_pain
from treatments.record.targets import NAME_ON_PAGES, on_pages

LEFT, RIGHT, MIDLINE = Needling.Side.LEFT, Needling.Side.RIGHT, Needling.Side.MIDLINE


@dataclass(frozen=True)
class MuscleHeat:
    slug: str
    name: str
    kind: str  # a value of TargetKind
    region: str  # a value of BodyRegion
    side: str
    sessions: int
    mean_change: float | None
    is_corrected: bool = False  # a row, or the pain of a session
    rated: int = 0  # signed sessions with both pain scores, of which `mean_change` is the mean

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
    shown = [on_pages("slug"), NAME_ON_PAGES, on_pages("kind"), on_pages("region")]
    rows = rows.values_list(*shown, "side", "change")
    corrected = Case(When(Q(amendment__isnull=False) | Q(has_corrected_pain("session")), then=1), default=Value(0))
    rows = rows.annotate(session_count=Count("session", distinct=True), corrected=Max(corrected))
    counts, marked = {}, set()
    for *place, change, sessions_counted, is_corrected in rows:
        counts.setdefault(tuple(place), []).append((change, sessions_counted))
        if is_corrected:
            marked.add(tuple(place))
    heats = [
        MuscleHeat(*place, sum(n for _, n in pairs), _mean(pairs), place in marked, _rated(pairs))
        for place, pairs in counts.items()
    ]
    return sorted(heats, key=lambda heat: (-heat.sessions, heat.name, heat.side))


def heat_by_side(heats):
    """{(slug, "left" or "right"): sessions} for the body chart; midline counts on both sides."""
    sessions = {}
    for heat in heats:
        for side in (LEFT, RIGHT) if heat.side == MIDLINE else (heat.side,):
            # A free entry has no place of its own: it is shown at the point of its region.
            place = (f"region-{heat.region}" if heat.kind == TargetKind.FREE else heat.slug, str(side))
            sessions[place] = sessions.get(place, 0) + heat.sessions
    return sessions


def _mean(pairs):
    known = [(change, n) for change, n in pairs if change is not None]
    return sum(change * n for change, n in known) / sum(n for _, n in known) if known else None


def _rated(pairs):
    return sum(n for change, n in pairs if change is not None)
