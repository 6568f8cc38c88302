"""Which courses respond by a rule, after how many treatments, and who their patients were."""

import random
from collections import Counter, defaultdict
from datetime import timedelta
from itertools import product

import numpy
import pytest
from django.utils import timezone
from statsmodels.duration.survfunc import SurvfuncRight

from patients.models import Episode
from tests.treatments.builders import make_muscle
from treatments.models import Course, Threshold
from treatments.outcomes.baseline import baselines_of, together
from treatments.outcomes.courses import courses_of
from treatments.outcomes.filters import BEGAN, Filters
from treatments.outcomes.responses import kaplan_meier, responses_of
from treatments.outcomes.rules import ResponseRule, response_rules
from treatments.outcomes.scores import score_changes_of
from treatments.services import load_catalogue, record_outcome_score

from .builders import make_courses

pytestmark = pytest.mark.both_engines


@pytest.fixture
def staff(physiotherapist, front_desk):
    return {"by": physiotherapist, "desk": front_desk}


def rule_of(**values):
    usual = {"measure": "nprs", "kind": "mcid", "value": 2, "unit": "points", "population": "Adults", "slug": "rule"}
    return ResponseRule("rule", (Threshold(**usual | values),))


def responses(rule, **choice):
    return responses_of(Filters(**choice).courses(), rule)


# Kaplan and Meier -------------------------------------------------------------------------


def steps_of(courses):
    """The steps of (patient, time, whether it responded then) of each course."""
    ends, of_patient = Counter(course[1:] for course in courses), defaultdict(list)
    for patient, *end in courses:
        of_patient[patient].append(tuple(end))
    pairs = Counter(pair for theirs in of_patient.values() for pair in product(theirs, repeat=2))
    return kaplan_meier(ends, pairs, patients=len(of_patient))


@pytest.mark.parametrize("seed", range(10))
def test_the_estimate_of_one_course_a_patient_is_that_of_statsmodels(seed):
    rng = random.Random(seed)
    # Nobody responds before the first treatment.
    ends = [rng.randint(0, 8) for _ in range(rng.randint(10, 60))]
    times = [(time, time > 0 and rng.random() < 0.5) for time in ends]
    steps = {step.treatments: step for step in steps_of([(n, *time) for n, time in enumerate(times)])}
    peer = SurvfuncRight([time + 1 for time, _ in times], [responded for _, responded in times])

    for time, share, error in zip(peer.surv_times, peer.surv_prob, peer.surv_prob_se, strict=True):
        step = steps[time - 1]
        assert 1 - step.share == pytest.approx(share)
        if 0 < share < 1:
            assert step.interval == pytest.approx(log_log(share, error), rel=1e-6)


def log_log(share, error):
    """The interval of 1 - S from S and its standard error, by log(-log S)."""
    half = 1.959963984540054 * error / (share * abs(numpy.log(share)))
    low, high = share ** numpy.exp(-half), share ** numpy.exp(half)
    return 1 - low, 1 - high


def test_courses_of_one_patient_do_not_make_the_band_narrow():
    rng = random.Random(3)
    times = [(n, rng.randint(1, 6), rng.random() < 0.6) for n in range(14)]

    once, thrice = steps_of(times), steps_of(times * 3)

    assert [step.share for step in thrice] == pytest.approx([step.share for step in once])
    for one, other in zip(once, thrice, strict=True):
        assert one.interval == pytest.approx(other.interval)


def test_fewer_than_ten_patients_have_no_band():
    assert not any(step.interval for step in steps_of([(n, 2, True) for n in range(9)]))
    assert steps_of([]) == []


def test_a_course_without_response_is_followed_to_its_last_score(staff):
    make_courses([8] * 50, [8, 8, 5, 7], [8], **staff, days_ago=400)

    found = responses(rule_of())

    # The first one is followed over 49 treatments, the second one responds after two, the third one has none.
    assert [(step.at_risk, step.responded) for step in found.steps[:4]] == [(3, 0), (2, 0), (2, 1), (1, 0)]
    assert len(found.steps) == 50
    assert (found.median, found.responded) == (2, 1)


def test_nobody_responded_is_not_no_data(staff):
    make_courses([8] * 5, **staff)

    found = responses(rule_of())

    assert (found.responded, found.all.n, found.median) == (0, 1, None)


# Whom a rule is for -------------------------------------------------------------------------


def test_a_missing_score_is_left_out_or_counts_as_no(staff):
    make_courses([8, 5], [8, 8], [8], [7], **staff)

    found = responses(rule_of())

    assert (found.available.part, found.available.n, found.available.patients) == (1, 2, 2)
    assert (found.all.part, found.all.n, found.missing) == (1, 4, 2)


def test_a_threshold_counts_only_the_complaints_it_was_made_for(staff):
    today = timezone.localdate()
    long, short = today - timedelta(days=200 + 100), today - timedelta(days=200 + 10)
    make_courses([8, 5], **staff, region="low_back", onset_on=long)
    make_courses([8, 5], **staff, region="low_back", onset_on=short)
    make_courses([8, 5], [4, 4], **staff, region="low_back")
    make_courses([8, 5], **staff, region="neck", onset_on=long)

    found = responses(rule_of(regions="low_back upper_back", least_weeks=12))
    of_high = responses(rule_of(regions="low_back", baseline_low=8, baseline_high=10))

    assert (found.all.n, found.undated) == (1, 2)
    assert (of_high.all.n, of_high.undated) == (3, 0)
    assert responses(rule_of()).all.n == 5


@pytest.mark.parametrize(("precision", "surely"), [("day", 0), ("week", 6), ("month", 30), ("year", 365)])
def test_a_complaint_has_lasted_as_long_as_its_last_possible_day_says(staff, precision, surely):
    limit = timezone.localdate() - timedelta(days=200 + 84)
    onset = {"onset_precision": precision}
    make_courses([8, 5], **staff, onset_on=limit - timedelta(days=surely), **onset)
    make_courses([8, 5], **staff, onset_on=limit - timedelta(days=surely - 1), **onset)

    found = responses(rule_of(least_weeks=12))
    durations = together(baselines_of(Filters().courses()).values()).durations

    unsure = precision != "day"
    assert (found.all.n, found.undated) == (1, int(unsure))
    assert durations == {"long": 1, "" if unsure else "middle": 1}


def test_thresholds_for_different_first_scores_are_one_rule(staff):
    values = {"measure": "nprs", "kind": "mcid", "unit": "points", "population": "Back pain, by first score"}
    for low, high, value in [(8, 10, 3), (1, 4, 1), (5, 7, 2)]:
        Threshold.objects.create(
            slug=f"back-{low}", value=value, baseline_low=low, baseline_high=high, rules="back", **values
        )
    make_courses([3, 2], [6, 5], [6, 4], [9, 7], [9, 6], [0, 0], **staff)

    rule = response_rules()["back"]
    found = responses(rule)

    assert [rule.drop_for(first) for first in (0, 3, 6, 9)] == [None, 1, 2, 3]
    assert rule.amount == "1, 2 or 3 points by first score"
    assert rule.population == "Back pain"
    assert (found.available.part, found.available.n) == (3, 5)


def test_scores_are_held_only_against_thresholds_for_their_complaint(staff):
    values = {"measure": "psfs", "kind": "mcid", "value": 2, "unit": "points", "population": "Chronic shoulder pain"}
    limited = Threshold.objects.create(slug="limited", regions="shoulder", least_weeks=12, **values)
    free = Threshold.objects.create(slug="free", **values)
    today = timezone.localdate()
    for region, weeks in [("shoulder", 20), ("shoulder", 8), ("neck", 20)]:
        onset_on = today - timedelta(days=200, weeks=weeks)
        (episode,) = make_courses([8, 5], **staff, region=region, onset_on=onset_on, onset_precision="day")
        for value, ago in [(4, 190), (7, 10)]:
            scored = {"measure": "psfs", "item": "Climbing stairs", "scored_on": today - timedelta(days=ago)}
            record_outcome_score(episode, by=staff["by"], value=value, **scored)

    (change,) = score_changes_of(Filters())

    counted = {count.threshold: (count.courses, count.judged) for count in change.reached}
    assert counted == {free: (3, 3), limited: (1, 1)}


def test_every_threshold_that_is_included_has_regions_that_exist(db):
    load_catalogue()
    regions = dict(Episode._meta.get_field("region").choices)

    rules = response_rules()

    assert {"back-lower", "back-upper"} < rules.keys()
    assert all(part in regions for rule in rules.values() for one in rule.thresholds for part in one.regions.split())
    assert all({(one.regions, one.least_weeks) for one in rule.thresholds} and rule.covered for rule in rules.values())
    assert rules["back-lower"].limits == "low back or upper back, a first score from 1 to 10"


# When courses are counted ----------------------------------------------------------------------


def test_a_course_that_began_in_the_period_is_final_when_it_has_been_followed(staff):
    make_courses([8, 6, 5, 2, 0], **staff, days_ago=200, every=40)
    course = Course.objects.get()
    month = course.began_on.replace(day=1)

    began, latest = Filters(since=month, until=month, basis=BEGAN), Filters(since=month, until=month)

    # Sessions after 0, 40 and 80 days are within 90 days.
    (mine,) = began.courses()
    assert (mine.given, mine.pain_end, mine.who) == (3, 5, staff["by"].practitioner.pk)
    assert courses_of(began).everything.mean.mean == -3
    assert not latest.courses().exists()
    assert (course.sessions, course.pain_last) == (5, 0)
    found = responses(rule_of(value=6), since=month, until=month, basis=BEGAN)
    assert (found.all.part, found.responded) == (0, 0)


def test_what_was_needled_must_match_in_the_same_session(staff):
    other = make_muscle("infraspinatus", "Infraspinatus", region="shoulder")
    apart = [{"muscle": other, "technique": "pistoning"}, {"technique": "static"}]
    make_courses([8, 5], **staff, rows=apart)
    (together,) = make_courses([8, 5], **staff, rows=[{"muscle": other, "technique": "static"}])

    both = Filters(region="shoulder", technique="static").courses()

    assert [course.episode_id for course in both] == [together.pk]
    assert Filters(region="shoulder").courses().count() == 2


# Who they were --------------------------------------------------------------------------------


def test_the_baseline_counts_courses_at_their_first_session(staff):
    today = timezone.localdate()
    make_courses([8, 5], **staff, region="low_back", onset_on=today - timedelta(days=200 + 84))
    make_courses([6], **staff, region="low_back", onset_on=today - timedelta(days=200 + 50), condition="neck-pain")
    make_courses([4], **staff, onset_on=today - timedelta(days=200 + 5))
    make_courses([2, 1], **staff)

    found = together(baselines_of(Filters().courses()).values())

    assert found.courses == 4
    assert found.pain.mean == 5
    assert found.durations == {"long": 1, "middle": 1, "short": 1, "": 1}
    assert found.regions == {"low_back": 2, "neck": 2}
    assert found.conditions == {"neck-pain": 1, "": 3}
    assert sum(found.ages.values()) == 4
    assert together([]).courses == 0
    assert together([]).age is None
