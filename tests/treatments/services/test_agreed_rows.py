"""An agreement to a stop holds for the rows that the colleague read, and for no others."""

import re
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from patients.models import TrailEntry
from tests import people
from tests.people import PASSWORD
from tests.treatments.builders import agree_as, make_answers, make_draft, make_needling, rows_read
from tests.treatments.pages import edit_url, save
from treatments import safety
from treatments.models import Muscle, Needle, Needling, WarningAnswer
from treatments.record import sealing
from treatments.record.agreed_rows import rows_digest
from treatments.record.verification import tampered_sessions
from treatments.services import agree_to_stop, hand_over_draft, save_draft, sign_session
from treatments.services.answers import ChangedRows

from .test_second_opinions import asked, signed_in, url_of
from .test_warning_answers import missing_labels, screen, stored

pytestmark = pytest.mark.both_engines
WAITING = "Pregnant: 12 weeks: waiting for Daniel Okonkwo to agree"


@pytest.fixture
def colleague(other_physiotherapist):
    return other_physiotherapist


@pytest.fixture
def session(physiotherapist, colleague, patient, catalogue):
    """A complete draft of two rows, with a stop at the first to which the colleague is asked to agree."""
    screen(patient, physiotherapist, pregnancy="12 weeks")
    rows = [make_needling(Muscle.objects.get(slug=slug)) for slug in ("rectus-abdominis", "levator-scapulae")]
    draft = make_draft(patient, by=physiotherapist, needlings=rows)
    answers = make_answers(safety.warnings_for(stored(draft), rows), seconded_by=colleague)
    return keep(draft, physiotherapist, answers=answers)


def keep(session, by, *, needlings=None, answers=None):
    """Save the draft with these rows and answers, or as they are stored."""
    session = stored(session)
    needlings = list(session.needlings.all()) if needlings is None else needlings
    answers = list(session.warning_answers.all()) if answers is None else answers
    page = {"version": session.version, "token": uuid.uuid4(), "values": {}}
    return save_draft(session, by=by, needlings=needlings, measurements=[], events=[], answers=answers, **page)


def row_of_the_stop():
    return Needling.objects.get(muscle__slug="rectus-abdominis")


def open_page(browser, session):
    """What the form on the colleague's page would send."""
    html = browser.get(url_of(session)).content.decode()
    return dict(re.findall(r'name="(answer|rows_read)"\s+value="([^"]*)"', html)) | {"password": PASSWORD}


def change_row(client, session, **fields):
    pk = row_of_the_stop().pk
    return save(client, session, **{f"needling-{pk}-{name}": value for name, value in fields.items()})


@pytest.fixture
def authors_page(client, session, physiotherapist):
    client.force_login(physiotherapist)
    return client


# The row changes after the agreement ----------------------------------------------------


def test_a_superficial_needling_that_was_agreed_to_does_not_become_a_deep_one(authors_page, session, colleague):
    browser = signed_in(colleague)
    browser.post(url_of(session), open_page(browser, session))
    assert not asked().is_waiting

    saved = change_row(authors_page, session, depth_mm=35, technique="electrical", frequency_hz=2, insertions=40)

    assert WAITING in missing_labels(saved)
    (stop,) = (warning for warning in saved.json()["warnings"] if warning["second"].strip())
    assert not stop["settled"]
    assert "Waiting for Daniel Okonkwo to agree." in stop["second"]
    assert asked().is_waiting
    with pytest.raises(ValidationError, match=WAITING):
        sign_session(session, by=session.practitioner.user, proof="PIN")


@pytest.mark.parametrize(
    "change",
    [
        {"depth_mm": 35},
        {"side": "left"},
        {"location": "suprapubic"},
        {"technique": "superficial"},
        {"insertions": 40},
        {"retention_seconds": 600},
        {"twitch": "no", "twitch_count": None},
        {"response": "Aching"},
        {"taut_band": True},
    ],
)
def test_every_change_of_the_row_asks_again(session, physiotherapist, colleague, change):
    agreed = agree_as(colleague, asked())
    rows = list(stored(session).needlings.all())
    for field, value in change.items():
        setattr(rows[0], field, value)

    keep(session, physiotherapist, needlings=rows)

    assert asked().pk != agreed.pk
    assert (asked().is_waiting, asked().agreed_rows, asked().reason) == (True, "", agreed.reason)
    agree_as(colleague, asked())
    assert not asked().is_waiting


def test_the_author_finds_the_reason_still_there_and_is_told_for_whom_it_waits(authors_page, session, colleague):
    agree_as(colleague, asked())
    Needling.objects.filter(pk=row_of_the_stop().pk).update(depth_mm=35)

    html = authors_page.get(edit_url(session)).content.decode()

    assert asked().reason in html
    assert "Waiting for Daniel Okonkwo to agree." in html


def test_another_lot_asks_again(session, physiotherapist, colleague):
    agree_as(colleague, asked())
    rows = list(stored(session).needlings.all())
    before = rows[0].needle
    size = {field: getattr(before, field) for field in ("maker", "diameter_mm", "length_mm", "expires_on")}
    rows[0].needle = Needle.objects.create(**size, lot="L2")

    keep(session, physiotherapist, needlings=rows)

    assert asked().is_waiting


def test_another_pack_behind_the_same_lot_stands_against_signing(session, physiotherapist, colleague):
    """The stock is corrected in the admin between agreeing and signing."""
    agree_as(colleague, asked())
    Needle.objects.update(length_mm=100)

    with pytest.raises(ValidationError, match=WAITING):
        sign_session(session, by=physiotherapist, proof="PIN")


def test_whatever_changed_the_row_signing_finds_it(session, physiotherapist, colleague):
    agree_as(colleague, asked())
    Needling.objects.filter(pk=row_of_the_stop().pk).update(depth_mm=35)

    with pytest.raises(ValidationError, match=WAITING):
        sign_session(session, by=physiotherapist, proof="PIN")

    keep(session, physiotherapist)
    agree_as(colleague, asked())
    assert sign_session(session, by=physiotherapist, proof="PIN").is_signed


def test_a_row_deleted_and_added_again_asks_again(session, physiotherapist, colleague):
    agree_as(colleague, asked())
    first, other = stored(session).needlings.all()
    answers = list(stored(session).warning_answers.all())
    keep(session, physiotherapist, needlings=[other], answers=[])
    assert not WarningAnswer.objects.filter(level="stop").exists()

    keep(session, physiotherapist, needlings=[first, other], answers=answers)

    assert asked().is_waiting


def test_another_row_and_another_order_leave_the_agreement_as_it_was(session, physiotherapist, colleague):
    """The stop is about one row, and that is unchanged."""
    agreed = agree_as(colleague, asked())
    first, other = stored(session).needlings.all()
    other.depth_mm = 20

    keep(session, physiotherapist, needlings=[other, first])

    assert (asked().pk, asked().seconded_at) == (agreed.pk, agreed.seconded_at)
    assert sign_session(session, by=physiotherapist, proof="PIN").is_signed


def test_a_timer_that_is_started_leaves_the_agreement_as_it_was(session, physiotherapist, colleague):
    agree_as(colleague, asked())
    rows = list(stored(session).needlings.all())
    rows[0].retention_started_at = timezone.now()

    keep(session, physiotherapist, needlings=rows)

    assert not asked().is_waiting


def test_a_row_set_back_to_what_was_agreed_is_asked_about_once_more(session, physiotherapist, colleague):
    """The agreement went when the row changed, and does not come back with the old value."""
    agree_as(colleague, asked())
    for depth in (35, 15):
        rows = list(stored(session).needlings.all())
        rows[0].depth_mm = depth
        keep(session, physiotherapist, needlings=rows)

    assert asked().is_waiting


def test_the_trail_has_the_agreement_that_ended(session, physiotherapist, colleague):
    agreed = agree_as(colleague, asked())
    rows = list(stored(session).needlings.all())
    rows[0].depth_mm = 35

    keep(session, physiotherapist, needlings=rows)

    changes = TrailEntry.objects.latest("pk").changes
    assert changes[f"warninganswer {agreed.pk}"][0]["seconded_at"] == agreed.seconded_at.isoformat()
    assert changes[f"warninganswer {agreed.pk}"][1] is None
    assert changes[f"warninganswer {asked().pk}"][0] is None


# A stop about the whole session -----------------------------------------------------------


@pytest.mark.parametrize("change", ["order", "value", "gone", "more"])
def test_an_agreement_about_the_session_is_for_all_rows_in_their_order(session, change):
    answer = WarningAnswer(session=session, key="all")
    rows = list(stored(session).needlings.all())
    agreed = rows_digest(answer, rows)
    answer.seconded_at, answer.agreed_rows = timezone.now(), agreed
    if change == "order":
        rows.reverse()
    elif change == "value":
        rows[1].insertions = 40
    elif change == "gone":
        rows.pop()
    else:
        rows.append(make_needling(rows[0].muscle, side="left"))

    assert rows_digest(answer, rows) != agreed


# The row changes while the colleague reads ---------------------------------------------


def test_a_page_left_open_while_the_row_changes_agrees_to_nothing(authors_page, session, colleague):
    browser = signed_in(colleague)
    shown = open_page(browser, session)
    change_row(authors_page, session, depth_mm=35)

    refused = browser.post(url_of(session), shown)

    html = refused.content.decode()
    assert refused.status_code == 409
    assert "The needling was changed while you were reading. Read the new values before you agree." in html
    assert "35 mm" in html
    assert asked().is_waiting
    assert browser.post(url_of(session), open_page(browser, session)).status_code == 302
    assert not asked().is_waiting


@pytest.mark.parametrize("sent", [None, "", "x", "0" * 64])
def test_who_does_not_say_what_they_read_agrees_to_nothing(session, colleague, sent):
    rows = {"password": PASSWORD} | ({} if sent is None else {"rows_read": sent})

    assert signed_in(colleague).post(url_of(session), {"answer": asked().pk} | rows).status_code == 409
    assert asked().is_waiting


def test_the_service_compares_what_was_read_with_what_is_stored(session, physiotherapist, colleague):
    answer = asked()
    before = rows_read(answer)
    Needling.objects.filter(pk=row_of_the_stop().pk).update(depth_mm=35)

    with pytest.raises(ChangedRows):
        agree_to_stop(answer, by=colleague, proof="PIN", rows_read=before)


# A draft handed over ---------------------------------------------------------------------


def test_a_draft_that_is_handed_over_and_then_changed_asks_again(session, physiotherapist, colleague):
    agree_as(colleague, asked())
    third = people.make_physiotherapist("t.walsh")
    hand_over_draft(session, by=physiotherapist, proof="PIN", to=third.practitioner)
    rows = list(stored(session).needlings.all())
    rows[0].depth_mm = 35

    keep(session, third, needlings=rows)

    assert (asked().is_waiting, asked().acknowledged_by) == (True, third)
    with pytest.raises(ValidationError, match=WAITING):
        sign_session(session, by=third, proof="PIN")


# The seal -------------------------------------------------------------------------------


def test_what_was_agreed_to_is_sealed_with_the_record(session, physiotherapist, colleague):
    agree_as(colleague, asked())
    signed = stored(sign_session(session, by=physiotherapist, proof="PIN"))

    (answer,) = (row for row in sealing.sealed_content(signed)["warnings"] if row["level"] == "stop")
    assert answer["agreed_rows"] == rows_digest(asked(), signed.needlings.all())
    assert list(tampered_sessions()) == []


def test_an_agreement_of_a_draft_from_before_rows_were_kept_asks_again(session, physiotherapist, colleague):
    agree_as(colleague, asked())
    WarningAnswer.objects.filter(level="stop").update(agreed_rows="")

    with pytest.raises(ValidationError, match=WAITING):
        sign_session(session, by=physiotherapist, proof="PIN")


def test_a_question_that_applies_no_longer_is_not_sealed_with_an_agreement_to_other_rows(
    session, patient, physiotherapist, colleague
):
    agree_as(colleague, asked())
    Needling.objects.filter(pk=row_of_the_stop().pk).update(depth_mm=35)
    screen(patient, physiotherapist)

    sign_session(session, by=physiotherapist, proof="PIN")

    assert not WarningAnswer.objects.filter(level="stop").exists()


def test_the_database_keeps_no_rows_without_an_agreement(session):
    with pytest.raises(IntegrityError), transaction.atomic():
        WarningAnswer.objects.filter(level="stop").update(agreed_rows="0" * 64)
