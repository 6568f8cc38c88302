"""What needling has caused in a patient so far: adverse events as their latest reports describe them. Only reads."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format

from patients.models.patient_key import person
from treatments.models import AdverseEvent, EventReport

Type, Grade, Causality = AdverseEvent.Type, AdverseEvent.Grade, EventReport.Causality


@dataclass(frozen=True)
class Place:
    """Where one row of the session was needled."""

    needling_id: UUID  # of the first row, if an amendment has corrected it
    muscle: str  # the slug in the catalogue
    name: str
    region: str  # a value of BodyRegion
    side: str
    is_corrected: bool = False  # an amendment changed the muscle or the side, or added the row

    @property
    def title(self):
        """For example "left infraspinatus, corrected"."""
        return f"{self.side} {self.name.lower()}{', corrected' if self.is_corrected else ''}"


@dataclass
class PastEvent:
    """An adverse event of an earlier session.

    `grade` is that of the latest report. But an event that ever was serious counts as serious until it is closed, which
    takes a second clinician; `lowered_to` is then what the latest report says. `places` are the row that it is about,
    or all rows of its session where nobody has said which row, as corrected.
    """

    id: UUID
    patient_id: int  # of the record that the session belongs to
    person_id: int  # of the record that stands for the patient, after a merge
    session_id: UUID
    session_started_at: datetime
    recorded_at: datetime
    type: str
    grade: str
    began_at: datetime | None
    is_open: bool
    serious_since: datetime | None = None  # when it was first recorded as serious
    lowered_to: str = ""
    causality: str = ""
    places: list[Place] = field(default_factory=list)

    @property
    def is_grave(self):
        return self.grade in AdverseEvent.MUST_BE_REPORTED

    @property
    def was_serious(self):
        return self.serious_since is not None

    @property
    def is_serious(self):
        return self.grade == Grade.SERIOUS

    @property
    def is_reaction(self):
        """Whether it may have come from the needling. An open event always may."""
        return self.is_open or self.causality != Causality.UNLIKELY

    @property
    def label(self):
        return Type(self.type).label

    @property
    def on(self) -> date:
        return timezone.localdate(self.began_at or self.session_started_at)

    @property
    def session_day(self) -> date:
        return timezone.localdate(self.session_started_at)

    @property
    def title(self):
        """For example "Pneumothorax 26 Nov 2026, open"."""
        return f"{self.label} {date_format(self.on, 'j M Y')}{', open' if self.is_open else ''}"


def past_events_of(patient):
    """The PastEvents of a patient in the order in which they were recorded. One query."""
    return past_events_by_patient([patient])[patient.pk]


def past_events_by_patient(patients):
    """{patient id: [PastEvent, ...]} for a list of patients, in the order in which they were recorded. One query."""
    found = _by_patient([patient.pk for patient in patients])
    return {patient.pk: found.get(patient.person_id, []) for patient in patients}


def past_events_among(patients):
    """{person id: [PastEvent, ...]} for a queryset of patients, without those who have none. One query."""
    return _by_patient(patients)


def known_before(session, events, *, on):
    """The PastEvents that count at this session: of earlier sessions, and recorded by the end of the day `on`.

    Its own reactions are on its page already, and what came after it could not be known.
    """
    return [
        event
        for event in events
        if event.session_id != session.pk
        and event.session_started_at <= session.started_at
        and timezone.localdate(event.recorded_at) <= on
    ]


def _by_patient(patients):
    found, places, rows_of_events, first_rows, signed_places = {}, {}, {}, {}, {}
    rows = list(_rows(patients))
    replaced = {row["session__needlings__replaces_id"] for row in rows}
    for row in rows:
        event = found.get(row["pk"])
        if event is None:
            event = found[row["pk"]] = _first_recorded(row)
        if row["reports__number"] is not None:
            _follow(event, row)
        if row_id := row["reports__needling_id"] or row["needling_id"]:
            rows_of_events[event.id] = row_id
        if pk := row["session__needlings__pk"]:
            first_rows[pk] = row["session__needlings__original_id"] or pk
            if row["session__needlings__amendment_id"] is None:
                signed_places[pk] = (row["session__needlings__muscle__slug"], row["session__needlings__side"])
        if pk and pk not in replaced and not row["session__needlings__did_not_happen"]:
            places.setdefault(event.id, {})[first_rows[pk]] = row
    by_patient = {}
    for event in found.values():
        of_session = {first: _place(row, first, signed_places) for first, row in places.get(event.id, {}).items()}
        one_row = of_session.get(first_rows.get(rows_of_events.get(event.id)))
        event.places = [one_row] if one_row else list(of_session.values())
        if event.is_reaction:
            by_patient.setdefault(event.person_id, []).append(event)
    return by_patient


def _rows(patients):
    """A row for each report of each event and each needling of its session: a patient has few events."""
    events = AdverseEvent.objects.counting().filter(session__patient__in=patients)
    order = ["recorded_at", "pk", "reports__number", "session__needlings__sort_order"]
    return (
        events.annotate(person=person("session__patient"))
        .order_by(*order)
        .values(
            "person",
            *"pk session_id session__patient_id session__started_at".split(),
            *"recorded_at type grade onset_at needling_id".split(),
            *"reports__number reports__recorded_at reports__grade reports__onset_at reports__is_closed".split(),
            *"reports__causality reports__needling_id".split(),
            *"session__needlings__pk session__needlings__side session__needlings__muscle__slug".split(),
            *"session__needlings__muscle__name_en session__needlings__muscle__display_name".split(),
            "session__needlings__muscle__region",
            *"session__needlings__amendment_id session__needlings__original_id".split(),
            *"session__needlings__replaces_id session__needlings__did_not_happen".split(),
        )
    )


def _first_recorded(row):
    return PastEvent(
        id=row["pk"],
        patient_id=row["session__patient_id"],
        person_id=row["person"],
        session_id=row["session_id"],
        session_started_at=row["session__started_at"],
        recorded_at=row["recorded_at"],
        type=row["type"],
        grade=row["grade"],
        began_at=row["onset_at"],
        is_open=row["grade"] in AdverseEvent.MUST_BE_REPORTED,
        serious_since=row["recorded_at"] if row["grade"] == Grade.SERIOUS else None,
    )


def _follow(event, row):
    """What a report says: reports are read in their order, so the latest one stands."""
    event.is_open = not row["reports__is_closed"]
    if row["reports__grade"] == Grade.SERIOUS:
        event.serious_since = event.serious_since or row["reports__recorded_at"]
    counts_as_serious = event.is_open and event.was_serious
    event.grade = Grade.SERIOUS if counts_as_serious else row["reports__grade"]
    event.lowered_to = row["reports__grade"] if counts_as_serious and row["reports__grade"] != Grade.SERIOUS else ""
    event.began_at = row["reports__onset_at"] or row["onset_at"]
    event.causality = row["reports__causality"]


def _place(row, first_id, signed_places):
    muscle, side = row["session__needlings__muscle__slug"], row["session__needlings__side"]
    return Place(
        needling_id=first_id,
        muscle=muscle,
        name=row["session__needlings__muscle__display_name"] or row["session__needlings__muscle__name_en"],
        region=row["session__needlings__muscle__region"],
        side=side,
        is_corrected=signed_places.get(first_id) != (muscle, side),
    )
