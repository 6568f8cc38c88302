"""Practitioners and sites, adjusted for pain before, region and duration."""

import pandas
import pytest
from django.urls import reverse
from statsmodels.formula.api import ols

from clinic.models import Practitioner, Site
from tests import people
from treatments.models import Course
from treatments.outcomes.adjusted import adjusted_lines
from treatments.outcomes.filters import Filters
from treatments.services import rebuild_summaries

from .builders import make_courses

pytestmark = pytest.mark.both_engines
SCORES = [(8, 3), (6, 4), (9, 2), (4, 3), (7, 7), (5, 1), (8, 8), (3, 2), (6, 1), (7, 2), (9, 5)]


@pytest.fixture
def clinic(front_desk):
    """Two practitioners of two sites, the second with milder pain; regions and onsets differ."""
    staff = [people.make_physiotherapist(username=f"physio-{n}") for n in range(2)]
    Practitioner.objects.filter(user=staff[1]).update(site=Site.objects.create(name="Far"))
    staff = [type(one).objects.get(pk=one.pk) for one in staff]
    for number, (person, region) in enumerate([(0, "neck"), (0, "thigh"), (1, "neck"), (1, "thigh")]):
        scores = [(max(first - 2 * person, 1), last) for first, last in SCORES[number:]]
        make_courses(*scores, by=staff[person], desk=front_desk, region=region)
    rebuild_summaries()
    return staff


def test_the_adjusted_change_is_that_of_statsmodels(clinic):
    [(heading, lines), (_, sites)] = adjusted_lines(Filters())

    names = ["practitioner", "patient", "pain_first", "pain_last", "episode__region"]
    frame = pandas.DataFrame(Course.objects.filter(pain_last__isnull=False).values(*names))
    frame["change"] = frame.pain_last - frame.pain_first
    model = ols("change ~ C(practitioner) + pain_first + C(episode__region)", frame)
    fitted = model.fit(cov_type="cluster", cov_kwds={"groups": frame.patient}, use_t=True)
    share = (frame.episode__region == "thigh").mean()
    for line, second in zip(lines, (0, 1), strict=True):
        contrast = fitted.t_test([[1, second, share, frame.pain_first.mean()]])
        low, high = contrast.conf_int()[0]
        assert line.adjusted == pytest.approx(contrast.effect[0])
        assert tuple(line.interval) == pytest.approx((low, high))
    assert heading == "By practitioner"
    assert sorted(line.adjusted for line in sites) == pytest.approx(sorted(line.adjusted for line in lines))


def test_whoever_is_alone_with_a_region_is_not_adjusted(clinic, front_desk):
    third = people.make_physiotherapist(username="physio-3")
    make_courses((8, 3), (6, 2), by=third, desk=front_desk, region="hand")
    rebuild_summaries()

    [(_, lines), _] = adjusted_lines(Filters())

    assert [(line.adjusted is None, line.interval is None) for line in lines] == [
        (False, False), (False, False), (True, True),
    ]  # fmt: skip


def test_the_page_takes_the_filters_and_says_when_there_are_no_courses(client, clinic, admin):
    client.force_login(admin)
    address = reverse("admin:treatments_outcome_adjusted")

    page = client.get(address, {"practitioner": clinic[1].practitioner.pk})

    assert [line.courses for line in page.context["compared"][0][1]] == [17]
    assert client.get(address, {"visit": "first"}).context["compared"] is None
    assert client.get(address, {"site": "x"}).status_code == 400


def test_only_those_who_read_outcomes_see_the_page(client, physiotherapist):
    client.force_login(physiotherapist)

    assert client.get(reverse("admin:treatments_outcome_adjusted")).status_code in (302, 403)
