"""Changes of measurements within sessions: pressure pain threshold, range of motion and strength."""

from typing import NamedTuple

from django.db.models import Count, Exists, F, FloatField, OuterRef, Q, Sum
from django.db.models.functions import Cast

from treatments.chart.progress.measurement_progress import UNITS_OF_MEANS, subject_name
from treatments.estimates import Mean, mean_of
from treatments.models import Measurement
from treatments.record.targets import shown_name


class MeasurementChange(NamedTuple):
    """One kind and subject. `missing` counts measurements without one of the two values."""

    kind: str
    what: str
    unit: str
    mean: Mean | None
    missing: int


def measurement_changes_of(filters, using="default"):
    """A MeasurementChange for each kind and muscle or movement, most often measured first. One query.

    The change is after - before, in the stored unit. Above 0 is better.
    """
    change = Cast(F("after") - F("before"), FloatField())
    both = Q(before__isnull=False, after__isnull=False)
    # Most sessions have no measurement, so the query starts from the measurements.
    mine = filters.facts().filter(session=OuterRef("session"))
    rows = Measurement.objects.using(using).filter(Exists(mine)).order_by()
    rows = rows.annotate(change=change).values_list("kind", shown_name("muscle__"), "movement", "mode")
    rows = rows.annotate(
        n=Count("pk", filter=both),
        missing=Count("pk", filter=~both),
        total=Sum("change"),
        squares=Sum(F("change") * F("change")),
    )
    found = [
        MeasurementChange(
            Measurement.Kind(kind).label,
            subject_name(kind, muscle, movement, mode),
            UNITS_OF_MEANS[kind],
            mean_of(n, total or 0, squares or 0),
            missing,
        )
        for kind, muscle, movement, mode, n, missing, total, squares in rows
    ]
    return sorted(found, key=lambda one: (-(one.mean.n if one.mean else 0), one.kind, one.what))
