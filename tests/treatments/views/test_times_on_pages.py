"""Times of needling, changes of consent and late entries on the session's pages."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from patients.services import withdraw_consent
from tests.patients.builders import agree
from tests.treatments.builders import complete, make_muscle, make_needling, make_signed
from tests.treatments.pages import as_posted, edit_url, row, save
from treatments.models import Needling, TreatmentSession
from treatments.services import save_draft, sign_session

MINUTE = timedelta(minutes=1)
ZONE = ZoneInfo("Europe/London")


@pytest.fixture(autouse=True)
def afternoon(time_machine):
    time_machine.move_to(datetime(2026, 11, 27, 15, 0, 30, tzinfo=ZONE))


def needling(session):
    return Needling.objects.get(session=session)


def time_name(session):
    return f"needling-{needling(session).pk}-needled_at"


def test_a_save_answers_with_the_time_of_each_row(client, draft):
    answer = save(client, draft, **row(1, insertions="2")).json()

    stored = needling(draft)
    assert answer["needled"] == {str(stored.pk): f"{timezone.localtime(stored.needled_at):%H:%M}"}
    assert answer["basis_changes"] == []


def test_the_author_corrects_a_time(client, draft, time_machine):
    save(client, draft, **row(1, insertions="2"))
    time_machine.shift(600)

    save(client, draft, **{time_name(draft): "15:07"})

    assert f"{timezone.localtime(needling(draft).needled_at):%H:%M}" == "15:07"
    assert client.get(draft.get_absolute_url()).context["state"]["needled"] == {str(needling(draft).pk): "15:07"}


def test_an_unchanged_or_absent_time_keeps_its_seconds(client, draft):
    save(client, draft, **row(1, insertions="2"))
    before = needling(draft).needled_at

    for sent in ["15:00", "", None]:
        save(client, draft, **{time_name(draft): sent, "note": f"saved with {sent}"})
        assert needling(draft).needled_at == before


@pytest.mark.parametrize("typed", ["25:00", "noon", "16:30", "99"])
def test_a_wrong_time_has_a_sentence_and_changes_nothing(client, draft, typed):
    save(client, draft, **row(1, insertions="2"))
    before, name = needling(draft).needled_at, time_name(draft)

    answer = save(client, draft, **{name: typed, "note": "Kept"})

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [name])
    assert needling(draft).needled_at == before
    assert TreatmentSession.objects.get(pk=draft.pk).note == "Kept"


def test_the_times_move_with_the_day_of_the_visit(client, draft):
    save(client, draft, **row(1, insertions="2"))

    answer = save(client, draft, started_at="2026-11-26T14:30")

    assert timezone.localtime(needling(draft).needled_at) == datetime(2026, 11, 26, 15, 0, tzinfo=ZONE)
    assert answer.json()["is_late_entry"]


def test_a_time_that_the_server_gave_is_no_conflict(client, draft):
    save(client, draft, **row(1, insertions="2"))
    older = as_posted(draft, **{time_name(draft): "", "version": 1})
    save(client, draft, note="Elsewhere")

    answer = client.post(edit_url(draft), older)

    assert [difference.label for difference in answer.context["differences"]] == ["Note"]


def test_the_open_form_learns_of_a_withdrawal(client, draft, patient, other_physiotherapist, time_machine):
    save(client, draft, **row(1, insertions="2"))
    time_machine.shift(300)
    withdraw_consent(patient.consents.get(), by=other_physiotherapist, reason="Afraid", proof="password")

    (sentence,) = save(client, draft, note="Stopped").json()["basis_changes"]
    assert "15:05" in sentence
    assert "1 row was needled before" in sentence

    two = row(2, muscle="trapezius-upper", insertions="1")
    both = [str(needling(draft).pk), *two.pop("needling")]
    answer = save(client, draft, needling=both, **two).json()

    assert [item["target"] for item in answer["missing"] if item["label"].startswith("row 2, needled")] == [
        f"id_needling-{both[1]}-needled_at"
    ]


def test_a_row_from_before_times_were_stored_is_not_counted_as_needled_later(client, draft, patient, physiotherapist):
    save(client, draft, **row(1, insertions="2"))
    Needling.objects.filter(session=draft).update(needled_at=None, recorded_at=None)
    withdraw_consent(patient.consents.get(), by=physiotherapist, reason="Afraid", proof="password")

    (sentence,) = save(client, draft, note="Stopped").json()["basis_changes"]

    assert "1 row at an unknown time" in sentence
    assert "No row" not in sentence


@pytest.fixture
def withdrawn(client, patient, physiotherapist, other_physiotherapist, draft, time_machine):
    """Signed; consent was withdrawn after the only row."""
    values = complete(draft, needlings=[make_needling(make_muscle())], started_at=draft.started_at)
    saved = save_draft(draft, by=physiotherapist, **values)
    time_machine.shift(300)
    withdraw_consent(patient.consents.get(), by=other_physiotherapist, reason="Afraid", proof="password")
    return sign_session(saved, by=physiotherapist, proof="password")


@pytest.mark.parametrize("page", ["", "print/", "copy/"])
def test_the_record_its_print_and_the_copy_say_that_consent_was_withdrawn(client, withdrawn, page):
    answer = client.get(f"/patients/{withdrawn.patient_id}/sessions/{withdrawn.pk}/{page}")

    (sentence,) = answer.context["basis_changes"]
    assert "15:05" in sentence
    assert sentence in answer.content.decode()


@pytest.fixture
def late(client, patient, physiotherapist):
    client.force_login(physiotherapist)
    return make_signed(patient, by=physiotherapist, days_ago=2)


@pytest.mark.parametrize("page", ["sessions/{0.pk}/", "sessions/{0.pk}/print/", "sessions/{0.pk}/copy/", "chart/"])
def test_a_late_entry_is_marked(client, late, page):
    assert "Late entry" in client.get(f"/patients/{late.patient_id}/{page.format(late)}").content.decode()


def test_the_form_of_a_late_entry_asks_for_its_reason(client, draft):
    assert not client.get(draft.get_absolute_url()).context["state"]["is_late_entry"]

    save(client, draft, started_at="2026-11-26T14:30")
    state = client.get(draft.get_absolute_url()).context["state"]
    assert state["is_late_entry"]
    assert "id_late_entry_reason" in [item["target"] for item in state["missing"]]

    save(client, draft, late_entry_reason="Power cut")
    state = client.get(draft.get_absolute_url()).context["state"]
    assert "id_late_entry_reason" not in [item["target"] for item in state["missing"]]


def test_the_admin_lists_late_entries(client, late, patient, physiotherapist, admin):
    usual = make_signed(patient, by=physiotherapist)
    client.force_login(admin)

    found = client.get("/admin/treatments/treatmentsession/", {"late_entry": "yes"}).context["cl"].queryset

    assert (late in found, usual in found) == (True, False)


def test_a_withdrawal_before_the_first_needle_stays_on_the_page(client, draft, patient, physiotherapist, time_machine):
    time_machine.shift(300)
    withdraw_consent(patient.consents.get(), by=physiotherapist, reason="Afraid", proof="password")
    assert "No row was needled before" in save(client, draft, note="Stopped").json()["basis_changes"][0]

    time_machine.shift(300)
    answer = save(client, draft, **row(1, insertions="2")).json()

    assert "1 after" in answer["basis_changes"][0]
    assert "id_consent" in [item["target"] for item in answer["missing"]]


def test_a_consent_before_the_first_needle_is_no_news(client, draft, patient, physiotherapist, time_machine):
    time_machine.shift(300)
    agree(patient, by=physiotherapist)

    assert save(client, draft, **row(1, insertions="2")).json()["basis_changes"] == []
