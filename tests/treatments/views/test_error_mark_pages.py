"""Pages about records entered in error: to mark one, to confirm it, and the mark wherever the record is shown."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import ErrorMark
from patients.services import open_episode, record_body_measure
from tests import people
from tests.people import PASSWORD
from tests.treatments.builders import (
    make_attachment,
    make_exercise,
    make_signed,
    make_signed_assessment,
    make_signed_letter,
)
from treatments.record.in_error import KINDS, patient_of, title_of
from treatments.services import (
    confirm_error_mark,
    mark_in_error,
    prescribe_exercise,
    record_event,
    record_exercise_report,
    record_follow_up,
    record_outcome_score,
)

WHY = "Written into the wrong patient’s chart"


@pytest.fixture
def signed(client, patient, physiotherapist):
    client.force_login(physiotherapist)
    episode = open_episode(patient, by=physiotherapist, complaint="Neck", region="neck")
    return make_signed(patient, by=physiotherapist, episode=episode)


@pytest.fixture
def in_error(signed, physiotherapist, admin):
    mark = mark_in_error(signed, by=physiotherapist, reason=WHY, asked=admin, proof="PIN")
    confirm_error_mark(mark, by=admin, proof="passkey")
    signed.refresh_from_db()
    return signed


def page_for(kind, record):
    return reverse("error_mark_create", args=[record_patient(record), kind, record.pk])


def record_patient(record):
    return patient_of(record).pk


def one_of_each(session, by):
    event = record_event(session, by=by, type="bruise", grade="mild")
    call = record_follow_up(session, by=by, contacted_at=timezone.now(), pain=2)
    score = record_outcome_score(session.episode, by=by, measure="ndi", value=40, scored_on=timezone.localdate())
    prescription = prescribe_exercise(session.patient, by=by, exercise=make_exercise(by=by), dose="3 × 10")
    return {
        "assessment": make_signed_assessment(session.episode, by=by),
        "letter": make_signed_letter(session.episode, by=by),
        "session": session,
        "event": event,
        "follow-up": call,
        "score": score,
        "episode": session.episode,
        "screening": session.screening,
        "consent": session.consent,
        "attachment": make_attachment(session.patient, by=by),
        "exercise": prescription,
        "exercise-report": record_exercise_report(prescription, by=by, how="done"),
        "body-measure": record_body_measure(session.patient, by=by, height_cm=172, weight_kg=64),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_is_marked_on_its_page(client, signed, physiotherapist, admin, kind):
    record = one_of_each(signed, physiotherapist)[kind]
    page = page_for(kind, record)
    form = client.get(page).context["form"]
    sent = {"id": form["id"].value(), "reason": WHY, "password": PASSWORD}
    if "asked" in form.fields:
        sent["asked"] = admin.pk

    answer = client.post(page, sent)

    mark = ErrorMark.objects.get()
    assert answer.url == reverse("error_mark_detail", args=[signed.patient_id, mark.pk])
    assert (mark.kind, mark.record_id, mark.proved_by_means) == (kind, str(record.pk), "password")
    assert client.get(page).url == answer.url
    assert client.get(answer.url).context["title"] == title_of(record)


def test_what_is_missing_is_said_beside_its_field_and_nothing_typed_is_lost(client, signed, admin):
    page = page_for("session", signed)
    typed = {"id": uuid.uuid4(), "reason": WHY, "password": "wrong"}
    without_colleague = client.post(page, typed | {"password": PASSWORD})
    answer = client.post(page, typed | {"asked": admin.pk})

    assert (without_colleague.status_code, answer.status_code) == (422, 422)
    assert list(without_colleague.context["form"].errors) == ["asked"]
    assert list(answer.context["form"].errors) == ["password"]
    assert answer.context["form"]["reason"].value() == WHY
    assert not ErrorMark.objects.exists()


def test_the_person_who_was_asked_finds_it_on_their_day_and_confirms(
    client, signed, physiotherapist, other_physiotherapist
):
    mark = mark_in_error(signed, by=physiotherapist, reason=WHY, asked=other_physiotherapist, proof="password")
    page = reverse("error_mark_detail", args=[signed.patient_id, mark.pk])
    for person in (physiotherapist, other_physiotherapist):
        client.force_login(person)
        assert list(client.get(reverse("today")).context["error_marks"]) == [mark]

    answer = client.post(page, {"password": PASSWORD, "confirm": "yes"})

    mark.refresh_from_db()
    assert answer.status_code == 302
    assert (mark.is_in_effect, mark.decision_proved_by_means) == (True, "password")
    assert list(client.get(reverse("today")).context["error_marks"]) == []


def test_to_decline_a_reason_is_needed(client, signed, physiotherapist, other_physiotherapist):
    mark = mark_in_error(signed, by=physiotherapist, reason=WHY, asked=other_physiotherapist, proof="password")
    page = reverse("error_mark_detail", args=[signed.patient_id, mark.pk])
    client.force_login(other_physiotherapist)

    refused = client.post(page, {"password": PASSWORD, "decline": "yes"})
    client.post(page, {"password": PASSWORD, "decline": "yes", "decline_reason": "I was there"})

    mark.refresh_from_db()
    assert refused.status_code == 422
    assert refused.context["form"].has_error("decline_reason")
    assert (mark.is_declined, mark.decline_reason) == (True, "I was there")


@pytest.mark.parametrize("name", ["session_detail", "session_print"])
def test_a_session_in_error_shows_its_mark_on_screen_and_print(client, in_error, name):
    page = client.get(reverse(name, args=[in_error.patient_id, in_error.pk])).content.decode()

    assert "fl-band" in page
    assert all(words in page for words in (WHY, in_error.error_mark.marked_name, "Ada Berg"))


def test_there_is_no_patients_copy_of_a_session_in_error(client, in_error):
    answer = client.get(reverse("session_copy", args=[in_error.patient_id, in_error.pk]))

    assert answer.status_code == 410
    assert answer.context["patient"] == in_error.patient


def test_to_withdraw_a_signed_session_leads_to_its_page_with_the_way(client, signed):
    answer = client.get(reverse("session_withdraw", args=[signed.patient_id, signed.pk]), follow=True)

    assert answer.redirect_chain == [(signed.get_absolute_url(), 302)]
    assert [str(message) for message in answer.context["messages"]]
    assert page_for("session", signed) in answer.content.decode()


def test_the_chart_and_the_recall_list_show_the_mark(client, in_error):
    chart = client.get(reverse("patient_chart", args=[in_error.patient_id]))
    lot = in_error.needlings.get().needle
    trace = client.get(reverse("needle_trace", args=[lot.pk]))

    assert [entry.session for entry in chart.context["page"].entries] == [in_error]
    assert chart.context["course"].scores == []
    assert chart.context["heats"] == []
    assert "Entered in error" in chart.content.decode()
    assert [use.session for use in trace.context["page"]] == [in_error]
    assert "Entered in error" in trace.content.decode()


def test_the_admin_lists_marks_by_their_state(as_admin, signed, physiotherapist, admin):
    as_admin.force_login(admin)
    mark_in_error(signed, by=physiotherapist, reason=WHY, asked=admin, proof="password")
    page = reverse("admin:patients_errormark_changelist")

    counts = {
        state: as_admin.get(page, {"state": state}).context["cl"].result_count
        for state in ("waiting", "in_effect", "alone", "declined")
    }

    assert counts == {"waiting": 1, "in_effect": 0, "alone": 0, "declined": 0}
    assert f"{page}?state=waiting" in as_admin.get(reverse("admin:index")).content.decode()


def test_a_record_of_another_patient_is_not_found(client, signed, physiotherapist, front_desk):
    other = people.make_patient(by=front_desk, given_name="Tomasz", family_name="Wilk")

    for record_id in (signed.pk, "nonsense", 7):
        assert client.get(reverse("error_mark_create", args=[other.pk, "session", record_id])).status_code == 404
    assert client.get(reverse("error_mark_create", args=[signed.patient_id, "muscle", 1])).status_code == 404
