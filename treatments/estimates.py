"""Means, differences and proportions with their uncertainty, from counts and sums. Knows nothing of the database.

Everything asks for sufficient statistics (how many, their sum, the sum of their squares; events of n), so that sums
may come from a summary table as well as from rows. All intervals are two-sided, of 95 %, unless a name says
otherwise. What cannot be told is None and never 0: no mean of nothing, no spread of one value.
Checked against figures worked out by hand and against SciPy.
"""

import math
from fractions import Fraction
from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

CONFIDENCE = 0.95
TAIL = (1 - CONFIDENCE) / 2
Z = NormalDist().inv_cdf(1 - TAIL)
REMEMBERED = 4096
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
    """The Mean of n values with this sum and this sum of squares; None of no values.

    sd = sqrt((n q - t^2) / (n (n - 1))), the sample's; interval = mean -+ t(0.975, n - 1) sd / sqrt(n) (Student 1908).
    Both are None for a single value; values without spread have sd 0 and the interval mean to mean. n q - t^2 is
    worked out exactly (int, Decimal, Fraction; a float is taken at its face value), so that a small spread beside
    large values is not lost. ValueError when n is negative, or when no values can have these sums.
    """
    if n < 0:
        raise ValueError("A number of values is not negative.")
    if n == 0:
        return None
    exact_total = Fraction(total)
    mean = float(exact_total / n)
    spread = n * Fraction(total_of_squares) - exact_total**2
    if spread < 0:
        # Sums of floats were rounded on the way; whole numbers and decimals were not.
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
    (Welch 1947, Satterthwaite 1946). The interval is None when one of them rests on a single value.
    """
    if first is None or second is None:
        return None
    value = first.mean - second.mean
    if first.sd is None or second.sd is None:
        return Difference(value, None)
    v, w = first.sd**2 / first.n, second.sd**2 / second.n
    if v + w == 0:
        return Difference(value, Interval(value, value))
    # Shares of the whole, because squares of small variances vanish.
    share, other = v / (v + w), w / (v + w)
    df = 1 / (share**2 / (first.n - 1) + other**2 / (second.n - 1))
    return Difference(value, _around(value, math.sqrt(v + w), df))


def _around(centre, standard_error, df):
    half = t_quantile(1 - TAIL, df) * standard_error if standard_error else 0.0
    return Interval(centre - half, centre + half)


# Proportions -----------------------------------------------------------------------


def wilson(events, n):
    """Wilson's score Interval of the proportion events / n, from 0 to 1; None of n = 0.

    (p + z^2/2n -+ z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n) with z = 1.96 (Wilson 1927). ValueError when events
    are negative or more than n.
    """
    _refuse_impossible(events, n)
    if n == 0:
        return None
    centre = (events + Z**2 / 2) / (n + Z**2)
    half = Z * math.sqrt(events * (n - events) / n + Z**2 / 4) / (n + Z**2)
    return Interval(max(0.0, centre - half) if events else 0.0, min(1.0, centre + half) if events < n else 1.0)


def upper_bound_of_none(n):
    """How large a proportion may still be when 0 events were seen in n: 1 - 0.05^(1/n), one-sided 95 %; None of n = 0.

    The exact form of the rule of three, 3/n, which is too large for small n: 3/1 is 300 %.
    """
    _refuse_impossible(0, n)
    return -math.expm1(math.log(1 - CONFIDENCE) / n) if n else None


def _refuse_impossible(events, n):
    if not 0 <= events <= n:
        raise ValueError("Events are counted from 0 to the number of cases.")


# Quantiles of what was counted ---------------------------------------------------------


def quantile_of_counts(counts, q):
    """The q-quantile (q from 0 to 1) of values given as {value: how often}; None of nothing.

    Between two values it is interpolated at (n - 1) q (Hyndman and Fan 1996, type 7, as NumPy and spreadsheets do).
    ValueError when q is outside 0 to 1 or a count is negative.
    """
    if not 0 <= q <= 1 or any(count < 0 for count in counts.values()):
        raise ValueError("q lies between 0 and 1, and counts are not negative.")
    n = sum(counts.values())
    if n == 0:
        return None
    place = (n - 1) * q
    below = math.floor(place)
    low, high = _value_at(counts, below), _value_at(counts, min(below + 1, n - 1))
    return float(low + (high - low) * (place - below))


def median_of_counts(counts):
    """The middle value of {value: how often}, the mean of the two middle ones of an even number; None of nothing."""
    return quantile_of_counts(counts, 0.5)


def _value_at(counts, index):
    for value in sorted(counts):
        index -= counts[value]
        if index < 0:
            return value
    raise IndexError(index)


# Distributions ------------------------------------------------------------------------


@lru_cache(maxsize=REMEMBERED)
def t_quantile(p, df):
    """The value that Student's t with df > 0 degrees of freedom (also fractional) stays below with probability p.

    From the beta distribution: y = t^2 / (df + t^2) has B(1/2, df/2). ValueError unless 0 < p < 1 and df > 0.
    """
    if not 0 < p < 1 or df <= 0:
        raise ValueError("p lies between 0 and 1, and df is above 0.")
    if p < 0.5:
        return -t_quantile(1 - p, df)
    if p == 0.5:
        return 0.0
    # Both ways are the same; each is taken where 1 - y, or y, is not a difference of nearly equal numbers.
    if df < 4:
        rest = beta_quantile(2 * (1 - p), df / 2, 0.5)
        return math.sqrt(df * (1 - rest) / rest)
    y = beta_quantile(2 * p - 1, 0.5, df / 2)
    return math.sqrt(df * y / (1 - y))


@lru_cache(maxsize=REMEMBERED)
def beta_quantile(p, a, b):
    """The x in 0 to 1 at which the regularised incomplete beta function I_x(a, b) is p; a, b > 0.

    Newton's steps kept inside a bracket that closes, halving where a step would leave it. ValueError unless
    0 <= p <= 1 and a, b > 0.
    """
    if not 0 <= p <= 1 or a <= 0 or b <= 0:
        raise ValueError("p lies between 0 and 1, and a and b are above 0.")
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
    """I_x(a, b), the share of a beta distribution below x, by its continued fraction (DLMF 8.17.22, Lentz's method)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _by_fraction(1 - x, b, a)
    return _by_fraction(x, a, b)


def _by_fraction(x, a, b):
    """The same where the fraction converges fast, x <= (a + 1)/(a + b + 2): some sqrt(max(a, b)) steps."""
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
