"""What is signed is exactly what the signer's page showed, whatever is saved elsewhere meanwhile."""

import threading
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections

from tests.treatments.builders import make_draft, make_needling
from tests.treatments.pages import as_posted, save
from treatments.models import Muscle, TreatmentSession
from treatments.services import hand_over_draft, save_and_sign, save_draft, sign_session
from treatments.services.drafts import StaleSession
from treatments.views import sessions as pages

pytestmark = pytest.mark.both_engines


@pytest.fixture
def session(patient, physiotherapist, catalogue):
    rows = [make_needling(Muscle.objects.get(slug="levator-scapulae"))]
    return make_draft(patient, by=physiotherapist, needlings=rows)


@pytest.fixture
def send(session, physiotherapist):
    """Save or sign, as a page that was opened with the session as it is in the fixture."""
    rows = list(session.needlings.select_related("muscle", "trigger_point", "needle"))

    def send(service, note, **changed):
        page = {"version": session.version, "token": uuid.uuid4(), "values": {"note": note}}
        page |= {"needlings": rows, "measurements": [], "events": []}
        proof = {"proof": "PIN"} if service is save_and_sign else {}
        return service(session, by=physiotherapist, **page | proof | changed)

    return send


def stored(session):
    return TreatmentSession.objects.get(pk=session.pk)


def sign_url(session):
    return f"/patients/{session.patient_id}/sessions/{session.pk}/sign/"


def test_a_save_from_another_tab_just_before_signing_shows_both_versions(client, session, physiotherapist, monkeypatch):
    client.force_login(physiotherapist)
    mine = as_posted(session, note="As signed")
    is_valid = pages.SessionRecord.is_valid

    def save_elsewhere(record):
        monkeypatch.setattr(pages.SessionRecord, "is_valid", is_valid)
        assert save(client, session, note="Other tab").status_code == 200
        return is_valid(record)

    monkeypatch.setattr(pages.SessionRecord, "is_valid", save_elsewhere)
    answer = client.post(sign_url(session), mine)

    html = answer.content.decode()
    assert answer.status_code == 409
    assert "As signed" in html
    assert "Other tab" in html
    assert (stored(session).is_draft, stored(session).note) == (True, "Other tab")


def test_a_page_that_was_saved_before_does_not_sign_what_another_tab_saved_since(send, session):
    """The page's save has arrived, and the signature is sent under the same token."""
    token = uuid.uuid4()
    send(save_draft, "As signed", token=token)
    send(save_draft, "Other tab", version=stored(session).version)

    with pytest.raises(StaleSession):
        send(save_and_sign, "As signed", token=token)

    assert (stored(session).is_draft, stored(session).note) == (True, "Other tab")


def test_a_page_that_was_saved_and_then_changed_signs_what_it_shows(send, session):
    token = uuid.uuid4()
    send(save_draft, "Before", token=token)

    assert send(save_and_sign, "As signed", token=token).is_signed
    assert stored(session).note == "As signed"


def test_a_draft_that_was_handed_over_meanwhile_is_not_signed(send, session, physiotherapist, other_physiotherapist):
    hand_over_draft(session, by=physiotherapist, proof="PIN", to=other_physiotherapist.practitioner)

    with pytest.raises(PermissionDenied):
        send(save_and_sign, "As signed")

    assert stored(session).is_draft


def test_nobody_signs_for_another(session, other_physiotherapist):
    with pytest.raises(PermissionDenied):
        sign_session(session, by=other_physiotherapist, proof="PIN")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(5))
def test_of_a_save_and_a_signature_at_the_same_moment_one_is_refused(send, session, attempt):
    """Two connections: either the other tab comes first and nothing is signed, or it comes after and is refused."""
    results, barrier = {}, threading.Barrier(2)

    def run(name, service, note):
        barrier.wait(20)
        try:
            results[name] = send(service, note)
        except ValidationError as refusal:
            results[name] = refusal
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=run, args=("signed", save_and_sign, "As signed")),
        threading.Thread(target=run, args=("saved", save_draft, "Other tab")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    after = stored(session)
    if after.is_signed:
        assert after.note == "As signed"
        assert results["saved"].code == "closed"
    else:
        assert after.note == "Other tab"
        assert results["signed"].code == "stale"
