"""The summaries say what the rows say, for every filter and question, after signing as after a rebuild."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
import time_machine
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection
from django.db.models import Max, Min
from django.utils import timezone

from clinic.models import Site
from patients.services import open_episode
from tests import people
from tests.treatments.builders import make_draft, make_muscle, make_needling, make_ready, make_signed
from treatments.models import (
    AdverseEvent,
    Axis,
    Course,
    CourseKey,
    EventSpread,
    EventSummary,
    FollowUpFact,
    SessionFact,
    SessionSummary,
    SpreadSummary,
    TreatmentSession,
)
from treatments.outcomes.facts import facts_of, first_drops
from treatments.outcomes.filters import FIRST, LATER, Filters
from treatments.outcomes.sources import RowSource, SummarySource, source_of
from treatments.outcomes.spread import Spread
from treatments.services import rebuild_summaries, record_event, record_follow_up, report_event, sign_session

pytestmark = pytest.mark.both_engines

AXES = [axis for axis in Axis.values if axis != Axis.SESSION]


def same(filters):
    slow, quick = RowSource(filters), SummarySource(filters)
    assert quick.cells() == slow.cells()
    assert quick.events() == slow.events()
    for axis in AXES:
        assert quick.by(axis) == slow.by(axis), axis


def same_patients(filters):
    slow, quick = RowSource(filters), SummarySource(filters)
    for axis in AXES:
        assert _without_twitch(quick.spread_by(axis)) == slow.spread_by(axis), axis
    assert quick.spread(twitch=True) == slow.spread(twitch=True)
    assert quick.event_patients() == slow.event_patients()
    for line in ("practitioner", "month"):
        assert _without_twitch(quick.spread(line)) == slow.spread(line), line


def _without_twitch(spreads):
    """The Spreads as rows give them for lines of tables."""
    return {key: Spread(*spread[:3]) for key, spread in spreads.items()}


def periods():
    months = SessionSummary.objects.aggregate(first=Min("month"), last=Max("month"))
    return [
        {},
        {"since": months["last"]},
        {"until": months["first"]},
        {"since": months["first"], "until": months["last"]},
    ]


def test_the_quick_way_is_the_slow_way(history):
    muscle = make_muscle()
    practitioner = history[0].practitioner_id
    who = [{}, {"practitioner": practitioner}, {"site": Site.objects.get(name="Far").pk}]
    what = [{}, {"muscle": muscle.pk}, {"region": "shoulder"}, {"technique": "static"}]
    what += [{"muscle": muscle.pk, "technique": "static"}, {"region": "shoulder", "technique": "static"}]
    for period, person, place, visit in product(periods(), who, what, ["", FIRST, LATER]):
        same(Filters(**period, **person, **place, visit=visit))


def test_the_summaries_count_the_patients_of_the_rows(history):
    practitioner, far = {"practitioner": history[0].practitioner_id}, {"site": Site.objects.get(name="Far").pk}
    what = {"region": "shoulder", "technique": "static"}
    first = {"until": SessionSummary.objects.aggregate(first=Min("month"))["first"]}
    for choice in [
        {},
        practitioner,
        far,
        practitioner | far,
        what,
        {"muscle": make_muscle().pk} | far,
        first,
        what | first,
    ]:
        same_patients(Filters(**choice))


def test_what_the_summaries_cannot_say_is_read_from_the_rows(history):
    muscle = make_muscle().pk
    assert isinstance(source_of(Filters(diagnosis="who:M54.2")), RowSource)
    assert isinstance(source_of(Filters(muscle=muscle, region="shoulder", technique="static")), RowSource)
    assert isinstance(source_of(Filters(muscle=muscle, region="neck")), SummarySource)
    assert source_of(Filters(muscle=muscle, region="shoulder")).cells() == {}


def test_rows_count_what_the_sessions_say(history):
    """The slow way itself, against a count in plain Python."""
    filters = Filters(technique="static", diagnosis="who:M54.2", visit=LATER)
    sessions = []
    firsts = set(Course.objects.values_list("first_session", flat=True))
    for session in TreatmentSession.objects.signed():
        done = session.needlings.filter(insertions__isnull=False, technique="static")
        code = session.episode.diagnosis_code if session.episode else ""
        if done and code == "M54.2" and session.pk not in firsts:
            sessions.append((session, done))

    found = list(RowSource(filters).cells().values())

    assert sessions
    assert sum(sums.sessions for sums in found) == len(sessions)
    assert sum(sums.change for sums in found) == sum(session.pain_change for session, _ in sessions)
    assert sum(sums.change_squared for sums in found) == sum(session.pain_change**2 for session, _ in sessions)
    assert sum(sums.events for sums in found) == sum(session.events.count() for session, _ in sessions)
    assert sum(sums.sessions_with_event for sums in found) == sum(session.events.exists() for session, _ in sessions)
    twitched = [session for session, done in sessions if any(row.twitch == "yes" for row in done)]
    assert sum(sums.twitch for sums in found) == len(twitched)
    depths = RowSource(filters).by(Axis.DEPTH)
    of_ten = [s for s, done in sessions if any(row.depth_mm and 10 <= row.depth_mm < 20 for row in done)]
    assert depths["10"].sessions == len(of_ten)
    assert depths["10"].change == sum(session.pain_change for session in of_ten)


# Kept with every signature ------------------------------------------------------------


def everything():
    """All summaries, without their keys."""
    found = {}
    for model in (SessionSummary, EventSummary, SpreadSummary, EventSpread, SessionFact, FollowUpFact, Course):
        fields = [f.name for f in model._meta.concrete_fields if f.name not in ("id", "course", "slot")]
        cell = [name for name in fields if name in getattr(model, "CELL", fields)]
        sums = defaultdict(Counter)
        for row in model.objects.values(*fields):
            sums[tuple(str(row.pop(name)) for name in cell)].update(row)  # over the slots
        found[model] = {key: numbers for key, numbers in sums.items() if not numbers or any(numbers.values())}
    courses = SessionFact.objects.values_list("session", "course__patient", "course__episode")
    keys = CourseKey.objects.values_list("course__patient", "course__episode", "axis", "key")
    return found | {"courses": sorted(map(str, courses)), CourseKey: sorted(map(str, keys))}


def test_signing_keeps_what_a_rebuild_would_make(patient, front_desk, physiotherapist, other_physiotherapist):
    make_ready(patient, by=physiotherapist)
    episode = open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")
    other = make_muscle("infraspinatus", "Infraspinatus", region="shoulder")
    for days_ago, by, pain, row in [
        (40, physiotherapist, 6, {}),
        (50, other_physiotherapist, 8, {"twitch": "no", "twitch_count": None}),  # signed later, and the first now
        (2, physiotherapist, 3, {"technique": "static", "depth_mm": 31}),
    ]:
        rows = [make_needling(make_muscle(), **row), make_needling(other, twitch="not_sought", twitch_count=None)]
        faint = AdverseEvent(type="fainting", grade="significant")
        make_signed(
            patient, by=by, episode=episode, days_ago=days_ago, pain_before=pain, needlings=rows, events=[faint]
        )
    other_patient = people.make_patient(by=front_desk, given_name="Tomasz")
    alone = make_signed(other_patient, by=physiotherapist, days_ago=9)
    event = record_event(alone, by=physiotherapist, type="bruise", grade="mild")
    for hours, heard in {30: {"events": [AdverseEvent(type="bleed", grade="mild")]}, 50: {"pain": 2}}.items():
        record_follow_up(alone, by=physiotherapist, contacted_at=alone.started_at + timedelta(hours=hours), **heard)
    report_event(
        event,
        by=physiotherapist,
        number=1,
        grade="significant",
        onset_at=timezone.now(),
        action="Called",
        outcome="Well",
        is_closed=True,
    )
    kept = everything()
    rebuild_summaries()

    assert kept == everything()
    assert Course.objects.get(episode=episode).pain_first == 8
    same(Filters())
    same(Filters(visit=LATER))
    same_patients(Filters())


def test_who_signs_does_not_wait_for_others_who_sign(patient, front_desk, physiotherapist):
    other_patient = people.make_patient(by=front_desk, given_name="Tomasz")
    for one in (patient, other_patient):
        make_signed(one, by=physiotherapist)

    rows = SpreadSummary.objects.filter(axis=Axis.SESSION, scope="", patients__gt=0)
    # Each writes its own row on PostgreSQL. SQLite has one writer at a time anyway.
    assert rows.count() == (2 if connection.vendor == "postgresql" else 1)
    assert SummarySource(Filters()).spread()[()].patients == 2


def test_an_event_counts_in_the_month_of_its_session_when_the_clock_of_the_site_has_changed(patient, physiotherapist):
    late = datetime(2026, 10, 31, 22, tzinfo=UTC)
    with time_machine.travel(late + timedelta(hours=1)):
        signed = make_signed(patient, by=physiotherapist, started_at=late)
        Site.objects.update(timezone="Australia/Sydney")

        record_event(signed, by=physiotherapist, type="bruise", grade="mild")

    cells = SessionSummary.objects.filter(axis=Axis.SESSION, is_first=False)
    assert set(cells.values_list("month", "sessions", "events")) == {(date(2026, 10, 1), 1, 1)}


def test_a_migration_counts_what_was_signed_before_there_were_summaries(patient, physiotherapist):
    for days in (40, 9):
        make_signed(patient, by=physiotherapist, days_ago=days)
    kept = everything()
    for model in (
        CourseKey,
        FollowUpFact,
        SessionFact,
        Course,
        SessionSummary,
        EventSummary,
        SpreadSummary,
        EventSpread,
    ):
        model.objects.all().delete()

    emit_post_migrate_signal(verbosity=0, interactive=False, db="default", plan=[])
    assert not SessionFact.objects.exists()
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default", plan=["a migration"])

    assert kept == everything()


def test_a_later_event_of_a_draft_counts_when_it_is_signed(patient, physiotherapist):
    draft = make_draft(patient, by=physiotherapist)
    record_event(draft, by=physiotherapist, type="bruise", grade="mild")
    assert not SessionSummary.objects.exists()

    sign_session(draft, by=physiotherapist, proof="PIN")

    assert SummarySource(Filters()).events() == {"bruise": (1, 1), "mild": (1, 1)}


# Courses -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scores", "drops"),
    [
        ([8, 7, 7, 5], {1: 2, 2: 4, 3: 4}),
        ([8], {}),
        ([3, 5, 4], {}),
        ([6, 8, 5, 6, 0], {1: 3, 2: 5, 3: 5, 4: 5, 5: 5, 6: 5}),
        ([10, 0], dict.fromkeys(Course.DROPS, 2)),
    ],
)
def test_a_course_remembers_when_pain_had_fallen_so_far(scores, drops):
    assert first_drops(scores) == drops


def test_facts_are_of_signed_sessions_only(patient, physiotherapist):
    make_draft(patient, by=physiotherapist)
    assert facts_of(TreatmentSession.objects.all()) == []
