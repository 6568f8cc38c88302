"""Delete the outcome summaries and build them again from the signed sessions."""

import gc
import io
from collections import defaultdict
from contextlib import contextmanager
from itertools import islice
from operator import attrgetter

from django.db import connection, transaction
from django.db.models import Max, Min, Sum

from patients.integrity.progress import counted
from treatments.models import (
    AdverseEvent,
    Course,
    CourseKey,
    FollowUpFact,
    SessionContext,
    SessionFact,
    TreatmentSession,
)
from treatments.outcomes.facts import CHUNK, as_stored, events_of, facts_of, keys_of_needlings
from treatments.outcomes.filters import Filters, month_after
from treatments.outcomes.follow_ups import FIELDS, follow_up_rows

from .contexts import derive_missing_contexts
from .destroyed_sums import add_kept_sums
from .summaries import BATCH, FACT, SPREADS, SUMMARIES, columns_of, courses_of_sessions, fact_row, names_of, sorted_rows

PATIENTS_BATCH = 20_000  # sessions


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

    What destroyed records added to them is added again. Signing blocks until this ends; outcome pages can still be
    read. Sessions that other software has written get their
    context first.
    """
    _lock_courses()
    derive_missing_contexts()
    for model in (CourseKey, FollowUpFact, SessionFact, Course, *SUMMARIES, *SPREADS):
        model.objects.all().delete()
    names = [field.attname for field in Course._meta.concrete_fields if not field.primary_key]
    _load(Course, names, map(attrgetter(*names), courses_of_sessions(TreatmentSession.objects.all())))
    rows = Course.objects.values_list("patient", "episode", "pk", as_stored("first_session"))
    courses, firsts = {}, set()
    for patient, episode, pk, first in rows.iterator(CHUNK):
        courses[patient, episode] = pk
        firsts.add(first)
    needled = defaultdict(set)
    known = {"events": events_of(AdverseEvent.objects.counting()), "keys_of": keys_of_needlings()}
    for facts in _facts_by_month(**known):
        # A cell has one month, so it is in one batch only.
        for model, cells_of in SUMMARIES.items():
            _load(model, names_of(model), sorted_rows(cells_of(facts, firsts)))
        _load(SessionFact, FACT, (fact_row(fact, courses[fact.course]) for fact in facts))
        for fact in facts:
            course = courses[fact.course]
            for key in fact.keys:
                if key[0] in CourseKey.AXES:
                    needled[key].add(course)
    rows = ((*key, course) for key in sorted(needled) for course in sorted(needled[key]))
    _load(CourseKey, ["axis", "key", "course"], rows)
    _load(FollowUpFact, FIELDS, follow_up_rows(TreatmentSession.objects.all()))
    _load_spreads(**known)
    add_kept_sums()


def summaries_unlike_a_recount():
    """Yield a sentence for each kind of summary that differs from what a rebuild would make. Changes nothing.

    Signing blocks until this ends, as during a rebuild.
    """
    models = [*SUMMARIES, *SPREADS]
    with transaction.atomic():
        stored = {model: _counted(model) for model in models}
        rebuild_summaries()
        recounted = {model: _counted(model) for model in models}
        transaction.set_rollback(True)
    for model in models:
        if different := len(stored[model] ^ recounted[model]):
            name = model._meta.verbose_name_plural
            yield f"{different} {name} differ from a recount of the signed sessions. Run rebuild_summaries."


def _counted(model):
    """The rows of a summary added up over slots, without those that count nothing, which a correction can leave."""
    cell = [name for name in model.CELL if name != "slot"]
    sums = {}
    for row in model.objects.values_list(*cell, *names_of(model)[len(model.CELL) :]).iterator(CHUNK):
        key, numbers = row[: len(cell)], row[len(cell) :]
        sums[key] = tuple(map(int.__add__, sums[key], numbers)) if key in sums else numbers
    return {(*key, *numbers) for key, numbers in sums.items() if any(numbers)}


def _load_spreads(**known):
    """Fill the spreads, which need all sessions of a patient at once. `known` is what facts_of() need not read."""
    totals = {model: {} for model in SPREADS}
    for facts in _facts_by_patients(**known):
        for model, cells_of in SPREADS.items():
            total = totals[model]
            for cell, numbers in cells_of(facts).items():
                known = total.get(cell)
                total[cell] = numbers if known is None else list(map(int.__add__, known, numbers))
    for model, cells in totals.items():
        _load(model, names_of(model), ((0, *row) for row in sorted_rows(cells)))


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
    table, columns = connection.ops.quote_name(model._meta.db_table), ", ".join(columns_of(model, names))
    rows = iter(rows)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            places = ", ".join(["%s"] * len(names))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)  # noqa: S608
            return
        while part := list(islice(rows, BATCH * 10)):
            lines = io.StringIO("".join("\t".join(map(str, row)) + "\n" for row in part))
            cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN WITH (NULL 'None')", lines)


def _facts_by_month(**known):
    """Yield the list of Facts of each month."""
    span = SessionContext.objects.aggregate(first=Min("took_place_on"), last=Max("took_place_on"))
    month = span["first"] and span["first"].replace(day=1)
    months = _months(month, span["last"])
    for month in counted(months, "months", lambda: len(months)):
        of_month = Filters(since=month, until=month).days("context__took_place_on")
        yield facts_of(TreatmentSession.objects.filter(of_month), month, **known)


def _months(month, last):
    found = []
    while month and month <= last:
        found.append(month)
        month = month_after(month)
    return found


def _facts_by_patients(**known):
    """Yield the list of all Facts of some patients, about PATIENTS_BATCH sessions at a time."""
    patients, waiting = [], 0
    counts = Course.objects.order_by("patient").values_list("patient").annotate(n=Sum("sessions"))
    counts = [*counts, (None, PATIENTS_BATCH)]
    for patient, n in counted(counts, "patients", lambda: len(counts)):
        if patient is not None:
            patients.append(patient)
        waiting += n
        if waiting >= PATIENTS_BATCH and patients:
            span = {"gte": patients[0], "lte": patients[-1]}
            own = {f"patient__{bound}": key for bound, key in span.items()} | {"patient__merged_into": None}
            # Sessions of records that were merged are those of the patient whose record stays.
            merged = {f"patient__merged_into__{bound}": key for bound, key in span.items()}
            parts = [TreatmentSession.objects.filter(**chosen) for chosen in (own, merged)]
            yield [fact for part in parts for fact in facts_of(part, **known)]
            patients, waiting = [], 0
