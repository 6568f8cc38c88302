import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from patients.services import close_episode, open_episode, update_patient
from tests import people
from tests.markup import on_one_line
from tests.treatments.builders import make_draft, make_muscle, make_needling, make_signed
from treatments.models import AdverseEvent, Threshold, TreatmentSession
from treatments.services import record_follow_up


@pytest.fixture
def signed_in(client, physiotherapist):
    client.force_login(physiotherapist)
    return client


@pytest.fixture
def episode(patient, physiotherapist):
    return open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck", planned_sessions=6)


def chart_url(patient, query=""):
    return f"/patients/{patient.pk}/chart/{query}"


def page(client, url, **headers):
    response = client.get(url, headers=headers)
    assert response.status_code == 200
    return on_one_line(response)


def with_follow_up(session, by):
    event = AdverseEvent(type="bruise", grade="mild")
    record_follow_up(session, by=by, contacted_at=timezone.now(), pain=3, events=[event])
    return session


def make_many(patient, by, count, **fields):
    """Rows as the services leave them, quickly: only the first goes through them."""
    first = with_follow_up(make_draft(patient, by=by, days_ago=1, **fields), by)
    TreatmentSession.objects.bulk_create(
        TreatmentSession(
            patient=patient,
            episode=first.episode,
            practitioner=first.practitioner,
            started_at=first.started_at - timedelta(days=day),
            pain_before=5,
            saved_by=by,
        )
        for day in range(1, count)
    )


@pytest.mark.parametrize("count", [1, 3, 30, 500])
def test_chart_asks_the_database_fourteen_times(signed_in, patient, physiotherapist, count, django_assert_num_queries):
    make_many(patient, physiotherapist, count)

    # One each for past events, similar names, assessments and the last signed visit, two for the next visits.
    with django_assert_num_queries(21):
        page(signed_in, chart_url(patient))


@pytest.mark.parametrize("count", [1, 3])
def test_chart_of_an_episode_asks_for_its_threshold_too(
    signed_in, patient, physiotherapist, episode, count, django_assert_num_queries
):
    make_many(patient, physiotherapist, count, episode=episode)

    # The same, and one each for thresholds and scores.
    with django_assert_num_queries(23):
        page(signed_in, chart_url(patient))


@pytest.mark.parametrize("count", [6, 30])
def test_chart_fragment_asks_the_database_ten_times(
    signed_in, patient, physiotherapist, count, django_assert_num_queries
):
    make_many(patient, physiotherapist, count)
    newest = patient.treatment_sessions.latest_first().first()

    # One of them for the assessments between the sessions.
    with django_assert_num_queries(11):
        page(signed_in, chart_url(patient, f"?before={newest.pk}"), **{"HX-Request": "true"})


def test_chart_names_the_patient_in_the_banner(signed_in, patient):
    html = page(signed_in, chart_url(patient))

    assert "ADEYEMI, Ruth" in html
    assert "14 Mar 1979" in html
    assert patient.record_number in html
    assert html.count("<h1") == 1


@pytest.mark.parametrize("change", [{"died_on": date(2024, 1, 1)}, {"is_active": False}])
def test_who_is_not_treated_any_more_has_no_button_to_start_or_book(signed_in, patient, front_desk, change):
    before = [
        page(signed_in, url).count("/sessions/start/") for url in (chart_url(patient), patient.get_absolute_url())
    ]
    update_patient(patient, by=front_desk, **change)

    for url in (chart_url(patient), patient.get_absolute_url()):
        html = page(signed_in, url)
        assert "/sessions/start/" not in html
        assert "with the button above" not in html
    assert before == [1, 1]


def test_chart_without_a_session_says_so(signed_in, patient):
    html = page(signed_in, chart_url(patient))

    assert "No session yet" in html
    assert "No pain scores yet" in html
    assert "Nothing has been needled yet" in html
    assert "Not screened yet" in html
    assert f"/patients/{patient.pk}/screening/" in html


def test_chart_shows_a_session_with_its_rows_reactions_and_follow_up(signed_in, patient, physiotherapist):
    session = make_signed(
        patient, by=physiotherapist, days_ago=2, events=[AdverseEvent(type="bleed", grade="mild")], pain_before=7
    )
    record_follow_up(
        session,
        by=physiotherapist,
        contacted_at=session.started_at + timedelta(hours=26),
        pain=2,
        soreness=1,
        note="Slept well.",
        events=[AdverseEvent(type="fainting", grade="significant")],
    )

    html = page(signed_in, chart_url(patient))

    assert session.get_absolute_url() in html
    assert "0.30×40, 15 mm, pistoning" in html
    assert "(−3)" in html
    assert "Bleed, mild" in html
    assert "Fainting, significant" in html
    assert "26 h after" in html
    assert "pain 2" in html
    assert "Slept well." in html
    assert f"{session.pk}/follow-up/" in html


def test_chart_writes_retention_as_the_session_does(signed_in, patient, physiotherapist):
    make_signed(patient, by=physiotherapist, needlings=[make_needling(make_muscle(), retention_seconds=90)])

    assert "1:30 min" in page(signed_in, chart_url(patient))


def test_chart_escapes_what_people_typed(signed_in, patient, physiotherapist):
    session = make_draft(patient, by=physiotherapist, needlings=[make_needling(make_muscle(name="<b>Bold</b>"))])
    record_follow_up(session, by=physiotherapist, contacted_at=timezone.now(), note="<script>x</script>")

    html = page(signed_in, chart_url(patient))

    assert "<b>Bold</b>" not in html
    assert "<script>x</script>" not in html


def test_chart_starts_with_the_open_episode(signed_in, patient, physiotherapist, episode):
    make_signed(patient, by=physiotherapist, days_ago=3, episode=episode, pain_before=8)
    other = make_signed(patient, by=physiotherapist, days_ago=2)

    html = page(signed_in, chart_url(patient))

    assert str(other.pk) not in html
    assert re.search(r"1 of 6</span>\s+sessions", html)


def test_chart_of_all_shows_every_session_and_its_complaint(signed_in, patient, physiotherapist, episode):
    first = make_signed(patient, by=physiotherapist, days_ago=3, episode=episode)
    other = make_signed(patient, by=physiotherapist, days_ago=2)

    html = page(signed_in, chart_url(patient, "?episode=all"))

    assert str(first.pk) in html
    assert str(other.pk) in html


def test_chart_of_a_closed_episode_says_when_it_closed(signed_in, patient, physiotherapist, episode):
    close_episode(
        episode,
        by=physiotherapist,
        closed_on=timezone.localdate(),
        closing_reason="goal_reached",
        closing_summary="Pain free.",
    )

    html = page(signed_in, chart_url(patient, f"?episode={episode.pk}"))

    assert "Pain free." in html
    assert "Closed " in html


@pytest.mark.parametrize("wanted", ["999999", "none", "", "1 OR 1=1"])
def test_chart_of_an_episode_that_is_not_the_patients_is_not_found(signed_in, patient, wanted):
    assert signed_in.get(chart_url(patient, f"?episode={wanted}")).status_code == 404


def test_chart_of_another_patients_episode_is_not_found(signed_in, patient, front_desk, episode):
    other = people.make_patient(by=front_desk, given_name="Lan", family_name="Nguyen")

    assert signed_in.get(chart_url(other, f"?episode={episode.pk}")).status_code == 404


def test_chart_shows_five_sessions_and_links_to_earlier_ones(signed_in, patient, physiotherapist):
    sessions = [make_draft(patient, by=physiotherapist, days_ago=day) for day in range(7)]

    html = page(signed_in, chart_url(patient))

    assert [str(session.pk) in html for session in sessions] == [True] * 5 + [False] * 2
    assert f"before={sessions[4].pk}" in html


def test_earlier_sessions_come_as_a_fragment(signed_in, patient, physiotherapist):
    sessions = [make_draft(patient, by=physiotherapist, days_ago=day) for day in range(7)]

    html = page(signed_in, chart_url(patient, f"?before={sessions[4].pk}"), **{"HX-Request": "true"})

    assert "<html" not in html
    assert html.count("autofocus") == 1
    assert [str(session.pk) in html for session in sessions] == [False] * 5 + [True] * 2
    assert "Show earlier sessions" not in html


def test_earlier_sessions_come_as_a_page_without_javascript(signed_in, patient, physiotherapist):
    sessions = [make_draft(patient, by=physiotherapist, days_ago=day) for day in range(7)]

    html = page(signed_in, chart_url(patient, f"?before={sessions[4].pk}"))

    assert "<html" in html
    assert "Newest sessions" in html
    assert str(sessions[6].pk) in html


def test_sessions_of_the_same_moment_are_each_shown_once(signed_in, patient, physiotherapist):
    moment = timezone.now() - timedelta(days=1)
    sessions = [make_draft(patient, by=physiotherapist, started_at=moment) for _ in range(7)]
    last_shown = patient.treatment_sessions.latest_first()[4]

    first = page(signed_in, chart_url(patient), **{"HX-Request": "true"})
    second = page(signed_in, chart_url(patient, f"?before={last_shown.pk}"), **{"HX-Request": "true"})

    ids = re.findall(r"sessions/([0-9a-f-]{36})/edit/", first + second)
    assert sorted(ids) == sorted(str(session.pk) for session in sessions)


@pytest.mark.parametrize("cursor", ["", "x", "0" * 32, "'; drop"])
def test_an_unknown_cursor_starts_at_the_top(signed_in, patient, physiotherapist, cursor):
    session = make_draft(patient, by=physiotherapist)

    assert str(session.pk) in page(signed_in, chart_url(patient, f"?before={cursor}"))


def test_pain_course_names_its_threshold_and_that_nobody_reviewed_it(
    signed_in, patient, physiotherapist, catalogue, episode
):
    make_signed(patient, by=physiotherapist, days_ago=9, pain_before=8, episode=episode)
    make_draft(patient, by=physiotherapist, days_ago=2, pain_before=None, pain_after=None, episode=episode)

    html = page(signed_in, chart_url(patient))

    threshold = Threshold.objects.in_use().get(measure="nprs", is_on_pain_course=True)
    assert "Threshold 6" in html
    assert threshold.population in html
    assert "Salaffi 2004" in html
    assert "Not yet reviewed" in html
    assert "no data" in html


def test_pain_course_of_all_sessions_compares_no_complaint_with_another(
    signed_in, patient, physiotherapist, catalogue, episode
):
    knee = open_episode(patient, by=physiotherapist, complaint="Knee pain", region="leg")
    make_signed(patient, by=physiotherapist, days_ago=9, pain_before=8, episode=episode)
    make_signed(patient, by=physiotherapist, days_ago=2, pain_before=3, pain_after=1, episode=knee)

    html = page(signed_in, chart_url(patient, "?episode=all"))

    assert "The points are not joined" in html
    assert re.search(r'class="line" d="M[^"]*L', html) is None
    assert not any(words in html for words in ("Threshold", "below the first", "Before needling: first"))


def test_chart_resumes_a_draft_without_a_complaint(signed_in, patient, physiotherapist, episode):
    open_episode(patient, by=physiotherapist, complaint="Knee pain", region="leg")
    draft = make_draft(patient, by=physiotherapist, started_at=timezone.now())

    html = page(signed_in, chart_url(patient))

    assert "Resume session" in html
    assert draft.get_absolute_url() in html
    assert "Start session" not in html


def test_chart_resumes_a_draft_from_every_page(signed_in, patient, physiotherapist):
    older = [make_draft(patient, by=physiotherapist, days_ago=day) for day in range(1, 8)]
    make_draft(patient, by=physiotherapist, started_at=timezone.now())

    assert "Resume session" in page(signed_in, chart_url(patient, f"?before={older[2].pk}"))


def test_chart_counts_sessions_without_a_complaint_and_links_to_them(signed_in, patient, physiotherapist, episode):
    for day in (1, 2):
        make_signed(patient, by=physiotherapist, days_ago=day)
    make_signed(patient, by=physiotherapist, days_ago=3, episode=episode)

    html = page(signed_in, chart_url(patient))

    assert re.search(r'<a [^>]*href="\?episode=all#sessions-title"> ?2 sessions without a complaint', html)
    all_sessions = r'href="\?episode=all"[^>]*> <span>All sessions</span> ?<span class="fl-meta" ?> ?3 sessions'
    assert re.search(all_sessions, html)
    assert page(signed_in, chart_url(patient, "?episode=all")).count("No complaint chosen") == 2


def test_chart_resumes_todays_draft_of_this_person(signed_in, patient, physiotherapist, other_physiotherapist):
    make_draft(patient, by=physiotherapist, days_ago=3)
    make_draft(patient, by=other_physiotherapist)

    assert "Resume session" not in page(signed_in, chart_url(patient))

    make_draft(patient, by=physiotherapist, started_at=timezone.now())

    assert "Resume session" in page(signed_in, chart_url(patient))


def test_chart_is_not_for_the_front_desk(client, front_desk, patient):
    client.force_login(front_desk)

    assert client.get(chart_url(patient)).status_code == 403
    assert client.get(f"/patients/{patient.pk}/muscles/trapezius-upper/").status_code == 403


def test_an_admin_reads_a_chart_and_starts_nothing(client, admin, patient, physiotherapist):
    make_signed(patient, by=physiotherapist)
    client.force_login(admin)

    html = page(client, chart_url(patient))

    assert "Start session" not in html
    assert "Record follow-up" not in html


def test_chart_of_nobody_is_not_found(signed_in, db):
    assert signed_in.get("/patients/999/chart/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_muscle_history_asks_a_constant_number_of_queries(
    signed_in, patient, physiotherapist, count, django_assert_num_queries
):
    for day in range(count):
        make_signed(patient, by=physiotherapist, days_ago=day)

    # One of them for past events, one for similar names, one for the build, one for the reviews of facts.
    with django_assert_num_queries(14):
        page(signed_in, f"/patients/{patient.pk}/muscles/trapezius-upper/")


def test_muscle_history_shows_this_patients_needlings_newest_first(signed_in, patient, physiotherapist, front_desk):
    other = people.make_patient(by=front_desk, given_name="Lan", family_name="Nguyen")
    older = make_signed(patient, by=physiotherapist, days_ago=9, pain_before=8)
    newer = make_signed(patient, by=physiotherapist, days_ago=2)
    elsewhere = make_signed(other, by=physiotherapist)

    html = page(signed_in, f"/patients/{patient.pk}/muscles/trapezius-upper/")

    assert html.index(str(newer.pk)) < html.index(str(older.pk))
    assert str(elsewhere.pk) not in html
    assert "2 needlings" in html


def test_muscle_history_leaves_out_rows_of_a_draft_that_only_plan(signed_in, patient, physiotherapist):
    planned = make_needling(make_muscle(), insertions=None, twitch="", twitch_count=None)
    draft = make_draft(patient, by=physiotherapist, needlings=[planned])
    signed = make_signed(patient, by=physiotherapist, days_ago=9)

    html = page(signed_in, f"/patients/{patient.pk}/muscles/trapezius-upper/")

    assert "1 needling," in html
    assert str(signed.pk) in html
    assert str(draft.pk) not in html


def test_muscle_history_of_one_side(signed_in, patient, physiotherapist):
    left = make_signed(patient, by=physiotherapist, needlings=[make_needling(make_muscle(), side="left")])
    right = make_signed(patient, by=physiotherapist, days_ago=1)

    html = page(signed_in, f"/patients/{patient.pk}/muscles/trapezius-upper/?side=left")

    assert str(left.pk) in html
    assert str(right.pk) not in html


def test_muscle_history_is_paged(signed_in, patient, physiotherapist):
    rows = [make_needling(make_muscle()) for _ in range(51)]
    make_draft(patient, by=physiotherapist, needlings=rows)

    assert "Page 2 of 2" in page(signed_in, f"/patients/{patient.pk}/muscles/trapezius-upper/?page=2")
    assert "Page 1 of 2" in page(signed_in, f"/patients/{patient.pk}/muscles/trapezius-upper/?page=x")


def test_muscle_history_shows_facts_as_advice(signed_in, patient, catalogue):
    html = page(signed_in, f"/patients/{patient.pk}/muscles/trapezius-upper/")

    assert "has not been needled" in html
    assert "the usual range, not a limit" in html
    assert "Not yet reviewed" in html
    assert "Pneumothorax risk" in html


def test_muscle_history_of_an_unknown_muscle_is_not_found(signed_in, patient):
    assert signed_in.get(f"/patients/{patient.pk}/muscles/no-such/").status_code == 404
