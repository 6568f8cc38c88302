"""The patients behind a figure: how many there are, and intervals that allow for several values of one patient."""

import math
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from django.db import connections

from treatments.estimates import TAIL, Interval, beta_quantile, t_quantile

# Fewer patients give no reliable estimate of how much they differ. The number is our judgement.
FEWEST_PATIENTS = 10


class Clusters(NamedTuple):
    """Clusters, such as patients, with a size n and a sum y of values each: their number, and sums of products."""

    number: int = 0
    n_n: int = 0
    n_y: int = 0
    y_y: int = 0

    @classmethod
    def of(cls, pairs):
        """The Clusters of (n, y) pairs. Pairs without values are left out."""
        known = [(n, y) for n, y in pairs if n]
        return cls(len(known), sum(n * n for n, _ in known), sum(n * y for n, y in known), sum(y * y for _, y in known))

    def variance_of_mean(self, n, total):
        """The cluster-robust variance of the mean total / n, as statsmodels has it (Liang and Zeger 1986).

        c / (c - 1) sum((y - n m)^2) / N^2 over the c clusters, with the mean m of all N values.
        """
        return float(Fraction(self.number, self.number - 1) * self.squares(Fraction(total) / n) / n**2)

    def squares(self, mean):
        """sum((y - n m)^2) over the clusters, exactly. It is never below 0, as rounded sums of floats could be."""
        return max(Fraction(0), Fraction(self.y_y) - 2 * mean * Fraction(self.n_y) + mean**2 * self.n_n)


def mean_of_clusters(mean, total, clusters):
    """The Mean of values that have this total, with the interval of Clusters: t with c - 1 degrees of freedom.

    The interval is None with fewer than FEWEST_PATIENTS. None stays None.
    """
    if mean is None:
        return None
    if clusters.number < FEWEST_PATIENTS:
        return mean._replace(interval=None)
    half = t_quantile(1 - TAIL, clusters.number - 1) * math.sqrt(clusters.variance_of_mean(mean.n, total))
    return mean._replace(interval=Interval(mean.mean - half, mean.mean + half))


def share_of_clusters(events, n, clusters):
    """The Interval of the proportion events / n of cases in Clusters; None with fewer than FEWEST_PATIENTS.

    The exact interval of as many independent cases as would have the same variance, at most n (Korn and Graubard 1998).
    """
    if clusters.number < FEWEST_PATIENTS:
        return None
    share, variance = events / n, clusters.variance_of_mean(n, events)
    if events in (0, n) or not variance:
        size = n
    else:
        size = (
            share
            * (1 - share)
            / variance
            * (t_quantile(1 - TAIL, n - 1) / t_quantile(1 - TAIL, clusters.number - 1)) ** 2
        )
    size = min(n, size)
    cases = share * size
    low = beta_quantile(TAIL, cases, size - cases + 1) if events else 0.0
    high = beta_quantile(1 - TAIL, cases + 1, size - cases) if events < n else 1.0
    return Interval(low, high)


# From the database -----------------------------------------------------------------


def clusters_by(rows, line, **pairs):
    """{values of the columns `line`: {name: Clusters}} of rows with one row for each line and patient. One query.

    `rows` is a queryset of values, or its SQL with parameters and the database to ask. Each pair names the column of
    the sizes and that of the sums of values.
    """
    columns = [column for n, y in pairs.values() for column in cluster_columns(n, y)]
    found = {}
    for key, numbers in sums_by(rows, line, columns).items():
        fours = zip(*[iter(numbers)] * 4, strict=True)
        found[key] = {name: Clusters(*four) for name, four in zip(pairs, fours, strict=True)}
    return found


def cluster_columns(n, y):
    """The SQL of the numbers of Clusters, for rows with one row for each patient."""
    return [f"COUNT(CASE WHEN {n} > 0 THEN 1 END)", *(f"SUM({a} * {b})" for a, b in [(n, n), (n, y), (y, y)])]


def sums_by(rows, line, columns):
    """{values of the columns `line`: the numbers of the columns, which are SQL}. Sums of nothing are 0. One query."""
    sql, params, using = rows if isinstance(rows, tuple) else (*as_sql(rows), rows.db)
    group = f"GROUP BY {', '.join(line)}" if line else ""
    # Only SQL from the ORM and names from our own modules are put together; values are passed as parameters.
    outer = f"SELECT {', '.join([*line, *columns])} FROM ({sql}) patients {group}"  # noqa: S608
    with connections[using].cursor() as cursor:
        cursor.execute(outer, params)
        found = cursor.fetchall()
    return {row[: len(line)]: [_number(value) for value in row[len(line) :]] for row in found}


def as_sql(rows):
    """(SQL, parameters) of a queryset."""
    return rows.query.get_compiler(rows.db).as_sql()


def _number(value):
    """A number of a raw row, in which a sum of nothing is empty and PostgreSQL writes whole sums as Decimal."""
    return int(value) if isinstance(value, Decimal) and value == int(value) else value or 0
