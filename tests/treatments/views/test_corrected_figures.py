"""Every figure, chart and list that uses a corrected value says so."""

import csv
import io

import pytest
from django.utils import timezone

from patients.services import open_episode
from tests.admin_pages import url_of
from tests.treatments.builders import make_muscle, make_needle, make_needling, make_signed
from treatments import chart
from treatments.catalogue.lots import lots_like, with_session_counts
from treatments.chart.timeline import needling_sessions_of
from treatments.models import Correction, Measurement, Needle, Needling, TreatmentSession
from treatments.services import record_outcome_score

from ..services.test_corrections import correct, missing_row, of_row, of_session

pytestmark = pytest.mark.both_engines
Kind = Correction.Kind


@pytest.fixture
def episode(client, patient, physiotherapist):
    client.force_login(physiotherapist)
    return open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")


def make_one(patient, by, episode, *, days_ago, slug="trapezius-upper"):
    rows = [make_needling(make_muscle(slug, slug))]
    measured = [Measurement(kind="rom", movement="neck_rotation", side="right", before=52, after=60, unit="degrees")]
    made = make_signed(patient, by=by, episode=episode, days_ago=days_ago, needlings=rows, measurements=measured)
    return TreatmentSession.objects.get(pk=made.pk)


@pytest.fixture
def sessions(patient, physiotherapist, episode):
    """Three sessions, oldest first; the third needled another muscle."""
    return [
        make_one(patient, physiotherapist, episode, days_ago=9),
        make_one(patient, physiotherapist, episode, days_ago=6),
        make_one(patient, physiotherapist, episode, days_ago=3, slug="infraspinatus"),
    ]


def shown(client, patient, page="chart/"):
    return client.get(f"/patients/{patient.pk}/{page}").context


@pytest.fixture
def other_lot():
    expires_on = make_needle().expires_on
    return Needle.objects.create(maker="Agu", diameter_mm="0.25", length_mm=40, lot="L2", expires_on=expires_on)


# Pain ---------------------------------------------------------------------------------


def test_the_pain_course_rings_the_corrected_scores_and_counts_them(sessions, patient, physiotherapist):
    correct(sessions[1], of_session(pain_after=2), by=physiotherapist)

    scores = chart.pain_scores_of(needling_sessions_of(patient))
    course = chart.draw_pain_course(scores)

    assert [score.is_corrected for score in scores] == [False, True, False]
    assert course.corrected_count == 1
    (mark,) = course.corrected_labels
    assert (mark.x, mark.y) == (course.date_labels[1].x, course.corrected_labels[0].y)


def test_the_pain_course_of_untouched_scores_has_no_mark(sessions, patient):
    course = chart.draw_pain_course(chart.pain_scores_of(needling_sessions_of(patient)))

    assert (course.corrected_count, course.corrected_labels) == (0, [])


@pytest.mark.parametrize("address", ["chart/", "outcomes/"])
def test_the_drawing_shows_the_mark(client, sessions, patient, physiotherapist, address):
    before = client.get(f"/patients/{patient.pk}/{address}").content.decode()
    correct(sessions[1], of_session(pain_after=2), by=physiotherapist)
    after = client.get(f"/patients/{patient.pk}/{address}").content.decode()

    assert ('class="fl-corrected"' in before, 'class="fl-corrected"' in after) == (False, True)


# Figures by muscle and of measurements ----------------------------------------------


def test_the_heat_map_marks_the_muscle_whose_row_or_pain_was_corrected(client, sessions, patient, physiotherapist):
    correct(sessions[0], of_row(sessions[0].needlings.get(), depth_mm=12), by=physiotherapist)
    marked = {heat.slug: heat.is_corrected for heat in shown(client, patient)["heats"]}
    assert marked == {"trapezius-upper": True, "infraspinatus": False}

    correct(sessions[2], of_session(pain_before=8), by=physiotherapist)
    marked = {heat.slug: heat.is_corrected for heat in shown(client, patient)["heats"]}
    assert marked == {"trapezius-upper": True, "infraspinatus": True}


def test_a_correction_of_a_note_does_not_mark_a_figure(client, sessions, patient, physiotherapist):
    correct(sessions[0], of_session(note="Better"), by=physiotherapist)

    context = shown(client, patient)
    assert not any(heat.is_corrected for heat in context["heats"])
    assert context["course"].corrected_count == 0


def test_a_row_that_did_not_happen_is_said_of_the_heat_map(client, sessions, patient, physiotherapist):
    assert shown(client, patient)["course"].sessions_with_corrected_rows == 0
    correct(sessions[2], of_row(sessions[2].needlings.get(), Kind.DID_NOT_HAPPEN), missing_row(), by=physiotherapist)

    context = shown(client, patient)

    assert [heat.slug for heat in context["heats"] if heat.is_corrected] == ["infraspinatus"]
    assert context["course"].sessions_with_corrected_rows == 1


def test_the_outcomes_mark_responses_measurements_and_change_within(client, sessions, patient, physiotherapist):
    progress = shown(client, patient, "outcomes/")["progress"]
    assert not any(one.is_corrected for one in [*progress.responses, *progress.measured])
    assert not progress.is_within_corrected

    correct(sessions[0], of_session(pain_after=2), of_row(sessions[0].measurements.get(), after=64), by=physiotherapist)

    progress = shown(client, patient, "outcomes/")["progress"]
    assert {one.slug: one.is_corrected for one in progress.responses} == {
        "trapezius-upper": True,
        "infraspinatus": False,
    }
    (point,) = next(one for one in progress.responses if one.is_corrected).points
    assert point.is_corrected
    assert [one.is_corrected for one in progress.measured] == [True]
    assert progress.is_within_corrected


def test_the_course_of_a_measure_marks_a_corrected_score(client, patient, physiotherapist, episode):
    said = {"measure": "ndi", "scored_on": timezone.localdate()}
    score = record_outcome_score(episode, by=physiotherapist, value=30, **said)
    ((course, drawing),) = shown(client, patient, "outcomes/")["progress"].measures
    assert ([point.is_corrected for point in course.points], drawing.corrected) == ([False], [])

    wrong = {"replaces": score, "reason": "Added up wrongly"}
    record_outcome_score(episode, by=physiotherapist, value=35, **said, **wrong)

    ((course, drawing),) = shown(client, patient, "outcomes/")["progress"].measures
    assert [point.is_corrected for point in course.points] == [True]
    assert len(drawing.corrected) == 1


# Lots -----------------------------------------------------------------------------------


def uses(client, lot):
    return list(client.get(f"/needles/{lot.pk}/").context["page"])


def test_a_patient_whose_row_was_corrected_to_another_lot_is_named_under_both(
    client, sessions, physiotherapist, other_lot
):
    lot, session = make_needle(), sessions[0]
    correct(session, of_row(session.needlings.get(), needle=other_lot), by=physiotherapist)

    (under_the_old,) = [use for use in uses(client, lot) if use.session_id == session.pk]
    (under_the_new,) = uses(client, other_lot)

    assert under_the_old.why_listed == "Corrected: lot L2 (0.25×40 mm) was used, not this lot"
    assert under_the_new.why_listed == "Corrected: this lot was used, not lot L1 (0.30×40 mm)"
    assert {needle.lot: needle.session_count for needle in with_session_counts(lots_like("L"))} == {"L1": 3, "L2": 1}


def test_the_recall_list_keeps_rows_that_did_not_happen_and_names_missing_ones(client, sessions, physiotherapist):
    session = sessions[0]
    correct(session, of_row(session.needlings.get(), Kind.DID_NOT_HAPPEN), missing_row(), by=physiotherapist)

    found = [use for use in uses(client, make_needle()) if use.session_id == session.pk]

    assert [use.why_listed for use in found] == [
        "Corrected: this needling did not happen",
        "Corrected: this needling had been left out",
    ]


def test_a_row_corrected_twice_is_named_once_under_each_lot(client, sessions, physiotherapist, other_lot):
    session, lot = sessions[0], make_needle()
    row = session.needlings.get()
    correct(session, of_row(row, needle=other_lot), by=physiotherapist)
    correct(session, of_row(row, depth_mm=12), by=physiotherapist)
    correct(session, of_row(row, needle=lot), by=physiotherapist)

    assert [use.why_listed for use in uses(client, lot) if use.session_id == session.pk] == ["Corrected"]
    assert [use.why_listed for use in uses(client, other_lot)] == [
        "Corrected: lot L1 (0.30×40 mm) was used, not this lot"
    ]


def test_a_row_moved_to_another_lot_that_then_did_not_happen_stays_under_both(
    client, sessions, physiotherapist, other_lot
):
    session, lot = sessions[0], make_needle()
    correct(session, of_row(session.needlings.get(), needle=other_lot), by=physiotherapist)
    row = session.needlings.get()
    correct(session, of_row(row, Kind.DID_NOT_HAPPEN), by=physiotherapist)

    for one in (lot, other_lot):
        (use,) = [use for use in uses(client, one) if use.session_id == session.pk]
        assert use.why_listed == "Corrected: this needling did not happen"


def test_the_recall_list_as_a_file_says_why(client, admin, sessions, physiotherapist, other_lot):
    correct(sessions[0], of_row(sessions[0].needlings.get(), needle=other_lot), by=physiotherapist)
    client.force_login(admin)

    answer = client.get(f"/needles/{make_needle().pk}/export/")

    lines = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [line["Correction"] for line in lines] == ["", "", "Corrected: lot L2 (0.25×40 mm) was used, not this lot"]


# The admin ------------------------------------------------------------------------------


def test_the_lists_of_the_admin_show_and_mark_what_counts(client, admin, sessions, physiotherapist):
    session = sessions[0]
    correct(
        session,
        of_session(pain_before=9),
        of_row(session.needlings.get(), depth_mm=12),
        of_row(session.measurements.get(), after=64),
        by=physiotherapist,
    )

    client.force_login(admin)

    for model in (TreatmentSession, Needling, Measurement):
        found = client.get(url_of(model, "changelist"), {"period": "all"}).context["cl"]
        marked = [found.model_admin.is_corrected(row) for row in found.result_list]
        assert sorted(marked) == [False, False, True], model
    found = client.get(url_of(TreatmentSession, "changelist")).context["cl"]
    pains = {row.pk: found.model_admin.counting_pain_before(row) for row in found.result_list}
    assert pains[session.pk] == 9
