"""How pain changed in sessions that needled a muscle or trigger point. An association, not an effect."""

from dataclasses import dataclass

from django.db.models import Q

from treatments.chart.later_pain import later_pain
from treatments.models import Needling
from treatments.record.corrections import counting_value, has_corrected_pain
from treatments.record.targets import NAME_ON_PAGES, on_pages

from .figures import Figure, figure_of

FIELDS = ["session_id", on_pages("slug"), NAME_ON_PAGES, "side", "trigger_point__label", "location"]


@dataclass(frozen=True)
class Response:
    """The change of pain over the sessions in which this place was needled.

    `change` is from before to right after; `later` is from before to the follow-up 24 to 72 hours later.
    """

    name: str
    side: str
    sessions: int
    change: Figure
    later: Figure
    is_corrected: bool  # a row, or the pain of a session

    @property
    def side_label(self):
        return Needling.Side(self.side).label


@dataclass(frozen=True)
class MuscleResponse(Response):
    slug: str
    points: list[Response]


def responses_of(needlings):
    """A MuscleResponse for each muscle and side of these needlings (a queryset), most often needled first.

    A session counts once for a muscle and once for each of its points, however many rows it has. One query.
    """
    before = counting_value("pain_before", "session__")
    change = counting_value("pain_after", "session__") - before
    corrected = Q(amendment__isnull=False) | Q(has_corrected_pain("session"))
    rows = (
        needlings.needled()
        .order_by()
        .annotate(change=change, later=later_pain("session") - before, corrected=corrected)
    )
    rows = rows.values_list(*FIELDS, "change", "later", "corrected").distinct()
    muscles, points = {}, {}
    for session, slug, name, side, label, location, *changes in rows:
        muscles.setdefault((slug, name, side), []).append((session, *changes))
        if place := label or location:
            points.setdefault((slug, side), {}).setdefault(place, []).append((session, *changes))
    found = []
    for (slug, name, side), of in muscles.items():
        inside = [_response(place, side, at) for place, at in points.get((slug, side), {}).items()]
        found.append(MuscleResponse(**vars(_response(name, side, of)), slug=slug, points=_most_often_first(inside)))
    return _most_often_first(found)


def _response(name, side, rows):
    """`rows` are (session, change, later change, whether corrected), several for a session."""
    by_session = {session: changes for session, *changes, _ in rows}
    right_after, later = ([changes[at] for changes in by_session.values()] for at in (0, 1))
    is_corrected = any(corrected for *_, corrected in rows)
    return Response(name, side, len(by_session), figure_of(right_after), figure_of(later), is_corrected)


def _most_often_first(responses):
    return sorted(responses, key=lambda response: (-response.sessions, response.name, response.side))
