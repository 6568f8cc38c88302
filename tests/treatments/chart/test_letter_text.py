"""The first draft of a letter: facts of the record, corrected and counting ones only, and what is missing."""

import uuid
from datetime import date, timedelta

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from patients.services import close_episode, open_episode
from tests.treatments.builders import (
    make_draft,
    make_exercise,
    make_muscle,
    make_needling,
    make_signed,
    make_signed_assessment,
)
from treatments.chart.letter_text import CORRECTED, CUT, MOST_DATES, TECHNIQUES, first_draft
from treatments.models import AdverseEvent, Correction, Letter, Needling, Threshold
from treatments.models.letter import LONGEST_BODY
from treatments.record.corrections import Change
from treatments.services import (
    amend_assessment,
    amend_session,
    confirm_error_mark,
    mark_in_error,
    prescribe_exercise,
    record_event,
    record_outcome_score,
    report_event,
    save_draft,
    sign_session,
    start_session,
)

HEADS = ["Complaint", "Assessment", "Treatment", "Reactions and adverse events", "Outcome measures", "Plan and advice"]
AT_THE_END = ["Exercises", "End of treatment", "Recommendation"]


@pytest.fixture
def episode(patient, physiotherapist):
    return open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck", onset_on=date(2024, 3, 5))


def parts_of(episode, kind="gp"):
    """{title: the lines below it} of a first draft."""
    episode.patient.refresh_from_db()
    _, body = first_draft(episode, kind, author=episode.lead.practitioner)
    return {title: rest for title, *rest in (part.split("\n") for part in body.split("\n\n"))}


def text_of(episode, kind="gp"):
    return first_draft(episode, kind, author=episode.lead.practitioner)[1]


def treat(episode, days_ago, **fields):
    return make_signed(episode.patient, by=episode.lead, episode=episode, days_ago=days_ago, **fields)


def day(days_ago):
    return date_format(timezone.localdate(timezone.now() - timedelta(days=days_ago, minutes=40)), "j M Y")


def amend(session, *changes, text=""):
    by, id = session.practitioner.user, uuid.uuid4()
    return amend_session(session, by=by, proof="PIN", text=text, reason="Notes on paper", id=id, changes=changes)


def test_a_letter_has_its_parts_and_a_discharge_summary_more(episode):
    assert [title for title in parts_of(episode) if title in HEADS + AT_THE_END] == HEADS
    assert [title for title in parts_of(episode, "discharge") if title in HEADS + AT_THE_END] == HEADS + AT_THE_END


def test_what_is_not_recorded_is_said_to_be_so(episode):
    parts = parts_of(episode, "discharge")

    for title in ["Assessment", "Treatment", "Reactions and adverse events", "Outcome measures", "Plan and advice"]:
        assert [line.startswith("No ") for line in parts[title]] == [True]
    for title in AT_THE_END:
        assert " recorded" in parts[title][-1]


def test_sessions_are_counted_and_dated_and_muscles_have_the_name_that_doctors_use(episode):
    levator = make_muscle("levator-scapulae", "Levator scapulae", display_name="Shoulder lifter")
    rows = [make_needling(make_muscle()), make_needling(levator, side="left", technique="static")]
    treat(episode, 8, needlings=rows)
    treat(episode, 2, co_treatments=["exercise"])

    lines = parts_of(episode)["Treatment"]

    assert lines[0].startswith("2 sessions with dry needling, of 6 planned")
    assert [day(8) in lines[0], day(2) in lines[0]] == [True, True]
    assert "- Upper trapezius, right: 2 sessions" in lines
    assert "- Shoulder lifter, left: 1 session" in lines
    assert [words in "\n".join(lines) for words in TECHNIQUES.values()] == [True, True, False, False]
    assert lines[-1] == "Also: exercise."


def test_every_technique_has_words_for_others():
    assert set(TECHNIQUES) == set(Needling.Technique)


def test_a_draft_is_left_out_and_named_as_left_out(episode):
    treat(episode, 8)
    make_draft(episode.patient, by=episode.lead, episode=episode, needlings=[make_needling(make_muscle("a", "Other"))])

    lines = parts_of(episode)["Treatment"]

    assert lines[0].startswith("1 session ")
    assert not any("Other" in line for line in lines)
    assert lines[-1] == f"Not included, because the record is not signed yet: {day(0)}."


@pytest.mark.parametrize("also", [{}, {"events": [AdverseEvent(type="bruise", grade="mild")]}])
def test_a_session_in_error_leaves_no_trace_in_a_letter(episode, other_physiotherapist, also):
    treat(episode, 8)
    before = text_of(episode, "discharge")
    wrong = treat(episode, 1, plan="Something else", pain_before=10, visit_kind="needling", **also)
    assert text_of(episode, "discharge") != before

    mark = mark_in_error(wrong, by=episode.lead, reason="Another patient", proof="PIN", asked=other_physiotherapist)
    confirm_error_mark(mark, by=other_physiotherapist, proof="PIN")

    assert text_of(episode, "discharge") == before


def test_corrected_values_are_used_and_marked(episode):
    session = treat(episode, 3, plan="Stop the tablets", pain_before=9)
    treat(episode, 1, pain_before=4)
    row = session.needlings.get()
    amend(
        session,
        Change(Correction.Kind.CHANGE, Needling, row.first_id, {"side": "left"}),
        Change(Correction.Kind.CHANGE, values={"pain_before": 8}),
    )

    parts = parts_of(episode)

    assert f"- Upper trapezius, left: 1 session{CORRECTED}" in parts["Treatment"]
    assert "- Upper trapezius, right: 1 session" in parts["Treatment"]
    assert f"first 8 on {day(3)}{CORRECTED}, latest 4 on {day(1)}: 4 points better" in parts["Outcome measures"][0]


def test_a_corrected_plan_is_marked_and_an_amendment_in_words_is_there(episode):
    session = treat(episode, 3, plan="Stop the tablets")
    amend(session, Change(Correction.Kind.CHANGE, values={"plan": "Go on"}))
    amend(session, text="It was the left arm.")

    parts = parts_of(episode)

    assert f"Plan: Go on{CORRECTED}" in parts["Plan and advice"]
    assert "It was the left arm." in parts["Added to signed records"][0]
    assert "tablets" not in text_of(episode)


def test_an_event_has_its_present_grade_and_what_came_of_it(episode):
    session = treat(episode, 5, events=[AdverseEvent(type="bruise", grade="mild")])
    treat(episode, 3)
    event = record_event(session, by=episode.lead, type="fainting", grade="significant")
    due = timezone.localdate() + timedelta(days=2)
    said = {"grade": "serious", "action": "Laid down", "outcome": "Better", "follow_up_due_on": due}
    report_event(event, by=episode.lead, number=1, **said)

    lines = parts_of(episode)["Reactions and adverse events"]

    assert lines[0].startswith("No reaction during 1 of 2 sessions")
    assert lines[1] == f"- Bruise, mild, during the session of {day(5)}."
    said = "what was done: Laid down; outcome: Better; still open."
    assert lines[2] == f"- Fainting, serious, after the session of {day(5)}; {said}"


def test_a_score_is_first_beside_now_with_threshold_and_source(episode):
    named = {"measure": "ndi", "kind": "mcid", "value": 10, "unit": "percentage points", "population": "Neck pain"}
    Threshold.objects.create(slug="t", source="[@salaffi-2004]", **named)
    today = timezone.localdate()
    for value, days_ago in ((40, 20), (25, 1)):
        on = today - timedelta(days=days_ago)
        record_outcome_score(episode, by=episode.lead, measure="ndi", value=value, scored_on=on)

    score, threshold, reviewed, sources = parts_of(episode)["Outcome measures"]

    assert score.startswith("- NDI (lower is better): first 40% on ")
    assert score.endswith("15 percentage points better.")
    assert "Salaffi 2004" in threshold and "[@" not in threshold
    assert threshold.endswith(f"reached on {date_format(today - timedelta(days=1), 'j M Y')}.")
    assert reviewed.endswith("0 of 1.")
    assert "doi:" in sources


def test_a_score_that_was_recorded_once_claims_no_change(episode):
    record_outcome_score(episode, by=episode.lead, measure="ndi", value=40, scored_on=timezone.localdate())

    [line] = parts_of(episode)["Outcome measures"]

    assert line.endswith("recorded once.")


def test_the_latest_assessment_is_there_with_what_was_added_to_it(episode):
    make_signed_assessment(episode, by=episode.lead, hypothesis="First idea")
    latest = make_signed_assessment(
        episode, by=episode.lead, hypothesis="Posture", red_flags="found", red_flags_detail="Night sweats"
    )
    amend_assessment(latest, by=episode.lead, text="Also at night.", reason="x", proof="PIN", id=uuid.uuid4())

    lines = parts_of(episode)["Assessment"]

    assert "Red flags: found: Night sweats." in lines
    assert "Working hypothesis: Posture" in lines
    assert "Findings: not recorded" in lines
    assert lines[-1].endswith("Also at night.")


def test_a_discharge_summary_has_the_exercises_and_the_closing_summary(episode):
    exercise = make_exercise(by=episode.lead)
    prescribe_exercise(episode.patient, by=episode.lead, exercise=exercise, dose="2 × 8")
    closed = close_episode(episode, by=episode.lead, closing_reason="improved", closing_summary="Sleeps well.")

    parts = parts_of(closed, "discharge")

    assert parts["Exercises"] == ["- Chin tuck: 2 × 8"]
    assert parts["End of treatment"] == [
        f"Closed on {day(0)}.",
        "Reason: improved, goals partly reached.",
        "Summary: Sleeps well.",
    ]


def test_an_episode_closed_before_reasons_were_chosen_has_its_words_alone(episode):
    closed = close_episode(episode, by=episode.lead, closing_reason="improved", closing_summary="Moved away.")
    closed.closing_reason = ""

    assert parts_of(closed, "discharge")["End of treatment"][1:] == ["Summary: Moved away."]


def test_a_visit_without_needling_is_named_with_its_kind(episode):
    draft = start_session(episode.patient, by=episode.lead, session_id=uuid.uuid4())
    values = {"episode": episode, "visit_kind": "refused", "visit_reason": "Afraid"}
    rows = {"needlings": [], "measurements": [], "events": []}
    saved = save_draft(draft, by=episode.lead, version=draft.version, token=uuid.uuid4(), values=values, **rows)
    sign_session(saved, by=episode.lead, proof="PIN")

    lines = parts_of(episode)["Treatment"]

    assert lines[0] == "No session with dry needling is recorded."
    assert lines[1] == f"Without needling: {day(0)} (refused today, not needled)."


def test_the_author_closes_with_their_registration_if_it_is_known(episode):
    author = episode.lead.practitioner
    author.registration_number = "PH 4711"

    _, body = first_draft(episode, "gp", author=author)

    assert body.endswith("Marit Solberg, physiotherapist, registration PH 4711")


def test_a_subject_and_a_text_are_never_longer_than_a_letter(episode):
    episode.complaint, episode.goals = "x" * 200, "y" * 30_000

    subject, body = first_draft(episode, "gp", author=episode.lead.practitioner)

    assert len(subject) == Letter._meta.get_field("subject").max_length
    assert len(body) == LONGEST_BODY
    assert body.endswith(CUT)


@pytest.mark.parametrize("count", [1, 3])
def test_a_first_draft_costs_the_same_whatever_the_number_of_sessions(episode, count, django_assert_num_queries):
    for number in range(count):
        session = treat(episode, number + 1, events=[AdverseEvent(type="bruise", grade="mild")])
        amend(session, Change(Correction.Kind.CHANGE, values={"pain_before": 8}))
    assert count < MOST_DATES

    with django_assert_num_queries(15):
        first_draft(episode, "discharge", author=episode.lead.practitioner)
