import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from patients.services.once import OtherContent
from tests.treatments.builders import make_draft, make_muscle, make_needling, make_signed
from treatments.chart.event_history import current_facts, history_of, open_event_counts, open_events_of
from treatments.models import AdverseEvent, EventReport, TreatmentSession, with_rows
from treatments.record.sealing import content_hash
from treatments.services import record_event, record_follow_up, report_event, withdraw_draft

pytestmark = pytest.mark.both_engines


def day(offset):
    return timezone.localdate() + timedelta(days=offset)


def grave(**fields):
    """A report that says all that a significant event needs."""
    said = {"grade": "significant", "action": "Laid flat", "outcome": "Better", "follow_up_due_on": day(2)}
    return said | fields


@pytest.fixture
def signed(patient, physiotherapist):
    return make_signed(patient, by=physiotherapist, days_ago=3)


@pytest.fixture
def event(signed, physiotherapist):
    return record_event(signed, by=physiotherapist, type="fainting", grade="significant")


def stated(event):
    return AdverseEvent.objects.with_state().get(pk=event.pk)


# What appears later ------------------------------------------------------------


def test_record_event_stands_beside_the_signed_session(signed, physiotherapist):
    before = TreatmentSession.objects.values().get(pk=signed.pk)
    began = signed.started_at + timedelta(hours=2)

    event = record_event(
        signed, by=physiotherapist, type="bruise", grade="mild", onset_at=began, action=" Told what to expect. "
    )

    event.refresh_from_db()
    assert (event.type, event.grade, event.onset_at, event.action) == ("bruise", "mild", began, "Told what to expect.")
    assert (event.appeared_later, event.follow_up, event.recorded_by) == (True, None, physiotherapist)
    assert TreatmentSession.objects.values().get(pk=signed.pk) == before
    assert content_hash(with_rows(TreatmentSession.objects).get(pk=signed.pk)) == signed.content_hash


def test_an_event_of_a_type_seen_at_the_session_may_appear_again_later(patient, physiotherapist):
    session = make_signed(patient, by=physiotherapist, days_ago=2, events=[AdverseEvent(type="bruise", grade="mild")])

    record_event(session, by=physiotherapist, type="bruise", grade="significant")

    assert [event.appeared_later for event in AdverseEvent.objects.filter(session=session)] == [False, True]
    assert [event.grade for event in TreatmentSession.objects.get(pk=session.pk).reactions] == ["mild"]


def test_what_is_heard_in_a_follow_up_appeared_later(signed, physiotherapist):
    heard = [AdverseEvent(type="bruise", grade="mild")]

    follow_up = record_follow_up(signed, by=physiotherapist, contacted_at=timezone.now(), events=heard)

    assert follow_up.events.get().appeared_later
    assert not AdverseEvent.objects.at_session().exists()


def test_the_database_refuses_an_event_of_a_follow_up_as_part_of_the_visit(patient, physiotherapist):
    draft = make_draft(patient, by=physiotherapist, days_ago=1)
    follow_up = record_follow_up(draft, by=physiotherapist, contacted_at=timezone.now(), pain=3)
    event = AdverseEvent(
        session=draft, follow_up=follow_up, type="bruise", recorded_at=timezone.now(), recorded_by=physiotherapist
    )

    with pytest.raises(IntegrityError, match="event_of_a_follow_up_appeared_later"), transaction.atomic():
        event.save()


def test_an_event_that_appeared_later_is_no_reaction_of_a_draft(patient, physiotherapist):
    draft = make_draft(patient, by=physiotherapist, no_reaction=False)

    record_event(draft, by=physiotherapist, type="bruise", grade="mild")

    assert TreatmentSession.objects.get(pk=draft.pk).reactions == []


def test_record_event_twice_makes_one(signed, physiotherapist):
    row_id = uuid.uuid4()

    first = record_event(signed, by=physiotherapist, type="bruise", grade="mild", id=row_id)

    assert record_event(signed, by=physiotherapist, type="bruise", grade="mild", id=row_id) == first
    with pytest.raises(OtherContent):
        record_event(signed, by=physiotherapist, type="fainting", grade="mild", id=row_id)
    assert AdverseEvent.objects.count() == 1


@pytest.mark.parametrize(("shift", "words"), [(timedelta(days=4), "in the future"), (-timedelta(days=1), "before the")])
def test_record_event_at_an_impossible_time_is_refused(signed, physiotherapist, shift, words):
    with pytest.raises(ValidationError, match=words):
        record_event(signed, by=physiotherapist, type="bruise", grade="mild", onset_at=signed.started_at + shift)

    assert not AdverseEvent.objects.exists()


@pytest.mark.parametrize("fields", [{"type": "no-such", "grade": "mild"}, {"type": "bruise", "grade": ""}])
def test_record_event_without_a_known_type_and_a_grade_is_refused(signed, physiotherapist, fields):
    with pytest.raises(ValidationError):
        record_event(signed, by=physiotherapist, **fields)

    assert not AdverseEvent.objects.exists()


# Reports -----------------------------------------------------------------------


def test_an_event_stands_as_its_latest_report_says(event, physiotherapist):
    report_event(event, by=physiotherapist, number=1, **grave())
    report_event(event, by=physiotherapist, number=2, **grave(grade="serious", follow_up_due_on=day(9)))

    now = stated(event)
    assert (now.state_text, now.due_on, now.report_count, now.is_open) == ("Fainting, serious", day(9), 2, True)
    assert (now.grade, now.action) == ("significant", "")


def test_a_closing_report_closes_and_the_next_one_opens_again(event, physiotherapist):
    report_event(event, by=physiotherapist, number=1, **grave(is_closed=True))
    closed = stated(event)
    report_event(event, by=physiotherapist, number=2, **grave(outcome="Fainted again at home"))

    assert (closed.is_open, closed.due_on) == (False, None)
    assert stated(event).is_open
    assert [report.follow_up_due_on for report in event.reports.all()] == [None, day(2)]


def test_a_report_may_name_the_row_to_whom_it_was_told_and_what_was_learned(patient, physiotherapist):
    row = make_needling(make_muscle())
    session = make_signed(patient, by=physiotherapist, days_ago=3, needlings=[row])
    event = record_event(session, by=physiotherapist, type="nerve_symptoms", grade="significant")

    report = report_event(
        event,
        by=physiotherapist,
        number=1,
        **grave(
            onset_at=session.started_at + timedelta(hours=2),
            body_site=" Forearm ",
            needling=row,
            causality="likely",
            reported_to=["regulator", "insurer"],
            reported_on=day(-1),
            review_note="Gone through with the team.",
        ),
    )

    facts = dict(current_facts(stated(event), [report]))
    assert facts["Body site"] == "Forearm"
    assert facts["Needling row"] == "Upper trapezius, right"
    assert facts["Caused by the needling"] == "Likely"
    assert facts["Reported to"] == "Regulator, Insurer"
    assert facts["Began"].endswith("2 h after the session started")


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        (grave(action=" "), "action", "Write what was done"),
        (grave(outcome=""), "outcome", "Write the outcome so far"),
        (grave(grade="serious", outcome="", is_closed=True), "outcome", "Write how it ended"),
        ({"grade": "mild", "is_closed": True}, "outcome", "Write how it ended"),
        (grave(follow_up_due_on=None), "follow_up_due_on", "Give the day to ask again"),
        (grave(follow_up_due_on=day(-1)), "follow_up_due_on", "This day has passed"),
        (grave(reported_to=["insurer"]), "reported_on", "Give the day"),
        (grave(reported_on=day(-1)), "reported_to", "Choose who"),
        (grave(reported_to=["insurer"], reported_on=day(1)), "reported_on", "in the future"),
        (grave(resolved_on=day(1)), "resolved_on", "in the future"),
        (grave(resolved_on=day(-4)), "resolved_on", "before the session"),
        (grave(onset_at=timezone.now() + timedelta(hours=1)), "onset_at", "in the future"),
        (grave(onset_at=timezone.now() - timedelta(days=9)), "onset_at", "before the session"),
    ],
)
def test_a_report_that_lacks_or_contradicts_something_is_refused_beside_its_field(
    event, physiotherapist, fields, field, words
):
    with pytest.raises(ValidationError) as refusal:
        report_event(event, by=physiotherapist, number=1, **fields)

    assert list(refusal.value.message_dict) == [field]
    assert words in refusal.value.message_dict[field][0]
    assert not EventReport.objects.exists()


def test_a_mild_event_may_be_reported_in_few_words(signed, physiotherapist):
    event = record_event(signed, by=physiotherapist, type="bruise", grade="mild")

    report_event(event, by=physiotherapist, number=1, grade="mild", body_site="Shoulder")

    assert stated(event).is_open


def test_a_report_on_another_sessions_row_is_refused(patient, event, physiotherapist):
    other = make_needling(make_muscle())
    make_signed(patient, by=physiotherapist, days_ago=1, needlings=[other])

    with pytest.raises(ValidationError, match="row of this session"):
        report_event(event, by=physiotherapist, number=1, **grave(needling=other))


def test_a_reaction_of_a_draft_is_changed_there_and_not_reported_on(patient, physiotherapist):
    draft = make_draft(patient, by=physiotherapist, events=[AdverseEvent(type="fainting", grade="significant")])

    with pytest.raises(ValidationError, match="unsigned session"):
        report_event(draft.events.get(), by=physiotherapist, number=1, **grave())


def test_a_report_written_meanwhile_is_never_passed_over(event, physiotherapist, other_physiotherapist):
    report_event(event, by=other_physiotherapist, number=1, **grave(outcome="Went to hospital"))

    with pytest.raises(ValidationError, match="while you were writing") as refusal:
        report_event(event, by=physiotherapist, number=1, **grave())

    assert refusal.value.code == "stale"
    assert event.reports.get().outcome == "Went to hospital"


def test_a_report_sent_twice_is_one(event, physiotherapist):
    row_id = uuid.uuid4()

    first = report_event(event, by=physiotherapist, number=1, id=row_id, **grave())

    assert report_event(event, by=physiotherapist, number=1, id=row_id, **grave()) == first
    with pytest.raises(OtherContent):
        report_event(event, by=physiotherapist, number=1, id=row_id, **grave(outcome="Worse"))
    assert event.reports.get().outcome == "Better"


def test_the_history_says_what_each_report_changed(event, physiotherapist):
    report_event(event, by=physiotherapist, number=1, **grave(body_site="Neck"))
    report_event(event, by=physiotherapist, number=2, **grave(outcome="Well", is_closed=True))
    reports = list(event.reports.latest_first())

    steps = history_of(stated(event), reports)

    assert [step.number for step in steps] == [2, 1, 0]
    assert dict(steps[0].facts) == {
        "Body site": "removed",
        "Outcome": "Well",
        "Ask again on": "removed",
        "Closed": "yes",
    }
    assert dict(steps[2].facts) == {"Grade": "Significant"}


# Nothing of it ever changes ----------------------------------------------------

CHANGES = {
    "save": lambda row: row.save(),
    "update": lambda row: type(row).objects.filter(pk=row.pk).update(grade="mild"),
    "bulk_update": lambda row: type(row).objects.bulk_update([row], ["grade"]),
    "delete": lambda row: row.delete(),
    "delete of many": lambda row: type(row).objects.filter(pk=row.pk)._raw_delete("default"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("what", ["event", "report"])
def test_the_database_refuses_to_change_what_was_recorded(event, physiotherapist, what, change):
    row = event if what == "event" else report_event(event, by=physiotherapist, number=1, **grave())
    stored = type(row).objects.values().get(pk=row.pk)
    row.grade = "mild"

    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        CHANGES[change](row)

    assert type(row).objects.values().get(pk=row.pk) == stored


@pytest.mark.parametrize("table", ["adverseevent", "eventreport"])
def test_the_database_refuses_plain_sql_too(event, physiotherapist, table):
    report_event(event, by=physiotherapist, number=1, **grave())

    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE treatments_{table} SET grade = 'mild'")


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"number": 0}, "report_number_from_1"),
        ({"is_closed": True}, "closed_event_is_not_due"),
        ({"grade": "mild", "is_closed": True, "follow_up_due_on": None, "outcome": ""}, "closed_event_has_an_outcome"),
        ({"action": ""}, "grave_report_says_more"),
        ({"outcome": ""}, "grave_report_says_more"),
        ({"follow_up_due_on": None}, "grave_report_says_more"),
        ({"reported_to": ["insurer"]}, "reported_to_somebody_on_a_day"),
        ({"reported_on": day(0)}, "reported_to_somebody_on_a_day"),
    ],
)
def test_the_database_refuses_a_report_that_says_too_little(event, physiotherapist, wrong, name):
    said = grave(number=1, recorded_at=timezone.now(), recorded_by=physiotherapist) | wrong

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        EventReport.objects.bulk_create([EventReport(event=event, **said)])


def test_the_database_refuses_a_second_report_of_a_number(event, physiotherapist):
    report = report_event(event, by=physiotherapist, number=1, **grave())
    report.pk, report._state.adding = uuid.uuid4(), True

    with pytest.raises(IntegrityError), transaction.atomic():
        report.save()


# Who still has to do something -------------------------------------------------


def test_a_mild_event_is_noted_and_a_grave_one_is_open_until_it_is_closed(signed, event, physiotherapist):
    record_event(signed, by=physiotherapist, type="bruise", grade="mild")
    with_report = record_event(signed, by=physiotherapist, type="pain_after", grade="mild")
    report_event(with_report, by=physiotherapist, number=1, grade="mild")

    assert set(AdverseEvent.objects.open()) == {event, with_report}
    report_event(event, by=physiotherapist, number=1, **grave(is_closed=True))
    assert set(AdverseEvent.objects.open()) == {with_report}


def test_a_grave_reaction_of_a_draft_is_open_too(patient, physiotherapist):
    make_draft(patient, by=physiotherapist, events=[AdverseEvent(type="fainting", grade="significant")])

    (event,) = open_events_of(physiotherapist.practitioner)

    assert not event.can_be_reported


@pytest.mark.parametrize("grade", ["significant", "serious"])
def test_a_draft_with_a_grave_reaction_is_not_withdrawn_and_its_reaction_stays_open(patient, physiotherapist, grade):
    draft = make_draft(patient, by=physiotherapist, events=[AdverseEvent(type="fainting", grade=grade)])

    with pytest.raises(ValidationError, match="fainting"):
        withdraw_draft(draft, by=physiotherapist, proof="PIN", reason="Started twice")

    assert AdverseEvent.objects.open().get().session == draft


def test_a_mild_reaction_of_a_withdrawn_draft_counts_nowhere(patient, physiotherapist):
    draft = make_draft(patient, by=physiotherapist, events=[AdverseEvent(type="dizzy", grade="mild")])
    withdraw_draft(draft, by=physiotherapist, proof="PIN", reason="Wrong patient.")

    assert not AdverseEvent.objects.counting()
    assert AdverseEvent.objects.open_or_of([]) == []


def test_an_event_regraded_to_grave_is_open(signed, physiotherapist):
    event = record_event(signed, by=physiotherapist, type="pain_after", grade="mild")

    report_event(event, by=physiotherapist, number=1, **grave())

    assert [open_event.present_grade for open_event in AdverseEvent.objects.open()] == ["significant"]


def test_open_events_of_a_practitioner_begin_with_what_is_late(patient, signed, physiotherapist, other_physiotherapist):
    unreported, soon, late, undated = (
        record_event(signed, by=physiotherapist, type=type_, grade=grade)
        for type_, grade in [
            ("fainting", "significant"),
            ("nerve_symptoms", "significant"),
            ("local_infection", "significant"),
            ("bruise", "mild"),
        ]
    )
    report_event(soon, by=physiotherapist, number=1, **grave(follow_up_due_on=day(0)))
    report_event(undated, by=physiotherapist, number=1, grade="mild")
    EventReport.objects.create(
        event=late, number=1, recorded_at=timezone.now(), recorded_by=physiotherapist, **grave(follow_up_due_on=day(-1))
    )
    others = make_signed(patient, by=other_physiotherapist, days_ago=1)
    record_event(others, by=physiotherapist, type="seizure", grade="serious")

    events = open_events_of(physiotherapist.practitioner)

    assert events == [late, unreported, soon, undated]
    assert [event.is_overdue for event in events] == [True, False, False, False]
    assert set(AdverseEvent.objects.overdue()) == {late}
    assert open_event_counts() == {"open": 5, "serious": 1, "overdue": 1, "unreported": 2}


@pytest.mark.parametrize("grade", ["mild", "significant", "serious"])
@pytest.mark.parametrize("closes", [None, [False], [True], [False, True], [True, False]])
def test_the_state_from_the_reports_at_hand_is_that_of_the_database(
    patient, signed, physiotherapist, other_physiotherapist, grade, closes, django_assert_num_queries
):
    event = record_event(signed, by=physiotherapist, type="fainting", grade=grade)
    for number, is_closed in enumerate(closes or [], start=1):
        due = {"follow_up_due_on": None} if is_closed else {}
        by = other_physiotherapist if is_closed else physiotherapist
        report_event(event, by=by, number=number, proof="PIN", **grave(is_closed=is_closed, **due))
    names = ["report_count", "present_grade", "began_at", "due_on", "is_open"]

    with django_assert_num_queries(1):
        (at_hand,) = AdverseEvent.objects.filter(session__patient=patient).open_or_of([signed])

    assert [getattr(at_hand, name) for name in names] == [getattr(stated(event), name) for name in names]
    others = AdverseEvent.objects.filter(session__patient=patient).open_or_of([])
    assert [other.pk for other in others] == ([event.pk] if at_hand.is_open else [])
