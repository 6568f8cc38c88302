"""A clinic in which a record was entered in error shows the figures of a clinic in which it was never written."""

import random
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from patients.alerts import alerts_of
from patients.consents import consent_state
from patients.precautions import precautions_for, screening_state
from patients.services import open_episode
from tests.clinic.builders import make_appointment
from tests.patients.builders import agree, make_screening
from tests.treatments.builders import make_muscle, make_needling, make_ready, make_signed
from treatments import chart
from treatments.chart.day_list import visits_on
from treatments.chart.event_history import open_event_counts, open_events_of
from treatments.chart.last_time import history_before
from treatments.chart.progress import before_session, before_visit, due_of, progress_of, responses_of
from treatments.chart.timeline import last_visit, needlings_of, sessions_of, timeline_page
from treatments.models import AdverseEvent, Axis, Course, EventSummary, Measurement, SessionFact, SessionSummary
from treatments.outcomes.attendance import attendance_of
from treatments.outcomes.courses import courses_of
from treatments.outcomes.export.files import export_csv
from treatments.outcomes.filters import FIRST, LATER, Filters
from treatments.outcomes.measures import measurement_changes_of
from treatments.outcomes.scores import score_changes_of
from treatments.outcomes.sources import RowSource, SummarySource
from treatments.record.in_error import why_second_person
from treatments.safety import warnings_for
from treatments.safety.past_events import past_events_of
from treatments.services import (
    confirm_error_mark,
    mark_in_error,
    rebuild_summaries,
    record_event,
    record_follow_up,
    record_outcome_score,
    report_event,
    start_session,
)

pytestmark = pytest.mark.both_engines
MUSCLES = [("trapezius-upper", "Upper trapezius", "neck"), ("infraspinatus", "Infraspinatus", "shoulder")]
KINDS = ["session", "event", "follow-up", "score", "episode", "screening", "consent"]
PSEUDONYMS = 4  # the first columns of the export; they are made of random keys
AXES = [axis for axis in Axis.values if axis != Axis.SESSION]


# What each kind of record belongs to, and so is not written without.
BELONGS_TO = {"event": "session", "follow-up": "session", "score": "episode"}


def make_script(seed, wanted):
    """A list of (kind, seed, number of the record that it belongs to or None), with at least one of the wanted kind."""
    rng = random.Random(seed)
    kinds = ["episode", "session", "session", "event", "follow-up", "score", "score"]
    kinds += [rng.choice([*KINDS, "session", "event", wanted]) for _ in range(3)]
    kinds += [wanted, "session", "score"]
    script = []
    for kind in kinds:
        parents = [n for n, (of, *_) in enumerate(script) if of == BELONGS_TO.get(kind)]
        if kind == "session" and rng.random() < 0.7:  # the others are without a complaint
            parents = [n for n, (of, *_) in enumerate(script) if of == "episode"]
        script.append((kind, rng.random(), rng.choice(parents) if parents else None))
    return script


def write(script, patient, by, *, left_out=None):
    """Write the records of a script with the services; {number: record}. `left_out` and what belongs to it is not."""
    made = {}
    for number, (kind, seed, parent) in enumerate(script):
        above = made.get(parent)
        if kind in BELONGS_TO and above is None:
            continue
        rng = random.Random(seed)
        visit = None
        if kind == "session":
            visit = make_appointment(patient, by, at=timezone.now() - timedelta(days=60 - number))
        if number != left_out:
            made[number] = WRITE[kind](patient, by, number, rng, above, visit)
    return made


def _session(patient, by, number, rng, episode, visit):
    slug, name, region = rng.choice(MUSCLES)
    row = make_needling(
        make_muscle(slug, name, region=region),
        side=rng.choice(["left", "right"]),
        technique=rng.choice(["pistoning", "static"]),
        twitch=rng.choice(["yes", "no"]),
        twitch_count=None,
        depth_mm=rng.choice([8, 12, 25]),
    )
    values = {"pain_before": rng.randrange(11), "pain_after": rng.randrange(11), "plan": f"Plan {number}"}
    events = [AdverseEvent(type="bruise", grade=rng.choice(["mild", "significant"]))] * (rng.random() < 0.3)
    turn = {"kind": "rom", "unit": "degrees", "movement": "neck_rotation"}
    return make_signed(
        patient,
        by=by,
        appointment=visit,
        episode=episode,
        days_ago=60 - number,
        needlings=[row],
        events=events,
        measurements=[Measurement(**turn, before=Decimal(40), after=Decimal(40 + number))],
        **values,
    )


def _event(patient, by, number, rng, session, visit):
    grade = rng.choice(["mild", "significant", "serious"])
    event = record_event(session, by=by, type=rng.choice(["fainting", "itching"]), grade=grade)
    if rng.random() < 0.5:
        due = timezone.localdate() + timedelta(days=2)
        said = {"action": "Rest", "outcome": "Better", "follow_up_due_on": due}
        report_event(event, by=by, number=1, grade="significant", **said)
    return event


def _follow_up(patient, by, number, rng, session, visit):
    events = [AdverseEvent(type="headache", grade="significant")] * (rng.random() < 0.6)
    return record_follow_up(session, by=by, contacted_at=timezone.now(), pain=rng.randrange(11), events=events)


def _score(patient, by, number, rng, episode, visit):
    on = timezone.localdate() - timedelta(days=60 - number)
    return record_outcome_score(episode, by=by, measure="ndi", value=rng.randrange(101), scored_on=on)


def _episode(patient, by, number, rng, above, visit):
    code = rng.choice(["M54.2", "M54.5"])
    return open_episode(patient, by=by, complaint=f"Complaint {number}", region="neck", diagnosis_code=code)


WRITE = {
    "session": _session,
    "event": _event,
    "follow-up": _follow_up,
    "score": _score,
    "episode": _episode,
    "screening": lambda patient, by, *_: make_screening(patient, by=by),
    "consent": lambda patient, by, number, *_: agree(patient, by=by, scope=["neck", "shoulder"]),
}


# Every reader -----------------------------------------------------------------------------------


def figures(patient, by):
    """{name: what it shows} of every chart, figure, list, warning and set-up about the patient and of the clinic."""
    return dict(_of_clinic()) | dict(_of_patient(patient, by)) | dict(_of_next_session(patient, by))


def _of_clinic():
    kinds = [{}, {"visit": FIRST}, {"visit": LATER}, {"diagnosis": "who:M54.2"}, {"technique": "static"}]
    for chosen in kinds:
        filters = Filters(**chosen)
        sources = [RowSource(filters)] if filters.diagnosis else [RowSource(filters), SummarySource(filters)]
        for source in sources:
            name = f"{type(source).__name__} {chosen}"
            yield f"{name} cells", source.cells()
            yield f"{name} events", source.events()
            yield from ((f"{name} by {axis}", source.by(axis)) for axis in AXES)
        yield f"courses {chosen}", courses_of(filters)
        yield f"scores {chosen}", score_changes_of(filters)
        yield f"measurements {chosen}", measurement_changes_of(filters)
        sessions = filters.sessions()
        yield f"sessions {chosen}", sorted(sessions.values_list("plan", flat=True))
        yield f"export {chosen}", [[bool(row[2]), *row[PSEUDONYMS:]] for row in _exported(sessions)]
    yield "attendance", attendance_of(Filters())
    yield "open events", open_event_counts()


def _exported(sessions):
    return [line.split(",") for line in "".join(export_csv(sessions, identified=True)).splitlines()]


def _of_patient(patient, by):
    today = timezone.localdate()
    episodes = list(patient.episodes.counting().order_by("complaint"))
    for episode in [None, *episodes]:
        sessions, rows = sessions_of(patient, episode).counting(), needlings_of(patient, episode)
        yield f"pain course of {episode}", [score[1:] for score in chart.pain_scores_of(sessions)]
        yield f"heat map of {episode}", chart.heat_map(rows)
        yield f"responses of {episode}", responses_of(rows)
        newest = timeline_page(patient, sessions_of(patient, episode)).entries
        known = {"heats": chart.heat_map(rows), "scores": chart.pain_scores_of(sessions), "thresholds": []}
        due = due_of(patient, past_events_of(patient))
        before = before_visit(patient, episode, last=last_visit(sessions, newest), due=due, **known)
        yield f"before the next visit of {episode}", _as_text(before)
    for episode in episodes:
        progress = progress_of(episode)
        yield f"progress of {episode}", (progress.within, progress.measured, progress.reassessment)
        courses = [[(point.day, point.value) for point in course.points] for course, _ in progress.measures]
        yield f"scores of {episode}", courses
    yield "precautions", [precaution.label for precaution in precautions_for(patient, on=today)]
    state = consent_state(patient, on=today, regions=["leg"])
    yield "consent", (state.is_valid, state.uncovered)
    yield "screened on", timezone.localdate(screening_state(patient, on=today).screening.taken_at)
    yield "past events", sorted((event.type, event.grade, event.is_open) for event in past_events_of(patient))
    yield "alerts", sorted(alert.label for alert in alerts_of(patient))
    yield "list of open events", sorted(event.state_text for event in open_events_of(by.practitioner))
    days = sorted({timezone.localdate(visit.starts_at) for visit in patient.appointments.all()})
    visits = [visit for day in days for visit in visits_on(day, by.practitioner)]
    yield "day list", [(visit.session and visit.session.plan, visit.appointment.status) for visit in visits]
    yield "numbers in the day list", [visit.number for visit in visits if visit.session]


def _of_next_session(patient, by):
    draft = start_session(patient, by=by, session_id=uuid.uuid4())
    rows = list(draft.needlings.select_related("muscle"))
    yield "set-up", (draft.copied_from and draft.copied_from.plan, [(str(row), row.technique) for row in rows])
    history = history_before(draft)
    yield "last time", (history.last and history.last.plan, [str(row) for row in history.last_rows])
    before = before_session(draft, past_events_of(patient))
    yield "before the session", _as_text(before)
    yield "last times", {key: row.session.plan for key, row in history.last_times.items()}
    yield "complaint", draft.episode and draft.episode.complaint
    warned = warnings_for(draft, rows, on=timezone.localdate())
    yield "warnings", sorted((warning.level, warning.title, warning.sentence) for warning in warned)


def _as_text(before):
    """A BeforeVisit without keys, which differ from one world to the next."""
    last = before.last and (
        before.last.session.plan,
        sorted(event.state_text for event in [*before.last.reactions, *before.last.later]),
        sorted((contact.follow_up.pain, len(contact.events)) for contact in before.last.contacts),
    )
    outcomes = [(course.name, [point[:2] for point in course.points]) for course in before.outcomes]
    return last, before.helped, outcomes, sorted(item.text for item in before.due)


def in_a_world_of_its_own(do):
    """The result of `do`; what it wrote is gone afterwards."""
    with transaction.atomic():
        result = do()
        transaction.set_rollback(True)
    return result


def summaries():
    """What the summaries hold, without empty cells and without keys of their own."""
    cells = [
        list(model.objects.order_by(*model.CELL).values(*_names(model))) for model in (SessionSummary, EventSummary)
    ]
    courses = Course.objects.order_by("first_session").values_list(
        "patient", "episode", "sessions", "pain_last", "month"
    )
    facts = SessionFact.objects.order_by("session").values_list("session", "course__first_session", "change", "events")
    return [[cell for cell in of if cell["sessions"]] for of in cells], list(courses), list(facts)


def _names(model):
    return [field.name for field in model._meta.concrete_fields if not field.primary_key]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", KINDS)
def test_every_figure_is_as_if_a_record_in_error_had_never_been_written(kind, seed, physiotherapist, patient, admin):
    make_ready(patient, by=physiotherapist)
    for slug, name, region in MUSCLES:  # before the worlds, which then refer to it by the same keys
        make_muscle(slug, name, region=region)
    script = make_script(f"{kind} {seed}", kind)
    number = random.Random(seed).choice([n for n, (of, *_) in enumerate(script) if of == kind])

    def marked():
        record = write(script, patient, physiotherapist)[number]
        asked = admin if why_second_person(record) else None
        mark = mark_in_error(record, by=physiotherapist, reason="Wrong patient", asked=asked, proof="password")
        if mark.is_waiting:
            confirm_error_mark(mark, by=admin, proof="password")
        counted = summaries()
        rebuild_summaries()
        assert summaries() == counted
        return figures(patient, physiotherapist)

    def never_written():
        write(script, patient, physiotherapist, left_out=number)
        return figures(patient, physiotherapist)

    def with_the_record():
        write(script, patient, physiotherapist)
        return figures(patient, physiotherapist)

    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        after, without, before = map(in_a_world_of_its_own, (marked, never_written, with_the_record))

    assert {name: (after[name], without.get(name)) for name in after if after[name] != without.get(name)} == {}
    assert after.keys() == without.keys()
    if kind in ("session", "score", "event"):  # the comparison notices the record while it counts
        assert before != without
