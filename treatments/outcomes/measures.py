"""Changes of measurements within sessions: pressure pain threshold, range of motion and strength."""

from typing import NamedTuple

from django.db.models import Count, Exists, F, FloatField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Cast

from treatments.chart.progress.measurement_progress import UNITS_OF_MEANS, subject_name
from treatments.estimates import Mean, mean_of
from treatments.models import Measurement, Needling, SessionFact
from treatments.record.targets import shown_name

from .patients import Clusters, cluster_columns, mean_of_clusters, sums_by

LINE = ["kind", "name", "movement", "mode", "side"]


class MeasurementChange(NamedTuple):
    """One kind, subject and side, with an interval by patient. `missing` counts measurements without one of two values.

    `patients` and `sessions` are those with both values.
    """

    kind: str
    what: str
    unit: str
    mean: Mean | None
    missing: int
    patients: int
    sessions: int


def measurement_changes_of(filters, using="default"):
    """A MeasurementChange for each kind, muscle or movement, and side, most often measured first. One query.

    The change is after - before, in the stored unit. Above 0 is better.
    """
    change = Cast(F("after") - F("before"), FloatField())
    both = Q(before__isnull=False, after__isnull=False)
    # Most sessions have no measurement, so the query starts from the measurements. With a join to the sessions instead
    # of these subqueries, SQLite starts from all patients.
    mine = filters.facts().filter(session=OuterRef("session"))
    rows = Measurement.objects.using(using).filter(Exists(mine)).order_by()
    patient = SessionFact.objects.filter(session=OuterRef("session")).values("course__patient")
    lines = {"name": shown_name("muscle__"), "patient": Subquery(patient)}
    rows = rows.annotate(change=change, **lines).values(*LINE, "patient")
    rows = rows.annotate(
        n=Count("pk", filter=both),
        missing=Count("pk", filter=~both),
        sessions=Count("session", filter=both, distinct=True),
        total=Sum("change", default=0.0),
        squares=Sum(F("change") * F("change"), default=0.0),
    )
    columns = ["SUM(missing)", "SUM(sessions)", "SUM(n)", "SUM(total)", "SUM(squares)", *cluster_columns("n", "total")]
    found = [_change(*line, *numbers) for line, numbers in sums_by(rows, LINE, columns).items()]
    return sorted(found, key=lambda one: (-(one.mean.n if one.mean else 0), one.kind, one.what))


def _change(kind, muscle, movement, mode, side, missing, sessions, n, total, squares, *numbers):
    clusters = Clusters(*numbers)
    return MeasurementChange(
        Measurement.Kind(kind).label,
        ", ".join(
            filter(None, [subject_name(kind, muscle, movement, mode), side and Needling.Side(side).label.lower()])
        ),
        UNITS_OF_MEANS[kind],
        mean_of_clusters(mean_of(n, total, squares), total, clusters),
        missing,
        clusters.number,
        sessions,
    )
