"""Figures that speak of needling count needling sessions only, also those that were stopped early."""

import csv
import io
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.services import open_episode
from tests.treatments.builders import make_draft, make_muscle, make_needling, make_ready
from tests.treatments.outcomes.test_sources import everything, same
from treatments.chart import heat_map
from treatments.chart.last_time import history_before
from treatments.chart.progress import progress_of
from treatments.chart.timeline import needlings_of
from treatments.models import AdverseEvent, Course, Needling, SessionFact
from treatments.outcomes.filters import Filters
from treatments.outcomes.review import Review
from treatments.services import rebuild_summaries, record_event, save_draft, sign_session, start_session

pytestmark = pytest.mark.both_engines


@pytest.fixture
def visits(patient, physiotherapist):
    """One episode: a full needling, one stopped by a faint without a score after, and one visit of each other kind."""
    make_ready(patient, by=physiotherapist)
    episode = open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck", planned_sessions=2)
    others = {
        "assessment": {"pain_before": 9, "pain_after": 1, "visit_reason": "Stiff"},
        "exercise": {"pain_before": 2, "co_treatments": ["exercise"]},
        "unwell": {"visit_reason": "Fever"},
        "refused": {"visit_reason": "Not today"},
    }
    signed = {"assessment": _without_needling(patient, physiotherapist, episode, 30, "assessment", others)}
    full = make_draft(patient, by=physiotherapist, episode=episode, days_ago=20)
    signed["needling"] = sign_session(full, by=physiotherapist, proof="PIN")
    stopped = make_draft(
        patient,
        by=physiotherapist,
        episode=episode,
        days_ago=10,
        visit_kind="stopped",
        stopped_at=timezone.now() - timedelta(days=10),
        departure="accompanied",
        pain_before=5,
        pain_after=None,
        needlings=[make_needling(make_muscle(), depth_mm=None, technique="")],
        events=[AdverseEvent(type="fainting", grade="significant")],
    )
    signed["stopped"] = sign_session(stopped, by=physiotherapist, proof="PIN")
    for days_ago, kind in enumerate(["exercise", "unwell", "refused"], start=1):
        signed[kind] = _without_needling(patient, physiotherapist, episode, days_ago, kind, others)
    return signed


def _without_needling(patient, by, episode, days_ago, kind, others):
    session = start_session(patient, by=by, session_id=uuid.uuid4(), reason="Another")
    values = {"started_at": timezone.now() - timedelta(days=days_ago), "visit_kind": kind, "episode": episode}
    values["late_entry_reason"] = "Written from notes on paper"
    draft = save_draft(
        session,
        by=by,
        version=session.version,
        token=uuid.uuid4(),
        values=values | others[kind],
        needlings=[],
        measurements=[],
        events=[],
    )
    return sign_session(draft, by=by, proof="PIN")


def test_the_summaries_count_needling_sessions_only_and_a_recount_agrees(visits):
    kept = everything()
    rebuild_summaries()

    assert kept == everything()
    assert {str(pk) for pk in SessionFact.objects.values_list("pk", flat=True)} == {
        str(visits[kind].pk) for kind in ("needling", "stopped")
    }
    same(Filters())


def test_a_course_is_made_of_its_needling_sessions(visits):
    course = Course.objects.get()

    assert (course.sessions, course.first_session, course.pain_first, course.pain_last) == (2, visits["needling"], 6, 5)


def test_a_stopped_session_counts_among_the_sessions_and_not_in_the_mean_change(visits):
    total = Review(Filters(), None).total

    assert (total.sessions, total.rated, total.mean.n, total.mean.mean) == (2, 1, 1, -2)


def test_the_rate_of_events_is_of_needled_sessions(visits, physiotherapist):
    record_event(visits["unwell"], by=physiotherapist, type="fainting", grade="mild", id=uuid.uuid4())
    review = Review(Filters(), None)
    fainting = next(line for line in review.types if line.label == AdverseEvent.Type.FAINTING.label)

    assert (fainting.events, fainting.sessions, fainting.n) == (1, 1, 2)
    kept = everything()
    rebuild_summaries()
    assert kept == everything()


@pytest.mark.parametrize(("kind", "sessions"), [("needling", 1), ("stopped", 1), ("unwell", 0)])
def test_one_kind_can_be_chosen(visits, kind, sessions):
    review = Review(Filters(kind=kind), None)

    assert review.total.sessions == sessions
    assert list(Filters(kind=kind).sessions()) == [visits[kind]]


def test_the_review_counts_the_visits_that_were_not_a_full_needling(visits):
    assert dict(Review(Filters(), None).kinds) == dict.fromkeys(visits.keys() - {"needling"}, 1)


def exported(client, **chosen):
    page = client.get(reverse("admin:treatments_outcome_export_csv"), chosen)
    text = b"".join(page.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_export_has_the_kind_and_can_be_of_one_kind(as_admin, visits):
    assert {row["kind_of_visit"] for row in exported(as_admin)} == {
        visits[kind].get_visit_kind_display() for kind in ("needling", "stopped")
    }
    (refused,) = exported(as_admin, kind="refused")
    assert (refused["kind_of_visit"], refused["muscle"]) == (visits["refused"].get_visit_kind_display(), "")
    (stopped,) = exported(as_admin, kind="stopped")
    assert (stopped["departure"], stopped["pain_change"]) == (visits["stopped"].get_departure_display(), "")


def test_the_admin_lists_one_kind(as_admin, visits):
    page = as_admin.get(reverse("admin:treatments_treatmentsession_changelist"), {"visit_kind__exact": "stopped"})

    assert list(page.context["cl"].result_list) == [visits["stopped"]]


def test_the_chart_of_a_patient_counts_needling_only(patient, visits):
    progress = progress_of(visits["needling"].episode)

    assert [score.before for score in progress.pain.scores] == [6, 5]
    assert [one.sessions for one in progress.responses] == [2]
    assert [(one.sessions, one.mean_change) for one in heat_map(needlings_of(patient))] == [(2, -2)]
    assert progress.reassessment.since == timezone.localdate(visits["stopped"].started_at)


def test_the_chart_shows_every_visit_and_counts_the_plan_by_needling(client, patient, physiotherapist, visits):
    client.force_login(physiotherapist)
    page = client.get(reverse("patient_chart", args=[patient.pk]))

    assert [entry.session for entry in page.context["page"].entries][:2] == [visits["exercise"], visits["unwell"]]
    assert page.context["episode"].needling_count == 2
    for kind in ("exercise", "unwell", "refused", "stopped"):
        assert visits[kind].get_visit_kind_display() in page.content.decode()


def test_last_time_is_the_last_needling(patient, physiotherapist, visits):
    draft = start_session(patient, by=physiotherapist, session_id=uuid.uuid4(), reason="Another")

    assert history_before(draft).last == visits["stopped"]
    assert draft.copied_from == visits["stopped"] or draft.copied_from is None


def test_rows_in_a_draft_without_needling_are_not_needled(patient, physiotherapist):
    make_draft(patient, by=physiotherapist, visit_kind="unwell")
    assert not Needling.objects.needled().exists()
