"""A practitioner's day: visits with precautions, unsigned notes and requests to agree."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from django.db.models import FilteredRelation, Prefetch, Q
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from clinic.models import Appointment
from patients.alerts import Alert, alerts_by_patient
from patients.build import build_of, measures_by_patient
from patients.models import Episode, Patient
from patients.namesakes import with_namesakes
from patients.precautions import precautions_by_patient
from treatments.chart.event_alerts import alerts_about, event_alerts
from treatments.evidence.reviews import reviews_in_force
from treatments.models import Needling, TreatmentSession, WarningAnswer
from treatments.record.basis import basis_by_session
from treatments.record.completeness import missing
from treatments.safety import REVIEWED
from treatments.safety.past_events import past_events_among

Status = Appointment.Status
LATE_AFTER = timedelta(hours=24)


@dataclass
class DayVisit:
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
    def is_here(self):
        return self.appointment.status in (Status.ARRIVED, Status.IN_SESSION)

    @property
    def is_last_planned(self):
        return bool(self.number) and self.number == self.episode.planned_sessions and not self.is_over

    @property
    def is_handed_over(self):
        """Whether the session is another practitioner's by now, who alone continues a draft."""
        return self.session is not None and self.session.practitioner_id != self.appointment.practitioner_id

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
    """{patient id: PastEvents} of the practitioner's visits on a local day and of their drafts. One query."""
    visits = Appointment.objects.on(day).for_practitioner(practitioner).values("patient")
    drafts = TreatmentSession.objects.drafts().for_practitioner(practitioner).values("patient")
    return past_events_among(Patient.objects.filter(Q(pk__in=visits) | Q(pk__in=drafts)))


def visits_on(day, practitioner, past_events=None):
    """The practitioner's visits on a local day, in time order. Six queries, whatever the number of visits.

    One query less when `past_events` is the result of past_events_around().
    """
    appointments = list(
        Appointment.objects.on(day)
        .for_practitioner(practitioner)
        .in_time_order()
        .annotate(session=FilteredRelation("treatment_sessions", condition=Q(treatment_sessions__error_mark=None)))
        .select_related("patient", "type", "room", "session__episode", "session__practitioner__user")
    )
    patients = with_namesakes(appointment.patient for appointment in appointments)
    precautions = precautions_by_patient(patients, on=day)
    past_events = past_events_around(day, practitioner) if past_events is None else past_events
    about_events = {each.pk: alerts_about(past_events.get(each.person_id, [])) for each in patients}
    alerts, visits = alerts_by_patient(patients, {event_alerts: about_events}), []
    for appointment in appointments:
        session = getattr(appointment, "session", None)
        episode = session.episode if session and session.counted_episode_id else None
        visit = DayVisit(appointment, precautions[appointment.patient_id], session, episode)
        visit.alerts = alerts[appointment.patient_id]
        visits.append(visit)
    _add_episodes(visits)
    _mark_next(visits, day)
    return visits


def here_first(visits):
    """The visits of today as they are worked through: patients who are here, those expected, and what is over."""
    return sorted(visits, key=lambda visit: (visit.is_over, not visit.is_here))


def unsigned_notes(practitioner, past_events=None):
    """The practitioner's drafts, oldest first, each with what is missing from it.

    Seven queries, one less when `past_events` is the result of past_events_around(), and two more if published findings
    about depth need the patients' build or the reviews of them.

    Screening and consent are judged as on the session's page, at the time of each row.
    """
    drafts = TreatmentSession.objects.drafts().for_practitioner(practitioner).order_by("started_at", "pk")
    rows = Prefetch("needlings", Needling.objects.select_related("muscle", "needle"))
    answers = Prefetch("warning_answers", WarningAnswer.objects.with_people())
    drafts = drafts.select_related("patient", "practitioner__user")
    drafts = list(drafts.prefetch_related(rows, "events", answers))
    today = timezone.localdate()
    basis = basis_by_session(drafts)
    past_events = past_events_around(today, practitioner) if past_events is None else past_events
    reviews = SimpleLazyObject(partial(reviews_in_force, *REVIEWED))  # read once for all drafts
    measures = SimpleLazyObject(lambda: measures_by_patient([draft.patient for draft in drafts]))  # as well
    notes = []
    for draft in drafts:
        events, build = (
            past_events.get(draft.patient_id, []),
            SimpleLazyObject(partial(_build_of, draft, measures)),
        )
        known = {"past_events": events, "reviews": reviews, "build": build}
        notes.append(UnsignedNote(draft, missing(draft, basis=basis[draft.pk], **known)))
    return notes


def _build_of(draft, measures):
    on = timezone.localdate(draft.started_at)
    return build_of(draft.patient, on=on, measures=measures[draft.patient_id])


def asked_to_agree(user):
    """WarningAnswers in colleagues' drafts that wait for this user's agreement, oldest first. One query."""
    asked = WarningAnswer.objects.waiting().asked_of(user)
    return asked.select_related("session__patient", "acknowledged_by").order_by("acknowledged_at", "pk")


def _add_episodes(visits):
    """Set each visit's episode and its number: how many needling sessions the episode had before it, plus one.

    A visit without a session belongs to the patient's newest open episode.
    """
    patients = {visit.appointment.patient.person_id for visit in visits}
    newest_open = {}
    for episode in Episode.objects.open().filter(patient__in=patients):
        newest_open.setdefault(episode.patient_id, episode)
    for visit in visits:
        if visit.session is None:
            visit.episode = newest_open.get(visit.appointment.patient.person_id)
    episodes = {visit.episode.pk for visit in visits if visit.episode}
    sessions = TreatmentSession.objects.counting().with_needling().filter(episode__in=episodes)
    starts = list(sessions.values_list("episode_id", "started_at"))
    for visit in visits:
        if visit.episode:
            starts_at = visit.session.started_at if visit.session else visit.appointment.starts_at
            visit.number = 1 + sum(pk == visit.episode.pk and at < starts_at for pk, at in starts)


def _mark_next(visits, day):
    """On today's list, mark the first patient who has arrived, or else the first one expected."""
    if day != timezone.localdate():
        return
    for status in (Status.ARRIVED, Status.BOOKED):
        waiting = [visit for visit in visits if visit.can_start and visit.appointment.status == status]
        if waiting:
            waiting[0].is_next = True
            return
