"""Update the outcome summaries, in the transaction that changes a session or its events."""

from contextlib import contextmanager
from datetime import timedelta
from itertools import chain, groupby, islice

from django.db import connection

from patients.models import Patient
from patients.models.patient_key import person
from treatments.models import (
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
from treatments.outcomes.facts import (
    CHUNK,
    EVERYTHING,
    as_stored,
    event_cells,
    facts_of,
    first_drops,
    session_cells,
)
from treatments.outcomes.follow_ups import follow_up_rows
from treatments.outcomes.spread import event_spread_cells, spread_cells
from treatments.record.corrections import counting_value

BATCH = 2000
FACT = [field.name for field in SessionFact._meta.concrete_fields]
SUMMARIES = {SessionSummary: session_cells, EventSummary: event_cells}
# These are computed from all sessions of a patient.
SPREADS = {SpreadSummary: spread_cells, EventSpread: event_spread_cells}


@contextmanager
def summarised(session, *, by_rows=False):
    """Use it around a change to a session or its events, in a transaction. It updates the summaries afterwards.

    It locks the patient, so that changes to two sessions of one patient wait for each other, and no others do. With
    `by_rows`, what was needled may change too, so that the keys of the course are counted again.
    """
    Patient.objects.lock_people([session.patient_id])
    patient = {"patient": session.patient_id}
    known, sessions = Course.objects.filter(**patient), TreatmentSession.objects.filter(**patient)
    firsts = dict(known.select_for_update().values_list("pk", as_stored("first_session")))
    course = known.filter(episode=session.counted_episode_id).first()
    facts = {fact.pk: fact for fact in facts_of(sessions)}
    before = summary_cells(facts.values(), set(firsts.values()))
    yield
    changed = facts_of(sessions.filter(pk=session.pk))
    if not changed:
        return  # it is not signed, or without needling
    facts |= {fact.pk: fact for fact in changed}
    refreshed = _refresh_course(session, course)
    mine = changed
    if by_rows:
        CourseKey.objects.filter(course=refreshed).delete()
        mine = [fact for fact in facts.values() if fact.course == (refreshed.patient_id, refreshed.episode_id)]
    _save_keys(refreshed, mine)
    _save_facts(refreshed, changed)
    _save_follow_ups(sessions.filter(pk=session.pk))
    firsts[refreshed.pk] = refreshed.first_session_id
    _add_differences(before, summary_cells(facts.values(), set(firsts.values())), session.patient_id)


def count_follow_ups(session):
    """Update the summaries after a follow-up of a session, which the caller has locked, if no event came with it."""
    # This waits for a rebuild, which would otherwise miss the follow-up.
    course = SessionFact.objects.filter(session=session.pk).values("course")
    if Course.objects.select_for_update().filter(pk__in=course).first():
        _save_follow_ups(TreatmentSession.objects.filter(pk=session.pk))


@contextmanager
def recounted(*patients):
    """Use it around a change of which records of these patients are in the figures, or of whose they are.

    It locks the patients, and counts all of their courses again. It updates the summaries afterwards.
    """
    keys = [patient.pk for patient in patients]
    Patient.objects.lock_people(keys)
    known, sessions = Course.objects.filter(patient__in=keys), TreatmentSession.objects.filter(patient__in=keys)
    firsts = set(known.select_for_update().values_list(as_stored("first_session"), flat=True))
    before = summary_cells(facts_of(sessions), firsts)
    yield
    facts, courses = (
        facts_of(sessions),
        courses_of_sessions(sessions),
    )  # the facts before their rows with the month are deleted
    CourseKey.objects.filter(course__in=known).delete()
    SessionFact.objects.filter(course__in=known).delete()
    known.delete()
    for course in Course.objects.bulk_create(courses):
        mine = [fact for fact in facts if fact.course == (course.patient_id, course.episode_id)]
        _save_keys(course, mine)
        _save_facts(course, mine)
    _save_follow_ups(sessions)
    _add_differences(before, summary_cells(facts, {course.first_session_id for course in courses}), keys[0])


def summary_cells(facts, firsts):
    """{model: {cell: numbers}} of all Facts of a patient. `firsts` are the keys of first sessions, as stored."""
    return {model: cells_of(facts, firsts) for model, cells_of in (SUMMARIES | SPREADS).items()}


def _add_differences(before, after, patient):
    """Add what has changed between two results of summary_cells() to the rows. `patient` is a primary key."""
    slot = patient % SpreadSummary.SLOTS if connection.features.has_select_for_update else 0
    for model, cells in after.items():
        added = _difference(cells, before[model])
        add_cells(model, {(slot, *cell): numbers for cell, numbers in added.items()} if model in SPREADS else added)


def _difference(after, before):
    """{cell: numbers} to add to `before` to get `after`, without cells that do not change."""
    none = [0] * len(next(iter((after or before).values()), ()))
    added = {}
    for cell in after.keys() | before.keys():
        numbers = list(map(int.__sub__, after.get(cell, none), before.get(cell, none)))
        if any(numbers):
            added[cell] = numbers
    return added


def add_cells(model, cells):
    """Add {cell: numbers} to the rows of a summary model, and insert missing rows.

    Rows are always written in the same order, so that concurrent transactions cannot deadlock. One statement for many
    cells keeps signing fast; the ORM's bulk_create cannot add to existing values.
    """
    columns, table = columns_of(model, names_of(model)), connection.ops.quote_name(model._meta.db_table)
    cell, numbers = columns[: len(model.CELL)], columns[len(model.CELL) :]
    sums = ", ".join(f"{column} = {table}.{column} + excluded.{column}" for column in numbers)
    row, rows = f"({', '.join(['%s'] * len(columns))})", iter(sorted_rows(cells))
    with connection.cursor() as cursor:
        while part := list(islice(rows, BATCH)):
            # Only names of our own tables and columns are put together; values are passed as parameters.
            into = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * len(part))}"  # noqa: S608
            on_conflict = f"ON CONFLICT ({', '.join(cell)}) DO UPDATE SET {sums}"
            cursor.execute(f"{into} {on_conflict}", list(chain.from_iterable(part)))


def names_of(model):
    """The fields of a model's cell, then those of its numbers, in the order of `sorted_rows`."""
    return model.CELL + [f.name for f in model._meta.concrete_fields if not f.primary_key and f.name not in model.CELL]


def columns_of(model, names):
    """The quoted columns of these fields of a model."""
    return [connection.ops.quote_name(model._meta.get_field(name).column) for name in names]


def sorted_rows(cells):
    """The rows of {cell: numbers}, always in the same order."""
    return sorted((*cell, *numbers) for cell, numbers in cells.items())


# Courses -----------------------------------------------------------------------


def _sessions_of_course(session):
    return TreatmentSession.objects.filter(patient=session.patient_id).of_complaint(session.counted_episode_id)


def _refresh_course(session, known):
    """Save and return the Course of a signed session, replacing `known`."""
    (course,) = courses_of_sessions(_sessions_of_course(session))
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
    rows = [SessionFact(*fact_row(fact, course.pk)) for fact in facts]
    SessionFact.objects.bulk_create(rows, update_conflicts=True, unique_fields=["session"], update_fields=FACT[1:])


def _save_follow_ups(sessions):
    """Write the FollowUpFacts of these sessions anew."""
    FollowUpFact.objects.filter(fact__in=sessions.order_by().values("pk")).delete()
    FollowUpFact.objects.bulk_create(FollowUpFact(*row) for row in follow_up_rows(sessions))


def fact_row(fact, course):
    """The values of a SessionFact in the order of FACT. `course` is a primary key."""
    who = fact.pk, course, fact.practitioner, fact.site
    return *who, fact.month, fact.change, fact.keys[EVERYTHING].twitch, len(fact.events), fact.co_treatments


def courses_of_sessions(sessions):
    """Unsaved Courses of the signed needling sessions among these. Their keys of sessions are as stored."""
    rows = sessions.counting().signed().with_needling().with_counted_episode()
    rows = rows.annotate(person=person()).order_by("person", "counted_episode", "started_at", "pk")
    rows = rows.values_list(
        "person",
        "counted_episode",
        as_stored("pk"),
        counting_value("pain_before"),
        "practitioner",
        "context__site",
        "context__took_place_on",
        "context__patient_age",
    )
    return [_course(*who, list(theirs)) for who, theirs in groupby(rows.iterator(CHUNK), lambda row: row[:2])]


def _course(patient, episode, rows):
    _, _, first, _, *where, began_on, age = rows[0]
    *_, practitioner, site, day, _ = rows[-1]
    scores = [row[3] for row in rows]
    window_ends_on = began_on + timedelta(days=Course.WINDOW_DAYS)
    in_window = [row[3] for row in rows if row[6] <= window_ends_on]
    drops = first_drops(scores) if episode else {}
    return Course(
        patient_id=patient,
        episode_id=episode,
        first_session_id=first,
        practitioner_id=practitioner,
        site_id=site,
        month=day.replace(day=1),
        began_on=began_on,
        began_with_id=where[0],
        began_at_id=where[1],
        age=age,
        sessions=len(scores),
        window_sessions=len(in_window),
        pain_first=scores[0],
        # Without an episode, the sessions may be about different complaints, so their scores are not compared.
        pain_last=scores[-1] if episode and len(scores) > 1 else None,
        window_pain_last=in_window[-1] if episode and len(in_window) > 1 else None,
        **{f"drop_{points}": number for points, number in drops.items()},
    )
