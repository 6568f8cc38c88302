"""Where a rule asks for a second person and nobody else works here, a reason takes their place."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic.models import Practitioner
from patients.models import TrailEntry
from tests.admin_pages import url_of
from tests.treatments.builders import make_draft, make_needling, make_signed
from tests.treatments.pages import edit_url, save
from treatments import safety
from treatments.models import AdverseEvent, Muscle, WarningAnswer
from treatments.record.verification import tampered_sessions
from treatments.services import record_event, report_event, save_draft, sign_session

from .test_warning_answers import missing_labels, name, screen, stored, unanswered

pytestmark = pytest.mark.both_engines
ALONE = "I work alone"


@pytest.fixture
def session(patient, physiotherapist, other_physiotherapist, catalogue):
    """A complete draft with a stop to which a colleague could agree, if there were one."""
    screen(patient, physiotherapist, pregnancy="12 weeks")
    rows = [make_needling(Muscle.objects.get(slug="rectus-abdominis"))]
    return make_draft(patient, by=physiotherapist, needlings=rows)


@pytest.fixture
def nobody_else(other_physiotherapist):
    practitioners = Practitioner.objects.filter(user=other_physiotherapist)
    practitioners.update(is_active=False)
    return practitioners


def stop_of(session):
    return next(warning for warning in unanswered(session) if warning.is_stop)


def go_on_alone(session, by, **words):
    """Save the draft with its stop answered without a colleague."""
    session = stored(session)
    rows = list(session.needlings.all())
    answers = [answer for answer in session.warning_answers.all() if answer.level != "stop"]
    answers.append(safety.answer_to(stop_of(session), **({"reason": "Rectus only", "alone_reason": ALONE} | words)))
    kept = {"values": {}, "needlings": rows, "measurements": [], "events": []}
    return save_draft(session, by=by, version=session.version, token=uuid.uuid4(), answers=answers, **kept)


def test_who_works_alone_signs_past_a_stop_with_a_reason(session, physiotherapist, nobody_else):
    with pytest.raises(ValidationError, match="Pregnant"):
        sign_session(session, by=physiotherapist, proof="PIN")

    signed = sign_session(go_on_alone(session, physiotherapist), by=physiotherapist, proof="PIN")

    answer = signed.warning_answers.get(level="stop")
    assert (answer.alone_reason, answer.seconded_by) == (ALONE, None)
    assert list(tampered_sessions()) == []


def test_a_reason_takes_nobody_s_place_while_there_is_a_colleague(session, physiotherapist):
    with pytest.raises(ValidationError, match="Pregnant"):
        sign_session(go_on_alone(session, physiotherapist), by=physiotherapist, proof="PIN")


def test_a_colleague_who_comes_before_the_signature_is_asked(session, physiotherapist, nobody_else):
    saved = go_on_alone(session, physiotherapist)
    nobody_else.update(is_active=True)

    with pytest.raises(ValidationError, match="Pregnant"):
        sign_session(saved, by=physiotherapist, proof="PIN")


def test_a_stop_that_nobody_may_agree_to_stays_for_who_works_alone(patient, physiotherapist, nobody_else, catalogue):
    screen(patient, physiotherapist, unwilling="")
    draft = make_draft(patient, by=physiotherapist)

    with pytest.raises(ValidationError):
        sign_session(go_on_alone(draft, physiotherapist), by=physiotherapist, proof="PIN")


def test_the_page_asks_for_the_reason_in_place_of_the_colleague(client, session, physiotherapist, nobody_else):
    client.force_login(physiotherapist)
    stop = stop_of(session)

    page = client.get(edit_url(session)).content.decode()
    assert f'name="{name(stop, "alone")}"' in page
    assert f'name="{name(stop, "second")}"' not in page
    half = save(client, session, **{name(stop, "reason"): "Rectus only"})
    assert half.status_code == 422
    done = save(client, session, **{name(stop, "reason"): "Rectus only", name(stop, "alone"): ALONE})

    assert done.status_code == 200
    assert WarningAnswer.objects.get(level="stop").alone_reason == ALONE
    assert not [label for label in missing_labels(done) if "Pregnant" in label]


def test_the_page_asks_for_the_colleague_where_there_is_one(client, session, physiotherapist):
    client.force_login(physiotherapist)
    stop = stop_of(session)

    page = client.get(edit_url(session)).content.decode()

    assert f'name="{name(stop, "second")}"' in page
    assert f'name="{name(stop, "alone")}"' not in page


# The page of the owner ---------------------------------------------------------


def reasons_page():
    return url_of(WarningAnswer).rstrip("/") + "/alone/"


def close_alone(patient, by):
    signed = make_signed(patient, by=by)
    event = record_event(signed, by=by, type=AdverseEvent.Type.PNEUMOTHORAX, grade="serious")
    fields = {"grade": "serious", "action": "Hospital", "outcome": "Well", "is_closed": True}
    report_event(event, by=by, proof="PIN", number=1, closed_alone_reason="Nobody else here", **fields)
    return event


def test_the_owner_reads_every_kind_of_reason(client, session, patient, physiotherapist, admin, nobody_else):
    signed = sign_session(go_on_alone(session, physiotherapist), by=physiotherapist, proof="PIN")
    event = close_alone(patient, physiotherapist)
    client.force_login(admin)

    response = client.get(reasons_page())

    found = {(reason.reason, reason.by, reason.patient, reason.url) for reason in response.context["reasons"]}
    assert found == {
        (ALONE, physiotherapist, patient, signed.get_absolute_url()),
        ("Nobody else here", physiotherapist, patient, f"/patients/{patient.pk}/events/{event.pk}/"),
    }
    assert all(reason.at <= timezone.now() for reason in response.context["reasons"])
    assert patient.record_number in response.content.decode()
    assert reasons_page() in client.get("/admin/").content.decode()


def test_a_draft_is_not_on_the_page_yet(client, session, physiotherapist, admin, nobody_else):
    go_on_alone(session, physiotherapist)
    client.force_login(admin)

    assert client.get(reasons_page()).context["reasons"] == []


def test_reading_the_page_is_recorded_and_only_who_reviews_may(client, physiotherapist, front_desk, admin):
    for user, status in ((physiotherapist, 302), (front_desk, 302), (admin, 200)):
        client.force_login(user)
        assert client.get(reasons_page()).status_code == status

    entry = TrailEntry.objects.filter(page="admin:treatments_reasons_alone", action="read").get()
    assert entry.by == admin


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_same_number_of_queries_whatever_its_length(
    client, count, front_desk, physiotherapist, admin, nobody_else, django_assert_num_queries
):
    from tests.people import make_patient

    for number in range(count):
        close_alone(make_patient(by=front_desk, given_name=f"Ruth {number}"), physiotherapist)
    client.force_login(admin)
    client.get(reasons_page())

    with django_assert_num_queries(6):
        assert len(client.get(reasons_page()).context["reasons"]) == count
