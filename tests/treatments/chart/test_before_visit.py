"""What to know before a visit, as the chart and the form of the next session show it."""

import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from patients.services import open_episode
from tests.markup import on_one_line
from tests.treatments.builders import make_draft, make_needling, make_ready, make_signed, make_signed_assessment
from tests.treatments.pages import edit_url, start
from tests.treatments.services.test_corrections import correct, of_session
from treatments.chart.progress import FEWEST
from treatments.models import AdverseEvent, Muscle, Threshold
from treatments.record.in_error import why_second_person
from treatments.services import (
    amend_assessment,
    confirm_error_mark,
    mark_in_error,
    record_event,
    record_follow_up,
    record_outcome_score,
    withdraw_draft,
)

pytestmark = pytest.mark.both_engines


@pytest.fixture
def episode(patient, physiotherapist):
    return open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck", planned_sessions=6)


@pytest.fixture
def pages(client, catalogue, patient, physiotherapist):
    """A function that gives the answers of the chart and of a new session's form, which count as one visit."""
    client.force_login(physiotherapist)

    def get():
        on_chart = client.get(f"/patients/{patient.pk}/chart/")
        session = patient.treatment_sessions.drafts().first() or start(client, patient, reason="Another visit")
        return [on_chart, client.get(edit_url(session))]

    return get


def section(answer):
    return re.search(r'<section[^>]*aria-labelledby="before-title".*?</section>', on_one_line(answer))[0]


def mark(record, *, by, asked):
    """Mark a record as entered in error; `asked` confirms it where one person is not enough."""
    asked = asked if why_second_person(record) else None
    made = mark_in_error(record, by=by, reason="Wrong patient", proof="PIN", asked=asked)
    if made.is_waiting:
        confirm_error_mark(made, by=asked, proof="PIN")


def day(number):
    return timezone.localdate() - timedelta(days=number)


def test_both_pages_show_the_last_visit_and_what_came_after_it(pages, patient, physiotherapist, episode):
    make_signed(patient, by=physiotherapist, days_ago=9, episode=episode, plan="An older plan")
    last = make_signed(
        patient,
        by=physiotherapist,
        days_ago=3,
        episode=episode,
        plan="Leave the rhomboids",
        note="Ache worst by evening",
        events=[AdverseEvent(type="bleed", grade="mild")],
    )
    at = last.started_at + timedelta(hours=47)
    bruise = AdverseEvent(type="bruise", grade="mild")
    record_follow_up(last, by=physiotherapist, contacted_at=at, pain=8, soreness=1, note="Slept badly", events=[bruise])

    for answer in pages():
        html = section(answer)

        for words in ["Leave the rhomboids", "Ache worst by evening", "pain 6 → 4", "Bleed, mild", "47 h: pain 8"]:
            assert words in html
        assert "Slept badly" in html
        assert "Bruise, mild" in html
        assert "An older plan" not in html


def test_corrected_values_count_and_are_marked_on_both_pages(pages, patient, physiotherapist, episode):
    last = make_signed(patient, by=physiotherapist, days_ago=3, episode=episode, plan="Needle the right side")
    correct(last, of_session(plan="Needle the left side", pain_before=9), by=physiotherapist, text="Mixed up the sides")

    for answer in pages():
        html = section(answer)

        assert "Needle the left side" in html
        assert "<s>Needle the right side</s>" in html
        assert "pain 9 → 4" in html
        assert "<s>6</s>" in html
        assert "Mixed up the sides" in html


def test_what_is_in_error_a_draft_or_withdrawn_is_not_the_last_visit(pages, patient, physiotherapist, admin, episode):
    last = make_signed(patient, by=physiotherapist, days_ago=20, episode=episode, plan="This counts")
    heard = {"by": physiotherapist, "contacted_at": timezone.now() - timedelta(days=18)}
    follow_up = record_follow_up(last, pain=9, events=[AdverseEvent(type="headache", grade="mild")], **heard)
    event = record_event(last, by=physiotherapist, type="itching", grade="mild")
    for record in (follow_up, event):
        mark(record, by=physiotherapist, asked=admin)
    for number in range(6):  # more than the first page of the timeline shows
        wrong = make_signed(patient, by=physiotherapist, days_ago=15 - number, episode=episode, plan="In error")
        mark(wrong, by=physiotherapist, asked=admin)
    gone = make_draft(patient, by=physiotherapist, days_ago=2, episode=episode, plan="Withdrawn")
    withdraw_draft(gone, by=physiotherapist, reason="Not here", proof="PIN")
    make_draft(patient, by=physiotherapist, days_ago=1, episode=episode, plan="Only a draft")

    for answer in pages():
        entry = answer.context["before"].last

        assert entry.session.plan == "This counts"
        assert (entry.contacts, entry.reactions, entry.later) == ([], [], [])


def test_a_visit_for_another_complaint_is_not_the_last_one(pages, patient, physiotherapist, episode):
    make_signed(patient, by=physiotherapist, days_ago=5, episode=episode, plan="For the neck")
    other = open_episode(patient, by=physiotherapist, complaint="Knee pain", region="leg")
    make_draft(patient, by=physiotherapist, episode=other)

    form = pages()[1]

    assert form.context["before"].last is None
    assert form.context["before"].helped == []


def test_earlier_pages_of_the_timeline_keep_the_last_visit(client, patient, physiotherapist):
    signed = [make_signed(patient, by=physiotherapist, days_ago=9 - number) for number in range(7)]
    client.force_login(physiotherapist)

    answer = client.get(f"/patients/{patient.pk}/chart/?before={signed[3].pk}")

    assert answer.context["before"].last.session == signed[-1]


def test_a_muscle_helped_once_enough_sessions_had_less_pain_after_it(pages, patient, physiotherapist, episode):
    def treat(slug, days_ago, **values):
        rows = [make_needling(Muscle.objects.get(slug=slug))]
        make_signed(patient, by=physiotherapist, episode=episode, days_ago=days_ago, needlings=rows, **values)

    treat("levator-scapulae", 40, pain_after=0)
    for number in range(FEWEST - 1):
        treat("infraspinatus", 30 - number)
        treat("gluteus-medius", 20 - number, pain_after=8)
    few = [answer.context["before"] for answer in pages()]
    treat("gluteus-medius", 12, pain_after=8)
    treat("infraspinatus", 11)

    for answer in pages():
        helped = answer.context["before"].helped

        assert [(heat.slug, heat.side, heat.mean_change, heat.rated) for heat in helped] == [
            ("infraspinatus", "right", -2, FEWEST)
        ]
        assert "Infraspinatus, right: <b>−2</b>" in section(answer)
    assert [(before.helped, before.has_enough) for before in few] == [([], False)] * 2


def test_outcomes_stand_against_their_thresholds(pages, patient, physiotherapist, episode):
    chosen = Threshold.objects.in_use().filter(measure="ndi").first()
    Threshold.objects.filter(measure="ndi").exclude(pk=chosen.pk).delete()
    for_all = {"baseline_low": None, "baseline_high": None}
    Threshold.objects.filter(pk=chosen.pk).update(value=10, unit="percentage points", **for_all)
    make_signed(patient, by=physiotherapist, days_ago=30, episode=episode, pain_before=8)
    make_signed(patient, by=physiotherapist, days_ago=3, episode=episode, pain_before=7)
    scored = {"by": physiotherapist, "measure": "ndi"}
    record_outcome_score(episode, value=40, scored_on=day(30), **scored)
    wrong = record_outcome_score(episode, value=39, scored_on=day(4), **scored)
    before = [answer.context["before"].outcomes[-1].targets_reached for answer in pages()]
    record_outcome_score(episode, value=28, scored_on=day(4), replaces=wrong, reason="Typed wrongly", **scored)

    for answer in pages():
        pain, ndi = answer.context["before"].outcomes

        assert [point.value for point in pain.points] == [8, 7]
        assert [target.reached_on for target in pain.targets] == [None]
        assert (ndi.first.value, ndi.latest.value, ndi.is_corrected) == (40, 28, True)
        assert (ndi.targets[0].value, ndi.targets[0].reached_on) == (30, day(4))
        assert "40 → 28%" in section(answer)
    assert before == [0, 0]


def test_the_chart_lists_what_is_due_until_it_is_done(client, patient, physiotherapist):
    client.force_login(physiotherapist)

    def due():
        return [item.url for item in client.get(f"/patients/{patient.pk}/chart/").context["before"].due]

    screening, consent = f"/patients/{patient.pk}/screening/", f"/patients/{patient.pk}/consents/new/"
    nothing_yet = due()
    make_ready(patient, by=physiotherapist)
    ready = due()
    episode = open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck", planned_sessions=2)
    score = f"/patients/{patient.pk}/scores/new/?episode={episode.pk}"
    unscored = due()
    record_outcome_score(episode, by=physiotherapist, measure="ndi", value=40, scored_on=day(9))
    scored = due()
    session = make_signed(patient, by=physiotherapist, days_ago=5, episode=episode)
    half = due()
    record_outcome_score(episode, by=physiotherapist, measure="ndi", value=30, scored_on=day(1))
    event = record_event(session, by=physiotherapist, type="fainting", grade="significant")

    assert nothing_yet == [screening, consent]
    assert (ready, unscored, scored, half) == ([], [score], [], [score])
    assert due() == [f"/patients/{patient.pk}/events/{event.pk}/"]


def test_the_form_lists_a_due_reassessment_with_its_measures_and_open_events(pages, patient, physiotherapist, episode):
    record_outcome_score(episode, by=physiotherapist, measure="ndi", value=40, scored_on=day(30))
    for number in range(2):
        session = make_signed(patient, by=physiotherapist, days_ago=9 - number, episode=episode)
    record_event(session, by=physiotherapist, type="nerve_symptoms", grade="significant")

    form = pages()[1]  # the third session, half of the six planned

    event, score = form.context["before"].due
    assert "Nerve symptoms" in event.text
    assert "NDI" in score.text
    assert score.url in section(form)


@pytest.mark.parametrize("number", [1, 3])
def test_the_form_asks_the_same_number_of_queries(
    client, catalogue, patient, physiotherapist, episode, number, django_assert_num_queries
):
    client.force_login(physiotherapist)
    for days in range(number):
        session = make_signed(patient, by=physiotherapist, days_ago=3 + days, episode=episode)
        record_outcome_score(episode, by=physiotherapist, measure="ndi", value=40, scored_on=day(days))
        contact = {"contacted_at": timezone.now(), "events": [AdverseEvent(type="bruise", grade="mild")]}
        record_follow_up(session, by=physiotherapist, **contact)
    draft = start(client, patient)

    # Seven of them for what to know before the visit: the last one, its follow-ups and events, the muscles, pain,
    # scores and thresholds. Two are for protocols and their uses.
    with django_assert_num_queries(31):
        client.get(edit_url(draft))


def test_the_timeline_shows_plan_note_co_treatments_and_advice(client, patient, physiotherapist):
    words = {"plan": "Recheck grip", "note": "Elbow calmer", "co_treatments": ["heat"], "advice": ["keep_moving"]}
    make_signed(patient, by=physiotherapist, days_ago=4, **words)
    corrected = make_signed(patient, by=physiotherapist, days_ago=2, plan="Row with band 2")
    correct(corrected, of_session(plan="Row with band 3"), by=physiotherapist)
    client.force_login(physiotherapist)

    html = on_one_line(client.get(f"/patients/{patient.pk}/chart/"))
    timeline = html[html.index('<ol class="fl-tl">') :]

    for shown in ["Recheck grip", "Elbow calmer", "Heat", "Keep moving", "Row with band 3", "<s>Row with band 2</s>"]:
        assert shown in timeline


def pain_now(answer):
    return re.search(r'<section[^>]*aria-labelledby="h-before".*?</section>', on_one_line(answer))[0]


def test_the_first_session_names_the_pain_of_the_assessment_of_that_day_as_it_counts(pages, episode, physiotherapist):
    assessment = make_signed_assessment(episode, by=physiotherapist, pain_now=7)
    corrected = {"text": "", "reason": "Misheard", "proof": "PIN", "id": uuid.uuid4()}
    amend_assessment(assessment, by=physiotherapist, changes=[of_session(pain_now=6)], **corrected)

    shown = pain_now(pages()[1])

    assert "6 in today’s assessment" in shown
    assert " checked" not in shown.partition('id="id_pain_before_0"')[2]


def test_the_pain_of_an_earlier_assessment_is_not_named(pages, episode, physiotherapist):
    with time_machine.travel(timezone.now() - timedelta(days=1), tick=False):
        make_signed_assessment(episode, by=physiotherapist, pain_now=7)

    assert "assessment" not in pain_now(pages()[1])
