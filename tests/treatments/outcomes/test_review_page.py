"""The outcome review as admins see it: figures, filters, refusals, files."""

import csv
import io

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType

from patients.models import TrailEntry
from tests.admin_pages import url_of
from tests.treatments.builders import make_draft, make_muscle, make_needling, make_signed
from treatments.models import AdverseEvent, Outcome, Threshold
from treatments.outcomes.forest import ForestEntry
from treatments.services import rebuild_summaries

from .builders import make_history

pytestmark = pytest.mark.both_engines

EXPORTS = ["csv", "xlsx", "dictionary", "csv-with-names", "xlsx-with-names"]
URL = url_of(Outcome)


@pytest.fixture
def threshold(db):
    return Threshold.objects.create(
        slug="t", measure="nprs", kind="mcid", value=2, unit="points", population="Adults", is_on_pain_course=True
    )


def text_of(response):
    return " ".join(response.content.decode().split())


def download(response):
    return b"".join(response.streaming_content).decode("utf-8-sig")


def rows_of(response):
    return list(csv.DictReader(io.StringIO(download(response))))


@pytest.mark.parametrize("path", ["", *(f"export/{name}/" for name in EXPORTS)])
@pytest.mark.parametrize("who", ["front_desk", "physiotherapist"])
def test_nobody_but_admins_reviews_outcomes(client, request, who, path):
    client.force_login(request.getfixturevalue(who))
    assert client.get(URL + path).status_code in (302, 403)


def test_names_leave_with_their_own_permission_only(as_admin, admin, history):
    assert as_admin.get(f"{URL}export/csv-with-names/").status_code == 403
    assert "with names" not in text_of(as_admin.get(URL))

    admin.user_permissions.add(Permission.objects.get(codename="identify_outcome"))

    assert "Of history" in download(as_admin.get(f"{URL}export/csv-with-names/"))
    entry = TrailEntry.objects.get(action="export")
    assert (entry.by, entry.changes["names"], entry.changes["sessions"]) == (admin, [None, True], [None, 60])


def test_an_empty_clinic_has_no_figures_and_no_zeros_for_them(as_admin, threshold):
    page = text_of(as_admin.get(URL))

    assert page.count("no data") >= 4
    assert "No signed sessions match these filters." in page
    assert "0.0 %" not in page


def test_figures_of_a_small_clinic(as_admin, patient, physiotherapist, threshold):
    for days_ago, before, after in [(40, 8, 5), (30, 7, 5), (20, 6, 4), (10, 5, 4), (3, 4, 2), (1, 3, 1)]:
        event = [AdverseEvent(type="bruise", grade="mild")] if days_ago == 3 else []
        make_signed(patient, by=physiotherapist, days_ago=days_ago, pain_before=before, pain_after=after, events=event)
    make_draft(patient, by=physiotherapist)

    page = text_of(as_admin.get(URL))

    # Changes -3 -2 -2 -1 -2 -2: mean -2, SD sqrt(2 / 5) = 0.63. One patient has no interval.
    assert "−2.0</dd><dd>SD 0.6, 95 % interval not shown, fewer than 10 patients" in page
    assert "Patients: 1; courses: 1" in page
    assert "Drafts of this period, site and practitioner, not counted: 1" in page
    assert "1 of 6 sessions; patients: 1; events: 1" in page
    assert "Serious: 0 </dd>" in page  # no bound for one patient either
    assert "Natural course and regression to the mean" in page


def test_filters_leave_out_what_does_not_meet_them(as_admin, patient, physiotherapist):
    other = make_muscle("infraspinatus", "Infraspinatus", region="shoulder")
    make_signed(patient, by=physiotherapist, days_ago=3, needlings=[make_needling(other)])
    make_signed(patient, by=physiotherapist, days_ago=2)

    assert '<dd class="fig">2</dd>' in text_of(as_admin.get(URL))
    for query in ({"muscle": other.pk}, {"region": "shoulder"}, {"visit": "first"}):
        assert '<dd class="fig">1</dd>' in text_of(as_admin.get(URL, query)), query
    assert '<dd class="fig">0</dd>' in text_of(as_admin.get(URL, {"technique": "static"}))


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"muscle": "all of them"}, "Muscle: Choose from the list."),
        ({"practitioner": "0"}, "Practitioner: Choose from the list."),
        ({"since": "2026-13"}, "From: Choose from the list."),
        ({"by": "shoe size"}, "Pain change by: Choose from the list."),
        ({"threshold": "' OR 1=1"}, "Responder threshold: Choose from the list."),
    ],
)
def test_a_filter_nobody_knows_is_named_and_left_out(as_admin, history, threshold, query, sentence):
    answer = as_admin.get(URL, query)

    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert '<dd class="fig">60</dd>' in text_of(answer)
    assert as_admin.get(f"{URL}export/csv/", query).status_code == 400


def test_months_the_wrong_way_round_are_told(as_admin, history):
    months = sorted({f"{session.started_at:%Y-%m}" for session in history})

    answer = as_admin.get(URL, {"since": months[-1], "until": months[0]})

    assert answer.status_code == 400
    assert "To: Choose a month that is not before the first one." in text_of(answer)


@pytest.mark.parametrize("by", ["muscle", "point", "region", "needle", "technique", "depth"])
def test_every_breakdown_has_its_chart_and_table(as_admin, history, by):
    page = text_of(as_admin.get(URL, {"by": by}))

    assert page.count("<svg") >= 5
    assert {"muscle": "Infraspinatus", "depth": "10 to 19 mm", "needle": "0.30×40 mm"}.get(by, "") in page


def test_the_file_holds_just_the_sessions_of_the_filters(as_admin, history):
    muscle = make_muscle("infraspinatus").pk
    wanted = {s.pk for s in history if s.needlings.filter(muscle=muscle, insertions__isnull=False).exists()}

    rows = rows_of(as_admin.get(f"{URL}export/csv/", {"muscle": muscle}))

    assert 0 < len({row["session"] for row in rows}) == len(wanted) < 60
    assert "Of history" not in str(rows)
    entry = TrailEntry.objects.get(action="export")
    assert entry.changes["filters"] == [None, "Muscle: Infraspinatus"]


def test_a_cohort_says_whether_it_is_final(as_admin, history, threshold):
    months = sorted({f"{session.started_at:%Y-%m}" for session in history})

    old = as_admin.get(URL, {"courses": "began", "until": months[0]}).context["review"]
    new = as_admin.get(URL, {"courses": "began", "until": months[-1]}).context["review"]

    assert (old.is_final, new.is_final) == (True, False)
    assert old.filters.is_final_after < new.filters.is_final_after
    assert as_admin.get(URL).context["review"].filters.is_final_after is None


@pytest.mark.parametrize("sessions", [10, 60])
def test_the_page_asks_the_same_number_of_queries(as_admin, front_desk, threshold, django_assert_num_queries, sessions):
    make_history(by=front_desk, sessions=sessions)
    rebuild_summaries()
    as_admin.get(URL)
    ContentType.objects.clear_cache()

    # One for the reviews of published rates, six for the patients of all lines, four for courses, three for responses,
    # one for the baseline, and two for follow-ups.
    with django_assert_num_queries(39):
        assert as_admin.get(URL).status_code == 200


def test_a_long_label_of_a_plot_is_drawn_in_two_lines():
    entry = ForestEntry("Prolonged pain or aggravation of symptoms", 30)

    assert entry.label_lines == ["Prolonged pain or", "aggravation of symptoms"]
