"""Update the outcome summaries, in the transaction that changes a session or its events."""

import gc
import io
from collections import defaultdict
from contextlib import contextmanager
from itertools import chain, groupby, islice
from operator import attrgetter

from django.db import connection, transaction
from django.db.models import Max, Min

from patients.models import Patient
from treatments.models import (
    AdverseEvent,
    Course,
    CourseKey,
    EventSummary,
    SessionContext,
    SessionFact,
    SessionSummary,
    TreatmentSession,
)
from treatments.outcomes.facts import (
    CHUNK,
    EVERYTHING,
    as_stored,
    event_cells,
    events_of,
    facts_of,
    first_drops,
    session_cells,
)
from treatments.outcomes.filters import Filters, month_after
from treatments.record.corrections import counting_value

from .contexts import derive_missing_contexts

BATCH = 2000
FACT = [field.name for field in SessionFact._meta.concrete_fields]
SUMMARIES = {SessionSummary: session_cells, EventSummary: event_cells}


@contextmanager
def summarised(session, *, by_rows=False):
    """Use it around a change to a session or its events, in a transaction. It updates the summaries afterwards.

    It locks the patient, so that changes to two sessions of one patient wait for each other, and no others do. With
    `by_rows`, what was needled may change too, so that the keys of the course are counted again.
    """
    Patient.objects.select_for_update(no_key=True).get(pk=session.patient_id)
    course = Course.objects.filter(patient=session.patient_id, episode=session.counted_episode_id)
    first = course.select_for_update().values_list(as_stored("first_session"), flat=True).first()
    before = _cells(_facts(session.pk, first), {first})
    yield
    if (refreshed := _refresh_course(session, course.first())) is None:
        return
    facts = _facts(session.pk, first, refreshed.first_session_id)
    if by_rows:
        CourseKey.objects.filter(course=refreshed).delete()
        _save_keys(refreshed, _facts(*_sessions_of_course(session).values_list("pk", flat=True)))
    else:
        _save_keys(refreshed, facts)
    _save_facts(refreshed, facts)
    for model, cells in _cells(facts, {refreshed.first_session_id}).items():
        _add(model, _difference(cells, before[model]))


@contextmanager
def recounted(patient):
    """Use it around a change that takes records of a patient out of all figures. It updates the summaries afterwards.

    It locks the patient, and counts all of their courses again.
    """
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    known, sessions = Course.objects.filter(patient=patient), TreatmentSession.objects.filter(patient=patient)
    firsts = set(known.select_for_update().values_list(as_stored("first_session"), flat=True))
    before = _cells(facts_of(sessions), firsts)
    yield
    facts, courses = facts_of(sessions), _courses_of(sessions)  # the facts before their rows with the month are deleted
    CourseKey.objects.filter(course__in=known).delete()
    SessionFact.objects.filter(course__in=known).delete()
    known.delete()
    for course in Course.objects.bulk_create(courses):
        mine = [fact for fact in facts if fact.course == (course.patient_id, course.episode_id)]
        _save_keys(course, mine)
        _save_facts(course, mine)
    for model, cells in _cells(facts, {course.first_session_id for course in courses}).items():
        _add(model, _difference(cells, before[model]))


def _facts(*keys):
    """The Facts of the signed ones of the sessions with these keys; None is ignored."""
    return facts_of(TreatmentSession.objects.filter(pk__in={key for key in keys if key}))


def _cells(facts, firsts):
    """{model: {cell: numbers}} of Facts of a patient. `firsts` are the keys of first sessions of courses, as stored."""
    return {model: cells_of(facts, firsts) for model, cells_of in SUMMARIES.items()}


def _difference(after, before):
    """{cell: numbers} to add to `before` to get `after`, without cells that do not change."""
    none = [0] * len(next(iter((after or before).values()), ()))
    added = {}
    for cell in after.keys() | before.keys():
        numbers = list(map(int.__sub__, after.get(cell, none), before.get(cell, none)))
        if any(numbers):
            added[cell] = numbers
    return added


def _add(model, cells):
    """Add {cell: numbers} to the rows of a summary model, and insert missing rows.

    Rows are always written in the same order, so that concurrent transactions cannot deadlock. One statement for many
    cells keeps signing fast; the ORM's bulk_create cannot add to existing values.
    """
    columns, table = _columns(model, _names(model)), connection.ops.quote_name(model._meta.db_table)
    cell, numbers = columns[: len(model.CELL)], columns[len(model.CELL) :]
    sums = ", ".join(f"{column} = {table}.{column} + excluded.{column}" for column in numbers)
    row, rows = f"({', '.join(['%s'] * len(columns))})", iter(_rows(cells))
    with connection.cursor() as cursor:
        while part := list(islice(rows, BATCH)):
            # Only names of our own tables and columns are put together; values are passed as parameters.
            into = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * len(part))}"  # noqa: S608
            on_conflict = f"ON CONFLICT ({', '.join(cell)}) DO UPDATE SET {sums}"
            cursor.execute(f"{into} {on_conflict}", list(chain.from_iterable(part)))


def _names(model):
    """The fields of a model's cell, then those of its numbers, in the order of `_rows`."""
    return model.CELL + [f.name for f in model._meta.concrete_fields if not f.primary_key and f.name not in model.CELL]


def _columns(model, names):
    return [connection.ops.quote_name(model._meta.get_field(name).column) for name in names]


def _rows(cells):
    return sorted((*cell, *numbers) for cell, numbers in cells.items())


# Courses -----------------------------------------------------------------------


def _sessions_of_course(session):
    return TreatmentSession.objects.filter(patient=session.patient_id).of_complaint(session.counted_episode_id)


def _refresh_course(session, known):
    """Save and return the Course of a session, replacing `known`; None if none of its needling sessions is signed."""
    (course,) = _courses_of(_sessions_of_course(session)) or [None]
    if course:
        course.pk = known and known.pk
        course.save()
    return course


def _save_keys(course, facts):
    """Add what was needled in these sessions to the keys of the course."""
    keys = {key for fact in facts for key in fact.keys if key[0] in CourseKey.AXES}
    CourseKey.objects.bulk_create(
        (CourseKey(course=course, axis=axis, key=key) for axis, key in sorted(keys)), ignore_conflicts=True
    )


def _save_facts(course, facts):
    rows = [SessionFact(*_fact_row(fact, course.pk)) for fact in facts]
    SessionFact.objects.bulk_create(rows, update_conflicts=True, unique_fields=["session"], update_fields=FACT[1:])


def _fact_row(fact, course):
    """The values of a SessionFact in the order of FACT. `course` is a primary key."""
    who = fact.pk, course, fact.practitioner, fact.site
    return *who, fact.month, fact.change, fact.keys[EVERYTHING].twitch, len(fact.events)


def _courses_of(sessions):
    """Unsaved Courses of the signed needling sessions among these. Their keys of sessions are as stored."""
    rows = sessions.counting().signed().with_needling().with_counted_episode()
    rows = rows.order_by("patient", "counted_episode", "started_at", "pk")
    rows = rows.values_list(
        "patient",
        "counted_episode",
        as_stored("pk"),
        counting_value("pain_before"),
        "practitioner",
        "context__site",
        "context__took_place_on",
    )
    return [_course(*who, list(theirs)) for who, theirs in groupby(rows.iterator(CHUNK), lambda row: row[:2])]


def _course(patient, episode, rows):
    first = rows[0][2]
    *_, practitioner, site, day = rows[-1]
    scores = [pain for _, _, _, pain, *_ in rows]
    drops = first_drops(scores) if episode else {}
    return Course(
        patient_id=patient,
        episode_id=episode,
        first_session_id=first,
        practitioner_id=practitioner,
        site_id=site,
        month=day.replace(day=1),
        sessions=len(scores),
        pain_first=scores[0],
        # Without an episode, the sessions may be about different complaints, so their scores are not compared.
        pain_last=scores[-1] if episode and len(scores) > 1 else None,
        **{f"drop_{points}": number for points, number in drops.items()},
    )


# Rebuilding --------------------------------------------------------------------------


@contextmanager
def _without_collector():
    """Switch the garbage collector off: millions of rows have no reference cycles, and it takes a tenth of the time.

    The target is 180 s for a million sessions (docs/outcomes-performance.md).
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@_without_collector()
@transaction.atomic
def rebuild_summaries():
    """Delete all summaries and build them again from the signed sessions, month by month.

    Signing blocks until this ends; outcome pages can still be read. Sessions that other software has written get their
    context first.
    """
    _lock_courses()
    derive_missing_contexts()
    for model in (CourseKey, SessionFact, Course, *SUMMARIES):
        model.objects.all().delete()
    names = [field.attname for field in Course._meta.concrete_fields if not field.primary_key]
    _load(Course, names, map(attrgetter(*names), _courses_of(TreatmentSession.objects.all())))
    rows = Course.objects.values_list("patient", "episode", "pk", as_stored("first_session"))
    courses, firsts = {}, set()
    for patient, episode, pk, first in rows.iterator(CHUNK):
        courses[patient, episode] = pk
        firsts.add(first)
    needled = defaultdict(set)
    for facts in _facts_by_month():
        # A cell has one month, so it is in one batch only.
        for model, cells_of in SUMMARIES.items():
            _load(model, _names(model), _rows(cells_of(facts, firsts)))
        _load(SessionFact, FACT, (_fact_row(fact, courses[fact.course]) for fact in facts))
        for fact in facts:
            course = courses[fact.course]
            for key in fact.keys:
                if key[0] in CourseKey.AXES:
                    needled[key].add(course)
    rows = ((*key, course) for key in sorted(needled) for course in sorted(needled[key]))
    _load(CourseKey, ["axis", "key", "course"], rows)


def _lock_courses():
    """Make signing wait, because it locks a course first. SQLite has only one writer at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {connection.ops.quote_name(Course._meta.db_table)} IN EXCLUSIVE MODE")


def _load(model, names, rows):
    """Insert rows of plain values without the ORM, which would take minutes to create a million model instances.

    The target is 180 s for a million sessions (docs/outcomes-performance.md). Keys and numbers need no escaping for
    COPY; None is written as the text None and read as NULL.
    """
    table, columns = connection.ops.quote_name(model._meta.db_table), ", ".join(_columns(model, names))
    rows = iter(rows)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            places = ", ".join(["%s"] * len(names))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)  # noqa: S608
            return
        while part := list(islice(rows, BATCH * 10)):
            lines = io.StringIO("".join("\t".join(map(str, row)) + "\n" for row in part))
            cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN WITH (NULL 'None')", lines)


def _facts_by_month():
    """Yield the list of Facts of each month."""
    span = SessionContext.objects.aggregate(first=Min("took_place_on"), last=Max("took_place_on"))
    events = events_of(AdverseEvent.objects.counting())
    month = span["first"] and span["first"].replace(day=1)
    while month and month <= span["last"]:
        of_month = Filters(since=month, until=month).days("context__took_place_on")
        yield facts_of(TreatmentSession.objects.filter(of_month), month, events)
        month = month_after(month)
