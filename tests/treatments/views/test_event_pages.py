import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from tests import people
from tests.admin_pages import url_of
from tests.refusals import is_refused
from tests.treatments.builders import make_draft, make_muscle, make_needling, make_signed
from treatments.models import AdverseEvent, EventReport
from treatments.services import record_event, record_follow_up, report_event


@pytest.fixture
def signed_in(client, physiotherapist):
    client.force_login(physiotherapist)
    return client


@pytest.fixture
def row():
    return make_needling(make_muscle())


@pytest.fixture
def signed(patient, physiotherapist, row):
    return make_signed(patient, by=physiotherapist, days_ago=3, needlings=[row])


@pytest.fixture
def event(signed, physiotherapist):
    return record_event(signed, by=physiotherapist, type="fainting", grade="significant")


def create_url(session):
    return f"/patients/{session.patient_id}/sessions/{session.pk}/events/new/"


def event_url(event, page=""):
    return f"/patients/{event.session.patient_id}/events/{event.pk}/{page}"


def day(offset):
    return timezone.localdate() + timedelta(days=offset)


def report(**told):
    """What a browser sends of a report that lacks nothing."""
    said = {"id": uuid.uuid4(), "number": 1, "grade": "significant", "action": "Laid flat", "outcome": "Better"}
    return said | {"follow_up_due_on": day(2)} | told


def text(answer):
    return " ".join(answer.content.decode().split())


# Record one --------------------------------------------------------------------


def test_an_event_is_recorded_with_its_type_and_grade(signed_in, signed):
    answer = signed_in.post(create_url(signed), {"id": uuid.uuid4(), "type": "fainting", "grade": "significant"})

    event = AdverseEvent.objects.get()
    assert answer.headers["Location"] == event_url(event)
    page = text(signed_in.get(event_url(event)))
    assert "Recorded: Fainting, significant." in page
    assert "Open: report needed" in page
    assert "A significant event needs a report" in page


def test_an_event_recorded_twice_is_one(signed_in, signed):
    told = {"id": uuid.uuid4(), "type": "bruise", "grade": "mild"}

    answers = [signed_in.post(create_url(signed), told) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert AdverseEvent.objects.count() == 1


def test_an_event_sent_again_with_other_content_is_kept_for_a_second_one(signed_in, signed):
    told = {"id": uuid.uuid4(), "type": "bruise", "grade": "mild"}
    signed_in.post(create_url(signed), told)

    answer = signed_in.post(create_url(signed), told | {"type": "seizure"})

    assert answer.status_code == 422
    assert "already saved with different content" in text(answer)
    again = told | {"type": "seizure", "id": answer.context["form"]["id"].value()}
    assert signed_in.post(create_url(signed), again).status_code == 302
    assert sorted(AdverseEvent.objects.values_list("type", flat=True)) == ["bruise", "seizure"]


@pytest.mark.parametrize(
    ("told", "field", "why"),
    [
        ({"type": ""}, "type", "required"),
        ({"type": "no-such"}, "type", "invalid_choice"),
        ({"grade": ""}, "grade", "required"),
        ({"grade": "deadly"}, "grade", "invalid_choice"),
        ({"onset_at": "yesterday"}, "onset_at", "invalid"),
        ({"onset_at": "2999-01-01T10:00"}, "onset_at", "in the future"),
        ({"onset_at": "2001-01-01T10:00"}, "onset_at", "before the session"),
        ({"action": "x" * 301}, "action", "max_length"),
        ({"id": "x"}, "id", "invalid"),
    ],
)
def test_an_event_refused_keeps_what_was_typed(signed_in, signed, told, field, why):
    typed = {"id": uuid.uuid4(), "type": "seizure", "grade": "serious", "action": "Called an ambulance"} | told

    answer = signed_in.post(create_url(signed), typed)

    page = text(answer)
    assert answer.status_code == 422
    assert is_refused(answer, field, why)
    assert typed["action"] in page
    assert ('value="serious" checked' in page) == (typed["grade"] == "serious")
    assert not AdverseEvent.objects.exists()


def test_an_unusual_type_is_in_sight_when_the_page_comes_back(signed_in, signed):
    page = text(signed_in.post(create_url(signed), {"id": uuid.uuid4(), "type": "seizure", "grade": ""}))

    assert '<details class="fl-more" open>' in page
    assert 'id="id_type_seizure" value="seizure" checked' in page


# Read one ----------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_an_event_asks_the_database_seven_times(signed_in, event, physiotherapist, count, django_assert_num_queries):
    for number in range(1, count + 1):
        report_event(
            event,
            by=physiotherapist,
            number=number,
            grade="serious",
            action="Sent on",
            outcome=f"Stage {number}",
            follow_up_due_on=day(number),
        )

    with django_assert_num_queries(10):  # one of them for past events, one each for similar names and contacts
        page = text(signed_in.get(event_url(event)))

    assert f"Stage {count}" in page
    assert "Fainting, serious" in page


def test_an_admin_reads_an_event_and_is_offered_no_report(as_admin, event):
    page = text(as_admin.get(event_url(event)))

    assert "Fainting, significant" in page
    assert "/report/" not in page


def test_an_event_of_a_draft_says_where_it_is_changed(signed_in, patient, physiotherapist):
    draft = make_draft(patient, by=physiotherapist, events=[AdverseEvent(type="fainting", grade="significant")])
    event = draft.events.get()

    assert "The session is not signed yet" in text(signed_in.get(event_url(event)))
    assert "Sign the session first" in text(signed_in.get(event_url(event, "report/")))
    assert signed_in.post(event_url(event, "report/"), report()).status_code == 422
    assert not EventReport.objects.exists()


# Report on one -----------------------------------------------------------------


def test_a_report_begins_with_what_is_known(signed_in, event, physiotherapist):
    report_event(
        event,
        by=physiotherapist,
        number=1,
        grade="serious",
        action="Laid flat",
        outcome="Well",
        follow_up_due_on=day(1),
    )

    page = text(signed_in.get(event_url(event, "report/")))

    assert 'value="serious" checked' in page
    assert ">Laid flat</textarea>" in page.replace(" >", ">").replace("> L", ">L")
    assert 'name="number" value="2"' in page


def test_a_report_does_not_begin_with_a_day_that_has_passed(signed_in, event, physiotherapist):
    EventReport.objects.create(
        event=event, number=1, recorded_at=timezone.now(), recorded_by=physiotherapist, grade="serious",
        action="Laid flat", outcome="Well", follow_up_due_on=day(-1),
    )  # fmt: skip

    answer = signed_in.get(event_url(event, "report/"))

    assert answer.context["form"]["follow_up_due_on"].value() is None


def test_a_report_posted_is_how_the_event_stands(signed_in, event, row):
    told = report(needling=row.pk, reported_to=["regulator", "insurer"], reported_on=day(0), causality="possible")

    answer = signed_in.post(event_url(event, "report/"), told)

    assert answer.headers["Location"] == event_url(event)
    page = text(signed_in.get(event_url(event)))
    assert "Report recorded." in page
    assert "Regulator, Insurer" in page
    assert "Upper trapezius, right" in page
    assert "Open: ask again on" in page


def test_a_closing_report_needs_no_day(signed_in, event):
    signed_in.post(event_url(event, "report/"), report(is_closed="on", follow_up_due_on=day(5)))

    page = text(signed_in.get(event_url(event)))
    assert "Report recorded. The event is closed." in page
    assert "Closed" in page
    assert EventReport.objects.get().follow_up_due_on is None


@pytest.mark.parametrize(
    ("told", "field", "why"),
    [
        ({"grade": ""}, "grade", "required"),
        ({"action": "  "}, "action", "Write what was done."),
        ({"outcome": ""}, "outcome", "Write the outcome so far."),
        ({"follow_up_due_on": ""}, "follow_up_due_on", "Give the day to ask again, or close the event."),
        ({"follow_up_due_on": "soon"}, "follow_up_due_on", "invalid"),
        ({"follow_up_due_on": "2001-01-01"}, "follow_up_due_on", "This day has passed."),
        ({"resolved_on": "2999-01-01"}, "resolved_on", "in the future"),
        ({"reported_to": ["insurer"]}, "reported_on", "Give the day on which it was reported."),
        ({"reported_to": ["neighbour"]}, "reported_to", "invalid_choice"),
        ({"needling": str(uuid.uuid4())}, "needling", "invalid_choice"),
        ({"needling": "x"}, "needling", "invalid"),
        ({"causality": "sure"}, "causality", "invalid_choice"),
        ({"onset_at": "2999-01-01T10:00"}, "onset_at", "in the future"),
        ({"action": "x" * 4001}, "action", "max_length"),
        ({"body_site": "x" * 121}, "body_site", "max_length"),
        ({"number": "x"}, "number", "invalid"),
        ({"number": 10**9}, "number", "max_value"),
        ({"number": 2}, "__all__", "stale"),
        ({"id": "x"}, "id", "invalid"),
    ],
)
def test_a_report_refused_keeps_what_was_typed(signed_in, event, told, field, why):
    typed = report(review_note="Typed with care.") | told

    answer = signed_in.post(event_url(event, "report/"), typed)

    page = text(answer)
    assert answer.status_code == 422
    assert is_refused(answer, field, why)
    assert "Typed with care." in page
    assert not EventReport.objects.exists()


def test_a_report_that_crossed_anothers_shows_it_and_can_be_sent_again(signed_in, event, other_physiotherapist):
    report_event(
        event, by=other_physiotherapist, number=1, grade="serious", action="Ambulance", outcome="In hospital",
        follow_up_due_on=day(1),
    )  # fmt: skip

    answer = signed_in.post(event_url(event, "report/"), report())

    assert "In hospital" in text(answer)
    form = answer.context["form"]
    again = report(id=form["id"].value(), number=form["number"].value())
    assert signed_in.post(event_url(event, "report/"), again).status_code == 302
    assert [r.outcome for r in event.reports.all()] == ["In hospital", "Better"]


def test_an_event_of_another_patient_is_not_found(signed_in, event, front_desk):
    other = people.make_patient(by=front_desk, given_name="Lan", family_name="Nguyen")

    for page in ("", "report/"):
        assert signed_in.get(f"/patients/{other.pk}/events/{event.pk}/{page}").status_code == 404
    assert signed_in.post(f"/patients/{other.pk}/events/{event.pk}/report/", report()).status_code == 404
    assert not EventReport.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_events_are_recorded_by_physiotherapists_alone(client, front_desk, admin, event, method):
    for user in (front_desk, admin):
        client.force_login(user)

        for url in (create_url(event.session), event_url(event, "report/")):
            assert getattr(client, method)(url).status_code == 403


# Where open ones are seen ------------------------------------------------------


def test_today_shows_the_open_events_of_my_sessions(signed_in, event, patient, physiotherapist, other_physiotherapist):
    record_event(event.session, by=physiotherapist, type="bruise", grade="mild")
    others = make_signed(patient, by=other_physiotherapist, days_ago=1)
    record_event(others, by=physiotherapist, type="seizure", grade="serious")

    page = text(signed_in.get("/today/"))

    assert "Open adverse events" in page
    assert "Fainting, significant" in page
    assert "report needed" in page
    assert event_url(event) in page
    assert "Seizure" not in page
    assert "Bruise" not in page


def test_today_says_nothing_of_events_when_none_is_open(signed_in, signed):
    assert "adverse event" not in text(signed_in.get("/today/"))


def test_today_marks_what_is_overdue_with_a_word(signed_in, event, physiotherapist):
    EventReport.objects.create(
        event=event, number=1, recorded_at=timezone.now(), recorded_by=physiotherapist, grade="serious",
        action="Laid flat", outcome="Well", follow_up_due_on=day(-1),
    )  # fmt: skip

    page = text(signed_in.get("/today/"))

    assert "bi-alarm" in page
    assert "overdue" in page


def test_the_chart_shows_open_events_of_sessions_that_are_out_of_sight(signed_in, patient, event, physiotherapist):
    for days_ago in range(6):
        make_draft(patient, by=physiotherapist, days_ago=days_ago / 10)

    answer = signed_in.get(f"/patients/{patient.pk}/chart/")
    page = text(answer)

    assert event.session not in [entry.session for entry in answer.context["page"].entries]
    assert "Open adverse events" in page
    assert event_url(event) in page


def test_the_chart_and_the_session_tell_what_appeared_later_apart(signed_in, patient, physiotherapist):
    seen = [AdverseEvent(type="bleed", grade="mild")]
    session = make_signed(patient, by=physiotherapist, days_ago=2, events=seen)
    record_follow_up(
        session, by=physiotherapist, contacted_at=timezone.now(), events=[AdverseEvent(type="bruise", grade="mild")]
    )
    record_event(session, by=physiotherapist, type="fatigue", grade="mild")

    (entry,) = signed_in.get(f"/patients/{patient.pk}/chart/").context["page"].entries
    answer = signed_in.get(f"/patients/{patient.pk}/sessions/{session.pk}/")

    for told in (entry, answer.context["entry"]):
        assert [event.type for event in told.reactions] == ["bleed"]
        assert [event.type for contact in told.contacts for event in contact.events] == ["bruise"]
        assert [event.type for event in told.later] == ["fatigue"]
    assert "Fatigue, mild" in text(answer)


@pytest.mark.parametrize("count", [1, 3])
def test_the_session_asks_the_database_seventeen_times(
    signed_in, signed, physiotherapist, count, django_assert_num_queries
):
    for type_ in ["bruise", "fatigue", "fainting"][:count]:
        event = record_event(signed, by=physiotherapist, type=type_, grade="significant")
        report_event(
            event, by=physiotherapist, number=1, grade="serious", action="-", outcome="-", follow_up_due_on=day(1)
        )
        heard = [AdverseEvent(type=type_, grade="mild")]
        record_follow_up(signed, by=physiotherapist, contacted_at=timezone.now(), events=heard)

    # One each for past events, similar names, a mark that waits and the neighbours.
    with django_assert_num_queries(19):
        signed_in.get(f"/patients/{signed.patient_id}/sessions/{signed.pk}/")


# In the admin ------------------------------------------------------------------


def listed(as_admin, **query):
    return list(as_admin.get(url_of(AdverseEvent), query).context["cl"].queryset)


def test_the_register_filters_by_state_grade_practitioner_and_site(
    as_admin, event, patient, physiotherapist, other_physiotherapist
):
    others = make_signed(patient, by=other_physiotherapist, days_ago=1)
    noted = record_event(others, by=physiotherapist, type="bruise", grade="mild")
    late = record_event(others, by=physiotherapist, type="seizure", grade="significant")
    EventReport.objects.create(
        event=late, number=1, recorded_at=timezone.now(), recorded_by=physiotherapist, grade="serious",
        action="Ambulance", outcome="Well", follow_up_due_on=day(-1),
    )  # fmt: skip
    done = record_event(others, by=physiotherapist, type="allergy", grade="significant")
    report_event(done, by=physiotherapist, number=1, grade="mild", outcome="Gone", is_closed=True)

    assert set(listed(as_admin)) == {event, noted, late, done}
    assert set(listed(as_admin, state="open")) == {event, late}
    assert listed(as_admin, state="overdue") == [late]
    assert listed(as_admin, state="unreported") == [event]
    assert listed(as_admin, state="closed") == [done]
    assert listed(as_admin, state="noted") == [noted]
    assert set(listed(as_admin, grade="mild")) == {noted, done}
    assert listed(as_admin, grade="serious") == [late]
    assert listed(as_admin, practitioner=physiotherapist.practitioner.pk) == [event]
    assert len(listed(as_admin, site=physiotherapist.practitioner.site_id)) == 4
    assert listed(as_admin, recorded_at__month=timezone.localtime().month % 12 + 1) == []
    assert listed(as_admin, q="adeyemi", state="overdue") == [late]


def test_the_register_shows_an_event_with_its_reports_and_lets_nobody_write(as_admin, event, physiotherapist):
    report_event(
        event, by=physiotherapist, number=1, grade="serious", action="Ambulance", outcome="In hospital",
        follow_up_due_on=day(1), reported_to=["regulator"], reported_on=day(0),
    )  # fmt: skip
    url = url_of(AdverseEvent, "change", event.pk)

    page = text(as_admin.get(url))

    assert "In hospital" in page
    assert "Regulator" in page
    assert event.session.get_absolute_url() in page
    assert 'name="_save"' not in page
    assert as_admin.post(url, {"grade": "mild"}).status_code == 403
    assert as_admin.post(url_of(AdverseEvent, "add"), {"type": "bruise"}).status_code == 403
    assert as_admin.post(url_of(AdverseEvent, "delete", event.pk), {"post": "yes"}).status_code == 403


def test_the_admins_start_page_counts_open_events(as_admin, event):
    assert "1 without a report" in text(as_admin.get("/admin/"))
