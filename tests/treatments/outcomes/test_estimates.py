"""Figures worked out by hand, intervals of published rates, and SciPy as a second opinion."""

import math
from decimal import Decimal

import numpy
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from treatments.estimates import (
    Difference,
    Interval,
    Mean,
    beta_quantile,
    difference_of,
    mean_of,
    median_of_counts,
    quantile_of_counts,
    t_quantile,
    upper_bound_of_none,
    wilson,
)

# Events, n, and Wilson's bounds in percent. The rates are from [@brady-2014], [@boyce-2020] twice, [@witt-2009] and
# [@zhao-2011]; then one event in one arm of a trial with 70 patients in each, and none in [@brady-2014].
PUBLISHED = [
    (1463, 7629, (18.30900, 20.07568)),
    (20, 20494, (0.06319, 0.15070)),
    (7531, 20494, (36.08982, 37.40983)),
    (19726, 229230, (8.49122, 8.72083)),
    (74, 1968, (3.00579, 4.69470)),
    (1, 70, (0.25262, 7.65819)),
    (0, 7629, (0, 0.05033)),
]
CHANGES = st.lists(st.integers(-10, 10), max_size=60)


def mean_of_values(values):
    return mean_of(len(values), sum(values), sum(value**2 for value in values))


def percent(interval):
    return tuple(round(100 * bound, 5) for bound in interval)


# Means ---------------------------------------------------------------------------------


def test_a_mean_by_hand():
    # -3, -2, -1: the mean is -2, the sd 1, t(0.975, 2) = 4.30265; 4.30265 / sqrt(3) = 2.48414.
    found = mean_of_values([-3, -2, -1])

    assert (found.n, found.mean, found.sd) == (3, -2, 1)
    assert found.interval == pytest.approx((-4.48414, 0.48414), abs=1e-5)


def test_no_value_is_no_mean():
    assert mean_of(0, 0, 0) is None


def test_one_value_has_no_spread():
    assert mean_of(1, -3, 9) == Mean(1, -3, None, None)


def test_values_without_variance_have_the_spread_0():
    assert mean_of_values([-2] * 5) == Mean(5, -2, 0, Interval(-2, -2))


def test_a_small_spread_beside_large_values_is_not_lost():
    far = 10**15

    assert mean_of_values([far, far + 1, far + 2]).sd == 1


def test_decimals_and_floats_are_taken():
    decimals = [Decimal("0.1"), Decimal("0.2"), Decimal("0.3")]

    assert mean_of_values(decimals).sd == pytest.approx(0.1)
    assert mean_of_values([0.1] * 3).sd == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("sums", [(-1, 0, 0), (2, 3, 4)])
def test_sums_that_cannot_be_are_refused(sums):
    with pytest.raises(ValueError, match=r"negative|No values"):
        mean_of(*sums)


@given(CHANGES)
def test_a_mean_is_that_of_scipy(values):
    assume(len(values) > 1 and len(set(values)) > 1)

    found = mean_of_values(values)

    peer = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert found.mean == pytest.approx(numpy.mean(values))
    assert found.sd == pytest.approx(numpy.std(values, ddof=1))
    assert found.interval == pytest.approx(tuple(peer), rel=1e-9, abs=1e-9)


# Differences -----------------------------------------------------------------------------


def test_a_difference_by_hand():
    # Means 2 and 4, sd 1 and 2, n 3 and 3: v = 1/3, w = 4/3, df = (5/3)^2 / ((1/9 + 16/9) / 2) = 2.94118.
    found = difference_of(mean_of_values([1, 2, 3]), mean_of_values([2, 4, 6]))

    half = t_quantile(0.975, (5 / 3) ** 2 / ((1 / 9 + 16 / 9) / 2)) * math.sqrt(5 / 3)
    assert found.value == -2
    assert found.interval == pytest.approx((-2 - half, -2 + half))


def test_a_difference_needs_both_means():
    some = mean_of_values([1, 2])

    assert difference_of(None, some) is None
    assert difference_of(some, None) is None


def test_a_difference_from_one_value_has_no_interval():
    assert difference_of(mean_of_values([1, 3]), mean_of_values([5])) == Difference(-3, None)


def test_a_difference_of_two_without_variance_has_no_width():
    assert difference_of(mean_of_values([1, 1]), mean_of_values([5, 5])) == Difference(-4, Interval(-4, -4))


@given(CHANGES, CHANGES)
def test_a_difference_is_that_of_scipy(one, other):
    assume(min(len(one), len(other)) > 1 and len(set(one)) + len(set(other)) > 2)

    found = difference_of(mean_of_values(one), mean_of_values(other))

    peer = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    assert found.interval == pytest.approx(tuple(peer), rel=1e-9, abs=1e-9)


# Proportions ------------------------------------------------------------------------------


@pytest.mark.parametrize(("events", "n", "interval"), PUBLISHED)
def test_the_published_intervals(events, n, interval):
    assert percent(wilson(events, n)) == interval


@pytest.mark.parametrize(("n", "bound"), [(7629, 0.04834), (50, 7.11217), (100, 3.62167), (1, 97.5)])
def test_no_event_seen_bounds_the_rate(n, bound):
    assert round(100 * upper_bound_of_none(n), 5) == bound


def test_nothing_seen_says_nothing():
    assert wilson(0, 0) is None
    assert upper_bound_of_none(0) is None


def test_none_and_all_reach_the_ends():
    assert wilson(0, 3).low == 0
    assert wilson(3, 3).high == 1


@pytest.mark.parametrize("counts", [(2, 1), (-1, 5), (0, -1)])
def test_impossible_counts_are_refused(counts):
    with pytest.raises(ValueError, match="between 0 and"):
        wilson(*counts)


@given(st.integers(0, 3000), st.integers(0, 3000))
def test_intervals_are_those_of_scipy(events, others):
    assume(events + others)

    peer = stats.binomtest(events, events + others).proportion_ci(0.95, "wilson")

    assert wilson(events, events + others) == pytest.approx(tuple(peer), rel=1e-9, abs=1e-12)


# Quantiles of counts ------------------------------------------------------------------------


def test_quantiles_by_hand():
    counts = {4: 1, 1: 2, 2: 1}

    assert median_of_counts(counts) == 1.5
    assert quantile_of_counts(counts, 0) == 1
    assert quantile_of_counts(counts, 1) == 4
    assert quantile_of_counts(counts, 0.75) == 2.5


def test_ties_are_their_own_median():
    assert median_of_counts({3: 7}) == 3


def test_nothing_counted_has_no_median():
    assert median_of_counts({}) is None
    assert median_of_counts({3: 0}) is None


@pytest.mark.parametrize(("counts", "q"), [({1: 1}, 1.1), ({1: 1}, -0.1), ({1: -1, 2: 5}, 0.5)])
def test_an_impossible_quantile_is_refused(counts, q):
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile_of_counts(counts, q)


@given(st.dictionaries(st.integers(-10, 30), st.integers(0, 9), max_size=9), st.floats(0, 1))
def test_a_quantile_is_that_of_numpy(counts, q):
    assume(sum(counts.values()))

    peer = numpy.quantile([value for value, count in counts.items() for _ in range(count)], q)

    assert quantile_of_counts(counts, q) == pytest.approx(peer, abs=1e-9)


# Distributions ----------------------------------------------------------------------------------


@given(st.floats(0.001, 0.999), st.floats(0.6, 1e6))
@settings(max_examples=200)
def test_a_t_quantile_is_that_of_scipy(p, df):
    assert t_quantile(p, df) == pytest.approx(stats.t.ppf(p, df), rel=1e-8, abs=1e-8)


@given(st.floats(0.001, 0.999), st.floats(0.5, 1e5), st.floats(0.5, 1e5))
@settings(max_examples=200)
def test_a_beta_quantile_is_that_of_scipy(p, a, b):
    assert beta_quantile(p, a, b) == pytest.approx(stats.beta.ppf(p, a, b), rel=1e-7)


@pytest.mark.parametrize("p", [0, 1])
def test_a_quantile_at_the_end_is_the_end(p):
    assert beta_quantile(p, 2, 3) == p


@pytest.mark.parametrize("of", [(t_quantile, 1.5, 3), (t_quantile, 0.5, 0), (beta_quantile, -1, 1, 1)])
def test_an_impossible_question_is_refused(of):
    ask, *question = of

    with pytest.raises(ValueError, match="between 0 and 1"):
        ask(*question)
