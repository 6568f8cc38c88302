"""The timeline of a chart: sessions, newest first, in pages, with their reactions, follow-ups and later events."""

from dataclasses import dataclass, field
from datetime import datetime, time
from uuid import UUID

from django.db.models import Prefetch, Q, prefetch_related_objects
from django.utils.timezone import make_aware

from treatments.chart.event_history import most_urgent_first
from treatments.models import AdverseEvent, Assessment, Attachment, FollowUp, Letter, Needling, TreatmentSession
from treatments.record.corrections import as_corrected_all, is_amended, is_amended_assessment
from treatments.record.fields import NEEDLING, names

PAGE_LENGTH = 5
# Only the columns that the timeline shows are read; a muscle alone has about thirty.
OF_SESSION = (
    "patient_id error_mark_id started_at opened_at late_entry_reason visit_kind visit_reason pain_before pain_after"
    " status withdrawal_reason complaint muscle_names co_treatments advice plan note no_reaction"
    " episode__complaint episode__error_mark_id"
    " practitioner__user__username practitioner__user__first_name practitioner__user__last_name"
).split()
OF_NEEDLING = [
    *"session_id sort_order side location insertions twitch twitch_count".split(),
    *"muscle__slug muscle__name_en muscle__display_name".split(),
    *"trigger_point__label needle__diameter_mm needle__length_mm".split(),
    *names(NEEDLING, "in_line"),
    "amendment_id",
]


@dataclass(frozen=True)
class Contact:
    follow_up: FollowUp
    events: list[AdverseEvent]

    @property
    def hours_after(self):
        return round((self.follow_up.contacted_at - self.follow_up.session.started_at).total_seconds() / 3600)


@dataclass(frozen=True)
class Between:
    """What the timeline shows between sessions, at this time."""

    at: datetime
    record: Assessment | Attachment | Letter
    template: str


@dataclass(frozen=True)
class TimelineEntry:
    session: TreatmentSession
    reactions: list[AdverseEvent]
    contacts: list[Contact]
    later: list[AdverseEvent]  # appeared after the visit and were not reported in a follow-up
    between: list[Between] = field(default_factory=list)  # since this session, before the next one, newest first


@dataclass(frozen=True)
class TimelinePage:
    entries: list[TimelineEntry]
    earlier: UUID | None  # cursor of the next page; None on the last page
    open_events: list[AdverseEvent]  # of the patient, from any session
    assessments: list[Assessment]  # all of them, newest first
    earliest: list[Between]  # those before the first session, on the last page
    letters: list[Letter]  # all of them, newest first

    @property
    def counting_assessments(self):
        """Without those that were withdrawn or entered in error."""
        return [one for one in self.assessments if not one.error_mark_id and (one.is_draft or one.is_signed)]

    @property
    def counting_letters(self):
        """Without those that were withdrawn or entered in error."""
        return [one for one in self.letters if not one.error_mark_id and (one.is_draft or one.is_signed)]


def sessions_of(patient, episode=None):
    """The sessions of a patient, or of one episode."""
    sessions = patient.treatment_sessions.all()
    return sessions.filter(episode=episode) if episode else sessions


def needling_sessions_of(patient, episode=None):
    """The sessions with needling of a patient, or of one episode, that count: what figures are made of."""
    return sessions_of(patient, episode).counting().with_needling()


def needlings_of(patient, episode=None):
    """The needlings of a patient, or of one episode."""
    needlings = Needling.objects.filter(session__patient=patient)
    return needlings.filter(session__episode=episode) if episode else needlings


def timeline_page(patient, sessions, *, before=None, episode=None, has_attachments=True, has_letters=True):
    """The TimelinePage of the patient's newest `sessions`, or of those older than the session with id `before`.

    Between them are the assessments, attachments and letters of the patient, or of one `episode`. `has_attachments` and
    `has_letters` are False for a patient of whom it is known that there are none, which saves a query each.

    Seven queries, and one more with `before`, whatever the number of sessions, and two more if any
    session is amended. An unknown `before` gives the first page.
    """
    found = list(_before(sessions, before).latest_first()[: PAGE_LENGTH + 1])
    shown, has_more = as_corrected_all(found[:PAGE_LENGTH]), len(found) > PAGE_LENGTH
    needlings = Needling.objects.select_related("muscle", "trigger_point", "needle").only(*OF_NEEDLING)
    prefetch_related_objects(shown, Prefetch("needlings", needlings), _follow_ups())
    events = AdverseEvent.objects.filter(session__patient=patient).open_or_of(shown) if shown else []
    entries = [entry_of(session, events) for session in shown]
    open_events = most_urgent_first(event for event in events if event.is_open)
    earlier = shown[-1].pk if has_more else None
    of_episode = {"episode": episode} if episode else {}
    assessments = patient.assessments.select_related("practitioner__user", "episode").latest_first()
    assessments = as_corrected_all(assessments.filter(**of_episode).annotate(amended=is_amended_assessment()))
    attachments = patient.attachments.filter(**of_episode).select_related("episode") if has_attachments else []
    letters = _letters_of(patient, of_episode) if has_letters else []
    left = _place(entries, _between(assessments, attachments, letters), is_first_page=not _is_uuid(before))
    return TimelinePage(entries, earlier, open_events, assessments, [] if has_more else left, letters)


def _letters_of(patient, of_episode):
    letters = patient.letters.filter(**of_episode).select_related("practitioner__user", "episode").defer("body")
    return sorted(letters, key=lambda letter: letter.dated_at, reverse=True)


def _between(assessments, attachments, letters):
    """The records between sessions, newest first. An attachment has only a day, and follows its sessions."""
    found = [Between(one.started_at, one, "treatments/_timeline_assessment.html") for one in assessments]
    found += [Between(one.dated_at, one, "treatments/_timeline_letter.html") for one in letters]
    found += [Between(_end_of(one.dated_on), one, "treatments/_timeline_attachment.html") for one in attachments]
    return sorted(found, key=lambda between: between.at, reverse=True)


def _end_of(day):
    return make_aware(datetime.combine(day, time.max))


def _place(entries, left, *, is_first_page):
    """Add each record to the entry of the session that it follows. Returns those from before all these sessions."""
    for number, entry in enumerate(entries):
        mine = [one for one in left if one.at >= entry.session.started_at]
        left = left[len(mine) :]
        if number or is_first_page:
            entry.between.extend(mine)
    return left


def last_visit(sessions, entries=()):
    """The TimelineEntry of the newest of these sessions that is signed and counts, without what is in error; or None.

    `entries` are those of the newest sessions, if the page has them already. If the visit is not among them: three
    queries, and two more if it is amended.
    """
    for entry in entries:
        if entry.session.is_signed and not entry.session.error_mark_id:
            return _counting(entry)
    signed = sessions.signed().counting().select_related("practitioner__user").annotate(amended=is_amended())
    for session in as_corrected_all(list(signed.latest_first()[:1])):
        prefetch_related_objects([session], _follow_ups())
        events = AdverseEvent.objects.filter(session=session.pk).open_or_of([session])
        return _counting(entry_of(session, events))
    return None


def _counting(entry):
    contacts = [
        Contact(contact.follow_up, [event for event in contact.events if not event.is_in_error])
        for contact in entry.contacts
        if not contact.follow_up.error_mark_id
    ]
    reactions = [event for event in entry.reactions if not event.is_in_error]
    return TimelineEntry(entry.session, reactions, contacts, [event for event in entry.later if not event.is_in_error])


def entry_of(session, events):
    """The TimelineEntry of a session. `events` have their state; those of other sessions are ignored."""
    events = [event for event in events if event.session_id == session.pk]
    by_follow_up = {}
    for event in events:
        if event.appeared_later:
            by_follow_up.setdefault(event.follow_up_id, []).append(event)
    contacts = [Contact(follow_up, by_follow_up.get(follow_up.pk, [])) for follow_up in session.follow_ups.all()]
    reactions = [event for event in events if not event.appeared_later]
    return TimelineEntry(session, reactions, contacts, by_follow_up.get(None, []))


def entry_with_state(session):
    """The TimelineEntry of a session, for its own page. Two queries."""
    prefetch_related_objects([session], _follow_ups())
    return entry_of(session, AdverseEvent.objects.filter(session=session).with_state())


def neighbours_of(session):
    """The patient's sessions right before and right after this one in the timeline, or None. One query."""
    others = TreatmentSession.objects.filter(patient=session.patient_id).exclude(pk=session.pk)
    earlier = others.filter(_is_before(session)).latest_first()
    later = others.exclude(_is_before(session)).latest_first().reverse()
    found = others.filter(Q(pk__in=earlier.values("pk")[:1]) | Q(pk__in=later.values("pk")[:1]))
    at, by_side = (session.started_at, session.pk), {}
    for each in found.only("patient_id", "started_at", "status"):
        by_side[(each.started_at, each.pk) < at] = each
    return by_side.get(True), by_side.get(False)


def _before(sessions, cursor):
    sessions = sessions.select_related("practitioner__user", "episode").only(*OF_SESSION).annotate(amended=is_amended())
    last = sessions.filter(pk=cursor).first() if _is_uuid(cursor) else None
    return sessions if last is None else sessions.filter(_is_before(last))


def _is_before(session):
    return Q(started_at__lt=session.started_at) | Q(started_at=session.started_at, pk__lt=session.pk)


def _is_uuid(text):
    try:
        UUID(text or "")
    except ValueError:
        return False
    return True


def _follow_ups():
    return Prefetch("follow_ups", FollowUp.objects.select_related("contacted_by"))
