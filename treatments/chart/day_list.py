"""A practitioner's day: who comes, with what to watch for, and which notes wait to be signed."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Prefetch, Q
from django.utils import timezone

from clinic.models import Appointment
from patients.alerts import Alert
from patients.models import Episode, Patient
from patients.precautions import precautions_by_patient, screened_by_patient
from treatments.chart.event_alerts import alerts_about
from treatments.models import Needling, TreatmentSession, WarningAnswer
from treatments.record.basis import grounds_by_session
from treatments.record.completeness import missing
from treatments.safety.past_events import past_events_among

Status = Appointment.Status
LATE_AFTER = timedelta(hours=24)


@dataclass
class Visit:
    appointment: Appointment
    precautions: list
    session: TreatmentSession | None = None
    episode: Episode | None = None
    number: int | None = None
    is_next: bool = False
    alerts: list[Alert] = field(default_factory=list)

    @property
    def is_over(self):
        return self.appointment.status in (Status.DONE, Status.NO_SHOW, Status.CANCELLED)

    @property
    def is_last_planned(self):
        return bool(self.number) and self.number == self.episode.planned_sessions and not self.is_over

    @property
    def can_start(self):
        return self.session is None and not self.is_over


@dataclass(frozen=True)
class UnsignedNote:
    session: TreatmentSession
    missing: list

    @property
    def age(self):
        return timezone.now() - self.session.started_at

    @property
    def days(self):
        return self.age.days

    @property
    def is_late(self):
        return self.age >= LATE_AFTER


def past_events_around(day, practitioner):
    """{patient id: PastEvents} of the practitioner's visits of a local day and of their drafts. One query."""
    visits = Appointment.objects.on(day).for_practitioner(practitioner).values("patient")
    drafts = TreatmentSession.objects.drafts().for_practitioner(practitioner).values("patient")
    return past_events_among(Patient.objects.filter(Q(pk__in=visits) | Q(pk__in=drafts)))


def visits_on(day, practitioner, past_events=None):
    """The practitioner's visits of a local day in time order, in five queries however many there are.

    One query less when `past_events` is what past_events_around() gives.
    """
    appointments = list(
        Appointment.objects.on(day)
        .for_practitioner(practitioner)
        .in_time_order()
        .select_related("patient", "type", "room", "treatment_session__episode")
    )
    precautions = precautions_by_patient([appointment.patient for appointment in appointments], on=day)
    past_events = past_events_around(day, practitioner) if past_events is None else past_events
    visits = [_visit(appointment, precautions, past_events) for appointment in appointments]
    _add_episodes(visits)
    _mark_next(visits, day)
    return visits


def unsigned_notes(practitioner, past_events=None):
    """The practitioner's drafts, oldest first, each with what it still lacks. Seven queries, one less when
    `past_events` is what past_events_around() gives.

    Screening, consent and warnings are those that hold for the patients today; the page of a session asks what held
    on its day.
    """
    drafts = TreatmentSession.objects.drafts().for_practitioner(practitioner).order_by("started_at", "pk")
    rows = Prefetch("needlings", Needling.objects.select_related("muscle", "needle"))
    answers = Prefetch("warning_answers", WarningAnswer.objects.with_people())
    drafts = drafts.select_related("patient", "practitioner__user")
    drafts = list(drafts.prefetch_related(rows, "events", answers))
    today = timezone.localdate()
    known = screened_by_patient([draft.patient for draft in drafts], on=today)
    grounds = grounds_by_session(drafts, {pk: screening for pk, (screening, _) in known.items()}, on=today)
    past_events = past_events_around(today, practitioner) if past_events is None else past_events
    return [UnsignedNote(draft, _missing(draft, grounds, known, past_events)) for draft in drafts]


def _missing(draft, grounds, screened, past_events):
    events = past_events.get(draft.patient_id, [])
    precautions = screened[draft.patient_id][1]
    return missing(draft, grounds=grounds[draft.pk], precautions=precautions, past_events=events)


def asked_to_agree(user):
    """The WarningAnswers of colleagues' drafts to which this person has still to agree, oldest first. One query."""
    asked = WarningAnswer.objects.waiting().asked_of(user)
    return asked.select_related("session__patient", "acknowledged_by").order_by("acknowledged_at", "pk")


def _visit(appointment, precautions, past_events):
    session = getattr(appointment, "treatment_session", None)
    visit = Visit(appointment, precautions[appointment.patient_id], session)
    visit.alerts = alerts_about(past_events.get(appointment.patient_id, []))
    visit.episode = session.episode if session else None
    return visit


def _add_episodes(visits):
    """The complaint, and which session of it this visit is: sessions before it, plus one."""
    patients = {visit.appointment.patient_id for visit in visits}
    newest_open = {}
    for episode in Episode.objects.open().filter(patient__in=patients):
        newest_open.setdefault(episode.patient_id, episode)
    for visit in visits:
        if visit.session is None:
            visit.episode = newest_open.get(visit.appointment.patient_id)
    episodes = {visit.episode.pk for visit in visits if visit.episode}
    sessions = TreatmentSession.objects.standing().filter(episode__in=episodes)
    starts = list(sessions.values_list("episode_id", "started_at"))
    for visit in visits:
        if visit.episode:
            visit.number = 1 + sum(pk == visit.episode.pk and at < _begins(visit) for pk, at in starts)


def _begins(visit):
    return visit.session.started_at if visit.session else visit.appointment.starts_at


def _mark_next(visits, day):
    """On today's list: the first who is here, or else the first who is expected."""
    if day != timezone.localdate():
        return
    for status in (Status.ARRIVED, Status.BOOKED):
        waiting = [visit for visit in visits if visit.can_start and visit.appointment.status == status]
        if waiting:
            waiting[0].is_next = True
            return
