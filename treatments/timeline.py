"""The sessions of a chart, newest first, a page at a time, each with its reactions and follow-ups."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Prefetch, Q

from treatments.models import AdverseEvent, FollowUp, Needling, TreatmentSession

PAGE_LENGTH = 5


@dataclass(frozen=True)
class Contact:
    follow_up: FollowUp
    events: list[AdverseEvent]

    @property
    def hours_after(self):
        return round((self.follow_up.contacted_at - self.follow_up.session.started_at).total_seconds() / 3600)


@dataclass(frozen=True)
class Entry:
    session: TreatmentSession
    reactions: list[AdverseEvent]
    contacts: list[Contact]


@dataclass(frozen=True)
class TimelinePage:
    entries: list[Entry]
    earlier: UUID | None  # the cursor of the next page; None on the last


def sessions_of(patient, episode=None):
    """The sessions of a patient, or of one episode."""
    sessions = patient.treatment_sessions.all()
    return sessions.filter(episode=episode) if episode else sessions


def timeline_page(sessions, *, before=None):
    """The newest sessions of a queryset, or those before the cursor: the id of the last session shown.

    Four queries, one more with a cursor, however many sessions there are. An unknown cursor starts at the top.
    """
    shown = list(_before(sessions, before).latest_first().prefetch_related(*_rows())[: PAGE_LENGTH + 1])
    has_more = len(shown) > PAGE_LENGTH
    entries = [_entry(session) for session in shown[:PAGE_LENGTH]]
    return TimelinePage(entries, entries[-1].session.pk if has_more else None)


def _before(sessions, cursor):
    sessions = sessions.select_related("practitioner__user", "episode")
    last = sessions.filter(pk=cursor).first() if _is_uuid(cursor) else None
    if last is None:
        return sessions
    return sessions.filter(Q(started_at__lt=last.started_at) | Q(started_at=last.started_at, pk__lt=last.pk))


def _is_uuid(text):
    try:
        UUID(text or "")
    except ValueError:
        return False
    return True


def _rows():
    return (
        Prefetch("needlings", Needling.objects.select_related("muscle", "trigger_point", "needle")),
        Prefetch("follow_ups", FollowUp.objects.select_related("contacted_by")),
        "events",
    )


def _entry(session):
    by_follow_up = {}
    for event in session.events.all():
        by_follow_up.setdefault(event.follow_up_id, []).append(event)
    contacts = [Contact(follow_up, by_follow_up.get(follow_up.pk, [])) for follow_up in session.follow_ups.all()]
    return Entry(session, by_follow_up.get(None, []), contacts)
