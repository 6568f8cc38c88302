"""How pain changed in sessions that needled a muscle or trigger point. An association, not an effect."""

from dataclasses import dataclass

from django.db.models import Q

from treatments.models import Needling
from treatments.record.corrections import counting_value, has_corrected_pain
from treatments.record.targets import NAME_ON_PAGES, on_pages

from .figures import Figure, figure_of

FIELDS = ["session_id", on_pages("slug"), NAME_ON_PAGES, "side", "trigger_point__label", "location"]


@dataclass(frozen=True)
class Response:
    """The change of pain (after - before) over the sessions in which this place was needled."""

    name: str
    side: str
    sessions: int
    change: Figure
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
    change = counting_value("pain_after", "session__") - counting_value("pain_before", "session__")
    corrected = Q(amendment__isnull=False) | Q(has_corrected_pain("session"))
    rows = needlings.needled().order_by().annotate(change=change, corrected=corrected)
    rows = rows.values_list(*FIELDS, "change", "corrected").distinct()
    muscles, points = {}, {}
    for session, slug, name, side, label, location, change, is_corrected in rows:
        muscles.setdefault((slug, name, side), []).append((session, change, is_corrected))
        if place := label or location:
            points.setdefault((slug, side), {}).setdefault(place, []).append((session, change, is_corrected))
    found = []
    for (slug, name, side), of in muscles.items():
        inside = [_response(place, side, at) for place, at in points.get((slug, side), {}).items()]
        found.append(MuscleResponse(**vars(_response(name, side, of)), slug=slug, points=_most_often_first(inside)))
    return _most_often_first(found)


def _response(name, side, rows):
    changes = {session: change for session, change, _ in rows}
    return Response(name, side, len(changes), figure_of(changes.values()), any(corrected for *_, corrected in rows))


def _most_often_first(responses):
    return sorted(responses, key=lambda response: (-response.sessions, response.name, response.side))
