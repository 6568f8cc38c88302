"""The figures of the page, computed a second time: from the tables, with pandas and statsmodels."""

import random

import numpy
import pandas
import pytest
import statsmodels.api as sm
from statsmodels.duration.survfunc import SurvfuncRight

from clinic.models import Site
from patients.models import Episode
from treatments.models import AdverseEvent, FollowUp, Needling, Threshold, TreatmentSession
from treatments.outcomes.filters import BEGAN, Filters
from treatments.outcomes.review import Review
from treatments.outcomes.rules import ResponseRule
from treatments.services import rebuild_summaries

from .builders import add_follow_ups, make_history

pytestmark = pytest.mark.both_engines
RULE = ResponseRule(
    "rule", (Threshold(value=2, unit="points", measure="nprs", population="Adults", regions="neck", slug="rule"),)
)
CHOICES = 12


@pytest.fixture
def tables(front_desk):
    """(sessions, needlings) as data frames."""
    add_follow_ups(make_history(by=front_desk, patients=16, sessions=140, seed=11))
    rebuild_summaries()
    sessions = pandas.DataFrame(
        TreatmentSession.objects.values(
            "id", "patient", "episode", "practitioner", "pain_before", "pain_after", "started_at",
            "context__site", "context__took_place_on", "context__patient_age", "patient__sex", "co_treatments",
        )
    )  # fmt: skip
    sessions = sessions.rename(columns=lambda name: name.removeprefix("context__"))
    episodes = pandas.DataFrame(Episode.objects.values("id", "region", "diagnosis_code", "code_system"))
    sessions = sessions.merge(episodes.rename(columns={"id": "episode"}), on="episode", how="left")
    sessions["day"] = pandas.to_datetime(sessions["took_place_on"])
    sessions["month"] = sessions["day"].dt.to_period("M")
    sessions["change"] = sessions["pain_after"] - sessions["pain_before"]
    events = pandas.DataFrame(AdverseEvent.objects.values("session", "type"))
    sessions["event"] = sessions["id"].isin(events["session"]).astype(int)
    sessions["course"] = sessions["patient"].astype(str) + "/" + sessions["episode"].fillna(0).astype(str)
    sessions["first"] = ~sessions.sort_values(["started_at", "id"]).duplicated("course")
    needlings = pandas.DataFrame(
        Needling.objects.exclude(insertions=None).values(
            "session", "muscle", "muscle__region", "technique", "twitch", "depth_mm"
        )
    )
    return sessions, needlings


def choices(sessions, needlings):
    rng = random.Random(5)
    months = sorted(sessions["month"].unique())
    for _ in range(CHOICES):
        choice = {"basis": rng.choice(["", BEGAN])}
        if rng.random() < 0.4:
            since, until = sorted(rng.choices(months, k=2))
            choice |= {"since": since.start_time.date(), "until": until.start_time.date()}
        if rng.random() < 0.3:
            choice["site"] = int(rng.choice(sorted(sessions["site"].unique())))
        if rng.random() < 0.3:
            choice["practitioner"] = int(rng.choice(sorted(sessions["practitioner"].unique())))
        for name, values in {
            "region": ["neck", "shoulder", "hip_buttock"],
            "technique": ["static", "pistoning"],
        }.items():
            if rng.random() < 0.4:
                choice[name] = rng.choice(values)
        if rng.random() < 0.2:
            choice["diagnosis"] = "who:M54.2"
        if rng.random() < 0.3:
            choice["depth"] = "10"
        if rng.random() < 0.3:
            choice["co_treatment"] = rng.choice(["exercise", "without:exercise"])
        yield choice


def needled(choice, sessions, needlings):
    """The keys of the sessions with a needling and treatments that match all of the choice."""
    for name, column in {"region": "muscle__region", "technique": "technique"}.items():
        if name in choice:
            needlings = needlings[needlings[column] == choice[name]]
    if "depth" in choice:
        needlings = needlings[needlings["depth_mm"].between(10, 19)]
    if "co_treatment" in choice:
        had_exercise = sessions["co_treatments"].map(lambda treatments: "exercise" in treatments)
        sessions = sessions[had_exercise == (choice["co_treatment"] == "exercise")]
    of_needling = {"region", "technique", "depth"} & choice.keys()
    return set(sessions["id"]) & set(needlings["session"]) if of_needling else set(sessions["id"])


def in_period(days, choice):
    months = days.dt.to_period("M")
    if "since" not in choice:
        return months == months
    return (months >= pandas.Period(choice["since"], "M")) & (months <= pandas.Period(choice["until"], "M"))


def selected(choice, sessions, needlings):
    mine = sessions[in_period(sessions["day"], choice)]
    for name in ("site", "practitioner"):
        if name in choice:
            mine = mine[mine[name] == choice[name]]
    if "diagnosis" in choice:
        mine = mine[mine["diagnosis_code"] == "M54.2"]
    return mine[mine["id"].isin(needled(choice, sessions, needlings))]


def robust(values, patients):
    model = sm.OLS(numpy.asarray(values, dtype=float), numpy.ones(len(values)))
    return model.fit(cov_type="cluster", cov_kwds={"groups": pandas.factorize(patients)[0]}, use_t=True).conf_int()[0]


def is_mean_of(mean, values, patients):
    if not len(values):
        assert mean is None
        return
    assert (mean.n, mean.mean) == (len(values), pytest.approx(values.mean()))
    if len(set(patients)) >= 10:
        assert mean.interval == pytest.approx(robust(values, patients), rel=1e-6, abs=1e-9)
    else:
        assert mean.interval is None


def test_the_figures_of_sessions(tables):
    for choice in choices(*tables):
        mine, review = selected(choice, *tables), Review(Filters(**choice), None, breakdown="region")

        total = review.total
        assert (total.sessions, total.sessions_with_event) == (len(mine), mine["event"].sum()), choice
        assert review.spread.patients == mine["patient"].nunique()
        assert review.spread.courses == mine["course"].nunique()
        is_mean_of(review.mean, mine["change"], mine["patient"])
        by_month = {line.label: line for line in review.months}
        assert sorted(line.sums.sessions for line in by_month.values()) == sorted(mine.groupby("month").size())
        for month, part in mine.groupby("month"):
            line = by_month[month.strftime("%b %Y")]
            assert line.spread.patients == part["patient"].nunique()
            is_mean_of(line.mean, part["change"], part["patient"])
        assert sorted(line.spread.patients for line in review.practitioners) == sorted(
            mine.groupby("practitioner")["patient"].nunique()
        )


def test_the_figures_of_follow_ups(tables):
    heard = pandas.DataFrame(FollowUp.objects.values("session", "contacted_at", "pain", "soreness"))
    for choice in choices(*tables):
        mine, review = selected(choice, *tables), Review(Filters(**choice), None)

        asked = heard.merge(mine, left_on="session", right_on="id")
        hours = (asked["contacted_at"] - asked["started_at"]).dt.total_seconds() / 3600
        found = review.follow_ups
        assert found.sessions == len(mine), choice
        assert found.asked == hours.between(12, 84, inclusive="left").sum()
        for at in found.times:
            then = asked[hours.between(at.hours - 12, at.hours + 12, inclusive="left")]
            assert at.asked == len(then)
            is_mean_of(at.change.mean, (then["pain"] - then["pain_before"]).astype(float), then["patient"])
            is_mean_of(at.soreness.mean, then["soreness"].astype(float), then["patient"])


def courses(choice, sessions, needlings):
    """A data frame of the courses that the choice selects: first and last score, sessions that count, responses."""
    rows, matching = [], needled(choice, sessions, needlings)
    for _, course in sessions.sort_values(["started_at", "id"]).groupby("course", sort=False):
        first = course.iloc[0]
        within = course if not choice["basis"] else course[course["day"] <= first["day"] + pandas.Timedelta(days=90)]
        at = first if choice["basis"] else course.iloc[-1]
        if not in_period(pandas.Series([at["day"]]), choice).all():
            continue
        if any(name in choice and at[name] != choice[name] for name in ("site", "practitioner")):
            continue
        if "diagnosis" in choice and first["diagnosis_code"] != "M54.2":
            continue
        if not matching & set(course["id"]):
            continue
        has_complaint, scores = pandas.notna(first["episode"]), within["pain_before"].tolist()
        fell = [at for at, pain in enumerate(scores) if scores[0] - pain >= 2]
        rows.append(
            {
                "patient": first["patient"], "first": scores[0], "age": first["patient_age"], "region": first["region"],
                "last": scores[-1] if has_complaint and len(scores) > 1 else None,
                "time": fell[0] if fell else len(scores) - 1, "responded": bool(fell),
            }
        )  # fmt: skip
    return pandas.DataFrame(rows, columns=["patient", "first", "age", "region", "last", "time", "responded"])


def test_the_figures_of_courses(tables):
    for choice in choices(*tables):
        mine, review = courses(choice, *tables), Review(Filters(**choice), RULE)

        both = mine.dropna(subset="last")
        assert review.courses.everything.courses == len(mine), choice
        assert review.courses.patients == mine["patient"].nunique()
        is_mean_of(review.courses.everything.mean, (both["last"] - both["first"]).astype(float), both["patient"])
        # The rule is for necks; it needs two points, which a first score of 1 or less cannot fall.
        for_rule = mine[mine["region"] == "neck"]
        judged = for_rule.dropna(subset="last")
        responded = judged["first"] - judged["last"] >= 2
        found = review.responses
        assert (found.available.part, found.available.n) == (responded.sum(), len(judged))
        assert (found.all.part, found.all.n) == (responded.sum(), len(for_rule))
        assert (found.available.patients, found.all.patients) == (
            judged["patient"].nunique(),
            for_rule["patient"].nunique(),
        )
        if len(for_rule):
            peer = SurvfuncRight(for_rule["time"] + 1, for_rule["responded"])
            shares = {step.treatments + 1: 1 - step.share for step in found.steps}
            assert [shares[time] for time in peer.surv_times] == pytest.approx(list(peer.surv_prob))
            assert [step.at_risk for step in found.steps] == [
                sum(for_rule["time"] >= s.treatments) for s in found.steps
            ]
        baseline = review.baseline
        assert baseline.pain is None or baseline.pain.mean == pytest.approx(mine["first"].mean())
        if len(mine):
            assert baseline.age == pytest.approx(tuple(mine["age"].quantile([0.5, 0.25, 0.75])))
        assert baseline.regions == {key or "": n for key, n in mine["region"].fillna("").value_counts().items()}


def test_choices_are_not_all_empty(tables):
    """The tests above compare something: most choices select sessions, courses, and enough patients for intervals."""
    found = [selected(choice, *tables)["patient"].nunique() for choice in choices(*tables)]

    assert len(found) == CHOICES
    assert sum(n > 0 for n in found) >= CHOICES * 2 / 3
    assert sum(n >= 10 for n in found) >= CHOICES / 3
    assert Site.objects.count() > 1
