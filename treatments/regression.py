"""Linear regression by least squares, with standard errors that allow for several values of one cluster.

For designs in which most columns are 0 in a row, such as groups. It does not use the database.
"""

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

# A column counts as determined by the ones before it if they explain all but this share of its squares.
NOTHING_LEFT = 1e-9
NO_DIFFERENCE = 1e-6


class Observation(NamedTuple):
    """`columns` are the (number of a column, value) pairs that are not 0."""

    columns: tuple
    value: float
    cluster: object


@dataclass(frozen=True)
class Regression:
    """A fitted model. `determined` are the columns that depend on others: {column: {other column: weight}}."""

    coefficients: dict[int, float]
    covariance: dict[int, dict[int, float]]
    determined: dict[int, dict[int, float]]
    clusters: int

    def estimate(self, weights):
        """(value, standard error) of the sum of coefficients with these {column: weight}.

        None if the data cannot determine this sum, because columns depend on each other: other coefficients fit equally
        well and give another sum. The standard error is None with fewer than two clusters.
        """
        for column, others in self.determined.items():
            implied = sum(weight * weights.get(other, 0) for other, weight in others.items())
            if abs(weights.get(column, 0) - implied) > NO_DIFFERENCE:
                return None
        kept = [(column, weight) for column, weight in weights.items() if column in self.coefficients]
        value = sum(weight * self.coefficients[column] for column, weight in kept)
        if not self.covariance:
            return value, None
        variance = sum(a * b * self.covariance[row][column] for row, a in kept for column, b in kept)
        return value, math.sqrt(max(0.0, variance))


def fit(observations, number_of_columns):
    """The Regression of the values of Observations on their columns, by least squares.

    The covariance is the cluster-robust one (Liang and Zeger 1986) with the factor c / (c - 1) (n - 1) / (n - k) for c
    clusters, n values and k columns, as in statsmodels; with fewer than two clusters, or n = k, there is none.
    """
    size = number_of_columns
    table = [[0.0] * (size + 1) for _ in range(size + 1)]
    for columns, value, _ in observations:
        filled = [*columns, (size, value)]
        for row, a in filled:
            for column, b in filled:
                table[row][column] += a * b
    kept = _swept(table, size)
    coefficients = {column: table[column][size] for column in kept}
    determined = {
        column: {other: table[other][column] for other in kept} for column in range(size) if column not in coefficients
    }
    scores = defaultdict(lambda: defaultdict(float))
    for columns, value, cluster in observations:
        residual = value - sum(a * coefficients.get(column, 0.0) for column, a in columns)
        for column, a in columns:
            if column in coefficients:
                scores[cluster][column] += a * residual
    covariance = {}
    n, clusters = len(observations), len(scores)
    if clusters > 1 and n > len(kept):
        factor = clusters / (clusters - 1) * (n - 1) / (n - len(kept))
        covariance = _sandwich(table, kept, scores.values(), factor)
    return Regression(coefficients, covariance, determined, clusters)


def _swept(table, size):
    """Sweep the first `size` columns of a table of sums of products, in place; the columns that were swept.

    Then the table has, for these, the inverse of their sums of products, and in any other column the coefficients of
    its regression on them (Goodnight 1979). A column that the ones before it determine is left out.
    """
    squares = [table[column][column] for column in range(size)]
    kept = []
    for pivot in range(size):
        left = table[pivot][pivot]
        if left <= NOTHING_LEFT * squares[pivot]:
            continue
        kept.append(pivot)
        row = [cell / left for cell in table[pivot]]
        row[pivot] = 1 / left
        for other, cells in enumerate(table):
            share = cells[pivot]
            if other != pivot and share:
                for column, cell in enumerate(row):
                    cells[column] -= share * cell
                cells[pivot] = -share / left
        table[pivot] = row
    return kept


def _sandwich(table, kept, scores, factor):
    meat = {row: defaultdict(float) for row in kept}
    for of_cluster in scores:
        for row, a in of_cluster.items():
            for column, b in of_cluster.items():
                meat[row][column] += a * b
    half = {row: {column: sum(table[row][k] * meat[k][column] for k in kept) for column in kept} for row in kept}
    return {
        row: {column: factor * sum(half[row][k] * table[k][column] for k in kept) for column in kept} for row in kept
    }
