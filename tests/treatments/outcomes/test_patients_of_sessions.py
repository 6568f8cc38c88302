"""Intervals that allow for several sessions of one patient, with statsmodels as a second opinion."""

import random
from datetime import date

import numpy
import pytest
import statsmodels.api as sm
from statsmodels.stats.proportion import proportion_confint

from treatments.estimates import mean_of, share_of, upper_bound_of_none
from treatments.models import SessionFact, TreatmentSession
from treatments.outcomes.facts import EVERYTHING, TWITCH_NO, TWITCH_YES, AxisKey, Fact
from treatments.outcomes.filters import FIRST, LATER, Filters
from treatments.outcomes.patients import Clusters, mean_of_clusters, share_of_clusters
from treatments.outcomes.review import Review
from treatments.outcomes.spread import spread_cells, spread_of
from treatments.outcomes.sums import SessionSums
from treatments.services import rebuild_summaries

from .builders import make_history

pytestmark = pytest.mark.both_engines


def clusters_of(groups):
    """The Clusters of lists of values."""
    pairs = [(len(values), sum(values)) for values in groups]
    return Clusters(len(pairs), *(sum(x * y for x, y in zip(a, b, strict=True)) for a, b in products(pairs)))


def products(pairs):
    sizes, totals = zip(*pairs, strict=True)
    return (sizes, sizes), (sizes, totals), (totals, totals)


def robust(groups):
    """What statsmodels says of the mean: a regression on a constant alone, with errors by group."""
    values = [value for group in groups for value in group]
    labels = [number for number, group in enumerate(groups) for _ in group]
    model = sm.OLS(values, numpy.ones(len(values)))
    return model.fit(cov_type="cluster", cov_kwds={"groups": numpy.array(labels)}, use_t=True)


def groups_of(seed, low, high, patients=14):
    rng = random.Random(seed)
    # Patients differ from each other more than their sessions do, and some have many sessions.
    groups = []
    for _ in range(patients):
        usual = rng.randint(low, high)
        sessions = rng.choice([1, 2, 3, 40])
        groups.append([min(high, max(low, usual + rng.choice([-1, 0, 0, 1]))) for _ in range(sessions)])
    return groups


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_of_a_mean_is_that_of_statsmodels(seed):
    groups = groups_of(seed, -8, 3)
    values = [value for group in groups for value in group]
    mean = mean_of(len(values), sum(values), sum(value**2 for value in values))

    found = mean_of_clusters(mean, sum(values), clusters_of(groups))

    assert found.mean == pytest.approx(numpy.mean(values))
    assert found.interval == pytest.approx(robust(groups).conf_int()[0], rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_of_a_share_is_exact_for_the_effective_number_of_sessions(seed):
    groups = groups_of(seed, 0, 1, patients=25)
    values = [value for group in groups for value in group]
    fit, share = robust(groups), numpy.mean(values)
    quantiles = numpy.ptp(robust(groups).conf_int()[0]) / 2 / fit.bse[0]
    usual = sm.stats.DescrStatsW(values).tconfint_mean()
    of_sessions = numpy.ptp(usual) / 2 / sm.stats.DescrStatsW(values).std_mean
    size = min(len(values), share * (1 - share) / fit.bse[0] ** 2 * (of_sessions / quantiles) ** 2)

    found = share_of_clusters(sum(values), len(values), clusters_of(groups))

    assert found == pytest.approx(proportion_confint(share * size, size, method="beta"), rel=1e-6)


def test_one_patient_with_many_sessions_does_not_make_an_interval_narrow():
    groups = [[-4] * 25 + [-5] * 25, *([0] for _ in range(11))]
    values = [value for group in groups for value in group]
    mean = mean_of(len(values), sum(values), sum(value**2 for value in values))

    robust_interval = mean_of_clusters(mean, sum(values), clusters_of(groups)).interval

    assert robust_interval.high - robust_interval.low > 2 * (mean.interval.high - mean.interval.low)
    assert robust_interval.high > -3


def test_fewer_than_ten_patients_have_no_interval():
    few, enough = clusters_of([[1, 0]] * 9), clusters_of([[1, 0]] * 10)

    assert share_of_clusters(9, 18, few) is None
    assert share_of_clusters(10, 20, enough) is not None
    assert mean_of_clusters(mean_of(18, 9, 9), 9, few).interval is None
    assert mean_of_clusters(None, 0, few) is None


def test_all_bounds_of_none_and_of_all_agree():
    none = clusters_of([[0, 0]] * 30)
    exact = proportion_confint(0, 60, method="beta")[1]

    assert upper_bound_of_none(60) == pytest.approx(exact)
    assert share_of(0, 60).high == pytest.approx(exact)
    assert share_of_clusters(0, 60, none).high == pytest.approx(exact)
    assert share_of(60, 60).low == pytest.approx(1 - exact)
    assert share_of_clusters(60, 60, clusters_of([[1, 1]] * 30)).low == pytest.approx(1 - exact)


@pytest.mark.parametrize("seed", range(3))
def test_the_difference_between_groups_of_sessions_is_that_of_statsmodels(seed):
    rng = random.Random(seed)
    facts = [
        fact(patient, change=rng.randint(-6, 1) - patient % 3, twitch=rng.choice([TWITCH_YES, TWITCH_NO]))
        for patient in range(15)
        for _ in range(rng.choice([1, 2, 3, 20]))
    ]
    sums = SessionSums()
    for one in facts:
        twitch = one.keys[EVERYTHING].twitch == TWITCH_YES
        more = SessionSums.of(one.change, sessions=1, twitch=int(twitch), sought=1)
        sums = SessionSums(*map(sum, zip(sums, more, strict=True)))

    found = spread_of(*spread_cells(facts)["session", "", ""]).twitch_difference(sums)

    twitched = [one.keys[EVERYTHING].twitch == TWITCH_YES for one in facts]
    model = sm.OLS([one.change for one in facts], sm.add_constant(numpy.array(twitched, dtype=float)))
    groups = numpy.array([one.course[0] for one in facts])
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    assert found.value == pytest.approx(fit.params[1])
    assert found.interval == pytest.approx(fit.conf_int()[1], rel=1e-9)


def fact(patient, *, change, twitch):
    key = AxisKey(*EVERYTHING, twitch)
    return Fact("", (patient, None), 1, 1, date(2026, 1, 1), change, {EVERYTHING: key}, [], "")


# From the tables ----------------------------------------------------------------------


@pytest.mark.parametrize("choice", [{}, {"region": "shoulder"}, {"visit": FIRST}, {"visit": LATER}, {"site": "last"}])
def test_patients_are_those_of_the_sessions_in_the_figure(front_desk, choice):
    make_history(by=front_desk, patients=14, sessions=90)
    rebuild_summaries()
    if choice == {"site": "last"}:
        choice = {"site": SessionFact.objects.order_by("-site").first().site_id}
    filters = Filters(**choice)
    sessions = list(filters.sessions().select_related("patient"))
    by_patient = {}
    for session in sessions:
        by_patient.setdefault(session.patient_id, []).append(session.pain_change)

    review = Review(filters, None)
    found = review.spread

    assert found.patients == len(by_patient)
    assert found.courses == len({(session.patient_id, session.episode_id) for session in sessions})
    assert found.changes == clusters_of(by_patient.values())
    hits = [[int(s.events.exists()) for s in sessions if s.patient_id == patient] for patient in by_patient]
    assert found.events == clusters_of(hits)
    if len(by_patient) >= 10:
        assert review.mean.interval == pytest.approx(robust(list(by_patient.values())).conf_int()[0], rel=1e-9)


def test_the_patients_of_a_period_are_not_those_of_courses_that_end_in_it(front_desk):
    make_history(by=front_desk, patients=14, sessions=90)
    rebuild_summaries()
    month = SessionFact.objects.order_by("month").first().month
    of_month = TreatmentSession.objects.filter(context__took_place_on__gte=month)
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    patients = of_month.filter(context__took_place_on__lt=following).values("patient").distinct()

    review = Review(Filters(since=month, until=month), None)

    assert review.spread.patients == patients.count() > 0
    assert review.courses.patients < review.spread.patients


def test_no_session_has_no_patients_and_no_interval(db):
    review = Review(Filters(), None)

    assert (review.spread.patients, review.spread.courses) == (0, 0)
    assert review.mean is None
    assert review.event_share is None


def test_every_line_of_the_page_has_the_patients_and_the_interval_of_its_own_sessions(front_desk):
    make_history(by=front_desk, patients=14, sessions=150)
    rebuild_summaries()
    sessions = list(Filters().sessions().prefetch_related("needlings__muscle", "events"))
    review = Review(Filters(), None, breakdown="region")

    by_region = {line.label: line for line in review.parts}
    shoulder = [s for s in sessions if any(n.muscle.region == "shoulder" and n.insertions for n in s.needlings.all())]
    bruised = [[int(any(e.type == "bruise" for e in s.events.all())) for s in mine] for mine in _by_patient(sessions)]
    bruise = next(line for line in review.types if line.label == "Bruise")

    _is_line_of(by_region["Shoulder"], shoulder)
    lines = {line.sums.sessions: line for line in review.practitioners}
    by_person = [
        [s for s in sessions if s.practitioner_id == person] for person in {s.practitioner_id for s in sessions}
    ]
    for mine in by_person:
        _is_line_of(lines[len(mine)], mine)
    assert bruise.patients == sum(any(hits) for hits in bruised)
    assert bruise.clusters == clusters_of(bruised)


def _is_line_of(line, sessions):
    changes = [[s.pain_change for s in mine] for mine in _by_patient(sessions)]
    assert (line.sums.sessions, line.spread.patients) == (len(sessions), len(changes))
    assert line.spread.courses == len({(s.patient_id, s.episode_id) for s in sessions})
    assert line.mean.interval == pytest.approx(robust(changes).conf_int()[0], rel=1e-9)


def _by_patient(sessions):
    found = {}
    for session in sessions:
        found.setdefault(session.patient_id, []).append(session)
    return found.values()
