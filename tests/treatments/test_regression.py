"""Least squares and cluster-robust standard errors, beside statsmodels."""

import random

import numpy
import pytest
from statsmodels.regression.linear_model import OLS

from treatments.regression import Observation, fit

SIZE = 7


def rows_of(seed, n=120):
    """Observations of three groups, a number and two further groups of three values; some clusters repeat."""
    rng = random.Random(seed)
    made = []
    for _ in range(n):
        group, other, number = rng.randrange(3), rng.randrange(3), rng.randrange(-4, 5)
        filled = [(group, 1.0), (3, float(number))]
        filled += [(3 + other, 1.0)] if other else []
        filled += [(6, 1.0)] if rng.random() < 0.3 else []
        made.append(Observation(tuple(filled), group - 0.4 * number + rng.gauss(0, 1), rng.randrange(n // 2)))
    return made


def beside(rows, size=SIZE):
    design = numpy.zeros((len(rows), size))
    for at, row in enumerate(rows):
        for column, value in row.columns:
            design[at, column] += value
    clusters = [row.cluster for row in rows]
    model = OLS([row.value for row in rows], design)
    return model.fit(cov_type="cluster", cov_kwds={"groups": clusters}, use_t=True)


@pytest.mark.parametrize("seed", range(5))
def test_the_fit_and_its_intervals_are_those_of_statsmodels(seed):
    rows = rows_of(seed)

    model, theirs = fit(rows, SIZE), beside(rows)

    assert list(model.coefficients.values()) == pytest.approx(theirs.params, rel=1e-9)
    for weights in ({0: 1.0}, {1: 1.0, 4: 0.3, 5: 0.2, 6: 0.5}, {2: 1.0, 0: -1.0}):
        value, error = model.estimate(weights)
        contrast = theirs.t_test([weights.get(column, 0.0) for column in range(SIZE)])
        assert value == pytest.approx(contrast.effect[0], rel=1e-9)
        assert error == pytest.approx(contrast.sd[0, 0], rel=1e-9)
    assert model.clusters == theirs.df_resid_inference + 1


def test_what_columns_that_depend_on_each_other_cannot_tell_has_no_estimate():
    """Group 2 and value 6 always come together, so only their sum can be known."""
    rows = [
        row._replace(columns=(*[c for c in row.columns if c[0] != 6], *([(6, 1.0)] if (2, 1.0) in row.columns else [])))
        for row in rows_of(1)
    ]

    model = fit(rows, SIZE)

    assert model.estimate({2: 1.0}) is None
    assert model.estimate({2: 1.0, 6: 1.0})[0] == pytest.approx(beside(rows).params[[2, 6]].sum())
    assert model.estimate({0: 1.0})[0] == pytest.approx(beside(rows).params[0])


def test_few_values_have_no_standard_error():
    one = [Observation(((0, 1.0),), 3.0, "a")]

    assert fit(one, 1).estimate({0: 1.0}) == (3.0, None)
    assert fit([*one, one[0]._replace(value=5.0)], 1).estimate({0: 1.0}) == (4.0, None)
