"""The pages of a closed session: read, print, amend; and of a draft: withdraw, hand over."""

import threading
import time
import uuid

import pytest
from django.db import connection, transaction

from tests.database.guards import unguarded
from tests.markup import on_one_line
from tests.people import PASSWORD
from tests.refusals import is_refused
from tests.treatments.builders import make_draft, make_muscle, make_needling, make_signed
from tests.treatments.pages import as_posted, edit_url
from treatments.models import Amendment, TreatmentSession
from treatments.services import amend_session, sign_session


@pytest.fixture
def signed(client, patient, physiotherapist):
    client.force_login(physiotherapist)
    return make_signed(patient, by=physiotherapist)


@pytest.fixture
def draft(client, patient, physiotherapist):
    client.force_login(physiotherapist)
    return make_draft(patient, by=physiotherapist)


def url(session, page=""):
    return f"/patients/{session.patient_id}/sessions/{session.pk}/{page}"


def amendment(**changes):
    return {"id": uuid.uuid4(), "text": "Left, not right.", "reason": "Wrong side", "password": PASSWORD} | changes


@pytest.mark.parametrize("page", ["", "print/"])
def test_a_signed_record_shows_signature_hash_and_amendments(client, signed, physiotherapist, page):
    amend_session(
        signed, by=physiotherapist, proof="PIN", text="Left, not right.", reason="Wrong side", id=uuid.uuid4()
    )

    html = client.get(url(signed, page)).content.decode()

    assert "Marit Solberg" in html
    assert signed.content_hash in html
    assert "Matches the record" in html
    assert "Left, not right." in html
    assert "Why: Wrong side" in html


@pytest.mark.both_engines
def test_a_tampered_record_says_so(client, signed):
    with unguarded():
        TreatmentSession.objects.update(note="Nothing happened")

    html = client.get(url(signed)).content.decode()

    assert "The record does not match what was signed." in html
    assert "Matches the record" not in html


@pytest.mark.parametrize("number", [1, 3])
def test_a_record_asks_the_same_number_of_queries(
    client, patient, signed, physiotherapist, number, django_assert_num_queries
):
    for _ in range(number):
        amend_session(signed, by=physiotherapist, proof="PIN", text="Once more.", reason="Forgotten", id=uuid.uuid4())

    for days_ago in (0, 9):  # so that it has two neighbours
        make_signed(patient, by=physiotherapist, days_ago=days_ago)

    # One each for past events, similar names, a mark that waits, what amendments correct, and the neighbours.
    with django_assert_num_queries(20):
        client.get(url(signed))


def test_an_amendment_is_signed_with_the_password(client, signed):
    answer = client.post(url(signed, "amend/"), amendment())

    assert answer.headers["Location"] == url(signed)
    assert Amendment.objects.get().signed_name == "Marit Solberg"


@pytest.mark.parametrize(
    ("changes", "field", "why"),
    [
        ({"password": "wrong"}, "password", "This password is not correct. Type it again."),
        ({"password": ""}, "password", "required"),
        ({"text": ""}, "text", "required"),
        ({"reason": "x" * 301}, "reason", "max_length"),
        ({"id": "no id"}, "id", "invalid"),
    ],
)
def test_an_amendment_that_is_refused_keeps_what_was_typed(client, signed, changes, field, why):
    answer = client.post(url(signed, "amend/"), amendment(**changes))

    html = answer.content.decode()
    assert answer.status_code == 422
    assert is_refused(answer, field, why)
    assert changes.get("text", "Left, not right.") in html
    assert PASSWORD not in html
    assert Amendment.objects.count() == 0


def test_a_draft_is_not_amended(client, draft):
    assert client.post(url(draft, "amend/"), amendment()).status_code == 404


def test_a_draft_is_withdrawn_with_a_reason(client, draft):
    answer = client.post(url(draft, "withdraw/"), {"reason_text": "Opened for the wrong patient", "password": PASSWORD})

    chart = client.get(answer.headers["Location"]).content.decode()
    assert "Withdrawn: Opened for the wrong patient" in chart
    assert "Opened for the wrong patient" in client.get(url(draft)).content.decode()


def test_withdrawing_without_a_reason_is_refused(client, draft):
    answer = client.post(url(draft, "withdraw/"), {"reason_text": " ", "password": PASSWORD})

    assert answer.status_code == 422
    assert TreatmentSession.objects.get().is_draft


def test_a_signed_session_is_not_withdrawn(client, signed):
    answer = client.post(url(signed, "withdraw/"), {"reason_text": "Why not", "password": PASSWORD})

    signed.refresh_from_db()
    assert (answer.url, signed.status) == (url(signed), "signed")


def test_a_draft_is_handed_to_a_colleague(client, draft, other_physiotherapist):
    client.post(url(draft, "hand-over/"), {"to": other_physiotherapist.practitioner.pk, "password": PASSWORD})

    assert client.get(url(draft, "edit/")).headers["Location"] == url(draft)
    client.force_login(other_physiotherapist)
    assert client.get(url(draft, "edit/")).status_code == 200


def test_another_physiotherapist_takes_no_draft(client, draft, other_physiotherapist):
    client.force_login(other_physiotherapist)

    answer = client.post(url(draft, "hand-over/"), {"to": other_physiotherapist.practitioner.pk, "password": PASSWORD})

    assert answer.status_code == 403
    assert client.get(url(draft)).status_code == 200


def test_the_admin_hands_over_for_somebody_who_is_away(client, draft, admin, other_physiotherapist):
    client.force_login(admin)

    client.post(url(draft, "hand-over/"), {"to": other_physiotherapist.practitioner.pk, "password": PASSWORD})

    assert TreatmentSession.objects.get().practitioner == other_physiotherapist.practitioner


def test_nobody_is_offered_their_own_draft(client, draft):
    answer = client.post(url(draft, "hand-over/"), {"to": draft.practitioner_id, "password": PASSWORD})

    assert answer.status_code == 422


def test_the_patient_takes_home_what_was_done_in_plain_words(client, signed):
    html = on_one_line(client.get(url(signed, "copy/")))

    assert "We used 2 needles. We took out and counted 2." in html
    assert "Get emergency help at once" not in html


def test_the_copy_warns_after_needling_near_the_lung(client, patient, physiotherapist):
    client.force_login(physiotherapist)
    rhomboid = make_muscle("rhomboid-major", "Rhomboid major", pneumothorax_risk=True)
    near_lung = make_signed(patient, by=physiotherapist, needlings=[make_needling(rhomboid)])

    assert "Get emergency help at once" in client.get(url(near_lung, "copy/")).content.decode()


def test_there_is_no_copy_of_a_draft(client, draft):
    assert client.get(url(draft, "copy/")).status_code == 404


def while_it_is_signed(draft, by, send):
    """What `send` is answered when it reads a draft, and waits to write it until the draft is signed."""
    signed = threading.Event()

    def sign():
        with transaction.atomic():
            sign_session(draft, by=by, proof="PIN")
            signed.set()
            time.sleep(1)
        connection.close()

    signing = threading.Thread(target=sign)
    signing.start()
    assert signed.wait(20)
    answer = send()
    signing.join()
    return answer


@pytest.mark.both_engines
@pytest.mark.django_db(transaction=True)
def test_an_autosave_that_waits_while_the_session_is_signed_is_told_so(client, draft, physiotherapist):
    sent = as_posted(draft, note="late")

    answer = while_it_is_signed(
        draft, physiotherapist, lambda: client.post(edit_url(draft), sent, headers={"X-Autosave": "1"})
    )

    assert (answer.status_code, answer.json()) == (409, {"closed": url(draft)})
    assert TreatmentSession.objects.get().note == ""


@pytest.mark.both_engines
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", ["edit/", "sign/"])
def test_a_page_that_waits_while_the_session_is_signed_leads_to_the_record(client, draft, physiotherapist, page):
    sent = as_posted(draft, note="late")

    answer = while_it_is_signed(draft, physiotherapist, lambda: client.post(url(draft, page), sent))

    assert (answer.status_code, answer.url) == (302, url(draft))
    assert TreatmentSession.objects.get().note == ""
