"""Keep the summaries true, in the transaction that changes what they tell of."""

from contextlib import contextmanager
from itertools import groupby

from django.db import connection, transaction

from patients.models import Patient
from treatments.models import Course, CourseKey, EventSummary, SessionSummary, TreatmentSession
from treatments.outcomes.facts import event_cells, facts_of, local_month, reached, session_cells

PATIENTS_AT_A_TIME = 1000
BATCH = 2000
# Courses also count by what was needled in them.
SUMMARIES = {SessionSummary: session_cells, EventSummary: event_cells}


@contextmanager
def summarised(session):
    """Around a change to a session or to its events, in a transaction: the summaries follow it.

    Patients wait for themselves only: two sessions of one patient change one after the other.
    """
    Patient.objects.select_for_update(no_key=True).get(pk=session.patient_id)
    course = Course.objects.filter(patient=session.patient_id, episode=session.episode_id)
    first = course.values_list("first_session", flat=True).first()
    before = _cells({session.pk, first}, first)
    yield
    first_now = _refresh_course(session, course.first())
    after = _cells({session.pk, first, first_now}, first_now)
    for model, cells in after.items():
        _add(model, _difference(cells, before[model]))


def _cells(pks, first):
    """{model: {cell: numbers}} of those of the sessions that are signed."""
    facts = facts_of(TreatmentSession.objects.filter(pk__in=[pk for pk in pks if pk]))
    totals = {model: {} for model in SUMMARIES}
    _count(facts, totals, {first})
    return totals


def _count(facts, totals, firsts):
    """Add the numbers of these facts to `totals`, {model: {cell: numbers}}."""
    for model, cells_of in SUMMARIES.items():
        known = totals[model]
        for fact in facts:
            for cell, numbers in cells_of(fact, is_first=fact.pk in firsts):
                known[cell] = tuple(map(int.__add__, known[cell], numbers)) if cell in known else numbers


def _difference(after, before):
    """What to add to `before` to get `after`, without the cells that stay as they are."""
    none = (0,) * len(next(iter((after or before).values()), ()))
    added = {}
    for cell in after.keys() | before.keys():
        numbers = tuple(map(int.__sub__, after.get(cell, none), before.get(cell, none)))
        if any(numbers):
            added[cell] = numbers
    return added


def _add(model, cells):
    """Add numbers to the rows of these cells, and make those that are missing. Both engines know this statement.

    Always in the same order, so that two who add to the same rows wait for each other and never both.
    """
    if not cells:
        return
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    by_name = {field.name: connection.ops.quote_name(field.column) for field in fields}
    cell_columns = [by_name[name] for name in model.CELL]
    number_columns = [column for name, column in by_name.items() if name not in model.CELL]
    table = connection.ops.quote_name(model._meta.db_table)
    columns = [*cell_columns, *number_columns]
    sums = ", ".join(f"{column} = {table}.{column} + excluded.{column}" for column in number_columns)
    row = f"({', '.join(['%s'] * len(columns))})"
    rows = sorted(cells.items())
    with connection.cursor() as cursor:
        for part in (rows[start : start + BATCH] for start in range(0, len(rows), BATCH)):
            # Nothing but names of our own tables and columns is put together here.
            into = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * len(part))}"  # noqa: S608
            on_conflict = f"ON CONFLICT ({', '.join(cell_columns)}) DO UPDATE SET {sums}"
            cursor.execute(f"{into} {on_conflict}", [value for cell, numbers in part for value in (*cell, *numbers)])


# Courses -----------------------------------------------------------------------


def _refresh_course(session, known):
    """Write the course of a session anew; returns the key of its first session, or None."""
    sessions = TreatmentSession.objects.filter(patient=session.patient_id, episode=session.episode_id).signed()
    rows = sessions.order_by("started_at", "pk").values_list(
        "pk", "started_at", "pain_before", "practitioner", "practitioner__site__timezone"
    )
    rows = list(rows)
    if not rows:
        return None
    *_, (_, at, _, practitioner, zone) = rows
    scores = [before for _, _, before, *_ in rows]
    course = _course(session.patient_id, session.episode_id, rows[0][0], practitioner, local_month(at, zone), scores)
    course.pk = known and known.pk
    course.save()
    (fact,) = facts_of(TreatmentSession.objects.filter(pk=session.pk)) or [None]
    if fact:
        CourseKey.objects.bulk_create(_keys(course, [fact]), ignore_conflicts=True)
    return course.first_session_id


def _course(patient, episode, first, practitioner, month, scores):
    return Course(
        patient_id=patient,
        episode_id=episode,
        first_session_id=first,
        practitioner_id=practitioner,
        month=month,
        sessions=len(scores),
        pain_first=scores[0],
        # Scores of different complaints are no course.
        pain_last=scores[-1] if episode and len(scores) > 1 else None,
        reached=reached(scores) if episode else "",
    )


def _keys(course, facts):
    keys = sorted({key for fact in facts for key in fact.keys if key[0] in CourseKey.AXES})
    return [CourseKey(course=course, axis=axis, key=key) for axis, key in keys]


# Anew --------------------------------------------------------------------------


@transaction.atomic
def rebuild_summaries():
    """Throw all summaries away and make them anew from the signed sessions."""
    for model in (CourseKey, Course, *SUMMARIES):
        model.objects.all().delete()
    totals = {model: {} for model in SUMMARIES}
    for facts in _facts_by_patients():
        _count(facts, totals, firsts=_write_courses(facts))
    for model, cells in totals.items():
        _add(model, cells)


def _facts_by_patients():
    patients = list(Patient.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(patients), PATIENTS_AT_A_TIME):
        some = patients[start : start + PATIENTS_AT_A_TIME]
        yield facts_of(TreatmentSession.objects.filter(patient__gte=some[0], patient__lte=some[-1]))


def _write_courses(facts):
    """Store the courses of these facts; returns the keys of their first sessions."""
    by_course = {course: list(theirs) for course, theirs in groupby(facts, lambda fact: fact.course)}
    courses = {
        who: _course(
            *who, theirs[0].pk, theirs[-1].practitioner, theirs[-1].month, [fact.pain_before for fact in theirs]
        )
        for who, theirs in by_course.items()
    }
    Course.objects.bulk_create(courses.values(), BATCH)
    keys = (key for who, theirs in by_course.items() for key in _keys(courses[who], theirs))
    CourseKey.objects.bulk_create(keys, BATCH)
    return {course.first_session_id for course in courses.values()}
