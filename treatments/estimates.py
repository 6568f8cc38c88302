"""Means, differences and proportions with confidence intervals, from counts and sums. Independent of the database.

The functions take sufficient statistics (n, sum and sum of squares; events out of n), so that these may come from a
summary table as well as from rows. Intervals are two-sided and of 95 % unless a name says otherwise. What cannot be
estimated is None, never 0: the mean of no values, the spread of one value.
The tests compare the functions with figures worked out by hand and with SciPy.
"""

import math
from fractions import Fraction
from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

CONFIDENCE = 0.95
TAIL = (1 - CONFIDENCE) / 2
Z = NormalDist().inv_cdf(1 - TAIL)
CACHE_SIZE = 4096
SMALLEST = 1e-300


class Interval(NamedTuple):
    low: float
    high: float


class Mean(NamedTuple):
    n: int
    mean: float
    sd: float | None
    interval: Interval | None


class Difference(NamedTuple):
    value: float
    interval: Interval | None


# Means ---------------------------------------------------------------------------


def mean_of(n, total, total_of_squares):
    """The Mean of n values with this sum and this sum of squares; None if n is 0.

    sd = sqrt((n q - t^2) / (n (n - 1))), the sample's; interval = mean -+ t(0.975, n - 1) sd / sqrt(n) (Student 1908).
    Both are None for a single value; equal values have sd 0 and the interval mean to mean. n q - t^2 is computed
    exactly (int, Decimal, Fraction; a float is converted as it is), so that a small spread of large values is not
    lost. ValueError if n is negative or if no values can have these sums.
    """
    if n < 0:
        raise ValueError("The number of values cannot be negative.")
    if n == 0:
        return None
    exact_total = Fraction(total)
    mean = float(exact_total / n)
    spread = n * Fraction(total_of_squares) - exact_total**2
    if spread < 0:
        # Sums of floats have rounding errors; sums of integers and decimals do not.
        if not isinstance(total_of_squares, float) and not isinstance(total, float):
            raise ValueError("No values have this sum and this sum of squares.")
        spread = Fraction(0)
    if n == 1:
        return Mean(n, mean, None, None)
    sd = math.sqrt(spread / (n * (n - 1)))
    return Mean(n, mean, sd, _around(mean, sd / math.sqrt(n), n - 1))


def difference_of(first, second):
    """The Difference first - second of two independent Means, with Welch's interval; None when either is None.

    Degrees of freedom (v + w)^2 / (v^2 / (n - 1) + w^2 / (m - 1)) with v = sd^2 / n and w = sd^2 / m of the second
    (Welch 1947, Satterthwaite 1946). The interval is None if either mean is of a single value.
    """
    if first is None or second is None:
        return None
    value = first.mean - second.mean
    if first.sd is None or second.sd is None:
        return Difference(value, None)
    v, w = first.sd**2 / first.n, second.sd**2 / second.n
    if v + w == 0:
        return Difference(value, Interval(value, value))
    # Shares of the sum, because squares of very small variances underflow to 0.
    share, other = v / (v + w), w / (v + w)
    df = 1 / (share**2 / (first.n - 1) + other**2 / (second.n - 1))
    return Difference(value, _around(value, math.sqrt(v + w), df))


def _around(centre, standard_error, df):
    half = t_quantile(1 - TAIL, df) * standard_error if standard_error else 0.0
    return Interval(centre - half, centre + half)


# Proportions -----------------------------------------------------------------------


def wilson(events, n):
    """Wilson's score Interval of the proportion events / n, from 0 to 1; None if n is 0.

    (p + z^2/2n -+ z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n) with z = 1.96 (Wilson 1927). ValueError if events
    is negative or greater than n.
    """
    _refuse_impossible(events, n)
    if n == 0:
        return None
    centre = (events + Z**2 / 2) / (n + Z**2)
    half = Z * math.sqrt(events * (n - events) / n + Z**2 / 4) / (n + Z**2)
    return Interval(max(0.0, centre - half) if events else 0.0, min(1.0, centre + half) if events < n else 1.0)


def upper_bound_of_none(n):
    """The upper bound of a proportion with 0 events in n: 1 - 0.025^(1/n); None if n is 0.

    It is that of the exact two-sided interval (Clopper and Pearson 1934).
    """
    _refuse_impossible(0, n)
    return -math.expm1(math.log(TAIL) / n) if n else None


def share_of(events, n):
    """The Interval of the proportion events / n, from 0 to 1; None if n is 0.

    Wilson's, except where no case or every case has the event: there his bound is too low, so the exact one is used.
    """
    if n and events == 0:
        return Interval(0.0, upper_bound_of_none(n))
    if n and events == n:
        return Interval(1 - upper_bound_of_none(n), 1.0)
    return wilson(events, n)


def _refuse_impossible(events, n):
    if not 0 <= events <= n:
        raise ValueError("The number of events must be between 0 and the number of cases.")


# Quantiles of counted values -----------------------------------------------------------


def quantile_of_counts(counts, q):
    """The q-quantile (q from 0 to 1) of values given as {value: count}; None without values.

    Linear interpolation at (n - 1) q (Hyndman and Fan 1996, type 7, as in NumPy and spreadsheets). ValueError if q is
    outside 0 to 1 or a count is negative.
    """
    if not 0 <= q <= 1 or any(count < 0 for count in counts.values()):
        raise ValueError("q must be between 0 and 1, and counts cannot be negative.")
    n = sum(counts.values())
    if n == 0:
        return None
    place = (n - 1) * q
    below = math.floor(place)
    low, high = _value_at(counts, below), _value_at(counts, min(below + 1, n - 1))
    return float(low + (high - low) * (place - below))


def median_of_counts(counts):
    """The median of values given as {value: count}; None without values."""
    return quantile_of_counts(counts, 0.5)


def _value_at(counts, index):
    for value in sorted(counts):
        index -= counts[value]
        if index < 0:
            return value
    raise IndexError(index)


# Distributions ------------------------------------------------------------------------


@lru_cache(maxsize=CACHE_SIZE)
def t_quantile(p, df):
    """The p-quantile of Student's t distribution with df > 0 degrees of freedom, which may be fractional.

    From the beta distribution: y = t^2 / (df + t^2) follows B(1/2, df/2). ValueError unless 0 < p < 1 and df > 0.
    """
    if not 0 < p < 1 or df <= 0:
        raise ValueError("p must be between 0 and 1, and df must be above 0.")
    if p < 0.5:
        return -t_quantile(1 - p, df)
    if p == 0.5:
        return 0.0
    # Both branches give the same value; each avoids the rounding error that the other has in its range.
    if df < 4:
        rest = beta_quantile(2 * (1 - p), df / 2, 0.5)
        return math.sqrt(df * (1 - rest) / rest)
    y = beta_quantile(2 * p - 1, 0.5, df / 2)
    return math.sqrt(df * y / (1 - y))


@lru_cache(maxsize=CACHE_SIZE)
def beta_quantile(p, a, b):
    """The x in 0 to 1 at which the regularised incomplete beta function I_x(a, b) is p; a, b > 0.

    Newton's method inside a bracket, with a bisection step where Newton's would leave it. ValueError unless
    0 <= p <= 1 and a, b > 0.
    """
    if not 0 <= p <= 1 or a <= 0 or b <= 0:
        raise ValueError("p must be between 0 and 1, and a and b must be above 0.")
    if p in (0, 1):
        return float(p)
    low, high, x = 0.0, 1.0, a / (a + b)
    for _ in range(200):
        above = _incomplete_beta(x, a, b) - p
        low, high = (low, x) if above > 0 else (x, high)
        slope = _density(x, a, b)
        following = x - above / slope if slope > 0 else low
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - x) <= 1e-15 * following:
            return following
        x = following
    return x


def _incomplete_beta(x, a, b):
    """I_x(a, b), the cumulative beta distribution, by its continued fraction (DLMF 8.17.22, Lentz's method)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _by_fraction(1 - x, b, a)
    return _by_fraction(x, a, b)


def _by_fraction(x, a, b):
    """I_x(a, b) for x <= (a + 1)/(a + b + 2), where the fraction converges in about sqrt(max(a, b)) steps."""
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, 100_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        step = 1.0
        for term in (even, odd):
            d = 1 / _not_zero(1 + term * d)
            c = _not_zero(1 + term / c)
            step = d * c
            fraction *= step
        if abs(step - 1) < 1e-15:
            break
    return math.exp(_log_front(x, a, b)) * fraction / a


def _density(x, a, b):
    return math.exp(_log_front(x, a, b)) / (x * (1 - x)) if 0 < x < 1 else 0.0


def _log_front(x, a, b):
    """log of x^a (1 - x)^b / B(a, b)."""
    beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    return a * math.log(x) + b * math.log1p(-x) - beta


def _not_zero(number):
    return number if abs(number) > SMALLEST else SMALLEST
