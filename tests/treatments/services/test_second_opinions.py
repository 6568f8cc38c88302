"""A relative stop is answered with a colleague's own word: asked, agreed to, asked again, sealed."""

import uuid

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from clinic.models import Practitioner
from clinic.roles import ADMIN, FRONT_DESK, PHYSIOTHERAPIST
from patients.models import TrailEntry
from patients.templatetags.citations import cited
from tests import people
from tests.markup import on_one_line
from tests.people import PASSWORD
from tests.treatments.builders import agree_as, make_answers, make_draft, make_needling, rows_read
from tests.treatments.pages import edit_url, save
from treatments import safety
from treatments.models import Muscle, Needling, TreatmentSession, WarningAnswer, with_rows
from treatments.record import sealing
from treatments.record.verification import tampered_sessions
from treatments.record.warnings import warning_statuses
from treatments.services import (
    amend_session,
    hand_over_draft,
    save_draft,
    sign_session,
    start_session,
    withdraw_draft,
)
from treatments.services.answers import ChangedAnswer

from .test_warning_answers import missing_labels, name, screen, stored, unanswered

pytestmark = pytest.mark.both_engines


@pytest.fixture
def colleague(other_physiotherapist):
    return other_physiotherapist


@pytest.fixture
def session(physiotherapist, colleague, patient, catalogue):
    """A complete draft with a stop to which the colleague is asked to agree."""
    screen(patient, physiotherapist, pregnancy="12 weeks")
    rows = [make_needling(Muscle.objects.get(slug="rectus-abdominis"))]
    return ask(make_draft(patient, by=physiotherapist, needlings=rows), physiotherapist, colleague)


def ask(session, by, colleague, reason="Far from the abdomen", **words):
    """Save the draft with its stops answered so, and one of their words changed where the caller says so."""
    session = stored(session)
    rows = list(session.needlings.all())
    answers = make_answers(safety.warnings_for(session, rows), seconded_by=colleague)
    for answer in answers:
        if answer.level == "stop":
            answer.reason = reason
            for field, value in words.items():
                setattr(answer, field, value)
    return keep(session, by, answers)


def keep(session, by, answers, **values):
    session = stored(session)
    rows = {"needlings": list(session.needlings.all()), "measurements": [], "events": []}
    return save_draft(
        session, by=by, version=session.version, token=uuid.uuid4(), values=values, answers=answers, **rows
    )


def asked():
    return WarningAnswer.objects.get(level="stop")


def url_of(session):
    return f"/patients/{session.patient_id}/sessions/{session.pk}/agree/"


def signed_in(user):
    browser = Client()
    browser.force_login(user)
    return browser


def page(user, url):
    response = signed_in(user).get(url)
    assert response.status_code == 200
    return on_one_line(response)


def agreement(answer):
    """What the colleague's page sends."""
    return {"answer": answer.pk, "rows_read": rows_read(answer), "password": PASSWORD}


def shown(moment):
    return date_format(timezone.localtime(moment), "j M Y, H:i")


# The word ------------------------------------------------------------------------


def test_signing_waits_until_the_colleague_agrees(session, physiotherapist, colleague):
    with pytest.raises(ValidationError, match="Pregnant: 12 weeks: waiting for Daniel Okonkwo to agree"):
        sign_session(session, by=physiotherapist, proof="PIN")

    agree_as(colleague, asked())

    assert sign_session(session, by=physiotherapist, proof="PIN").is_signed


def test_an_agreement_is_told_of_with_name_and_time(session, colleague):
    answer = agree_as(colleague, asked())

    entry = TrailEntry.objects.latest("pk")
    assert (entry.action, entry.by, entry.patient_id) == ("change", colleague, session.patient_id)
    assert (entry.record_id, entry.note) == (str(session.pk), "Agreed to a stop")
    assert entry.changes == {
        f"warninganswer {answer.pk}": [
            {"seconded_at": None, "agreed_rows": "", "proved_by_means": ""},
            {
                "seconded_at": answer.seconded_at.isoformat(),
                "agreed_rows": answer.agreed_rows,
                "proved_by_means": "PIN",
            },
        ]
    }


def test_agreeing_twice_agrees_once_and_leaves_the_draft_as_its_author_has_it(session, colleague):
    first = agree_as(colleague, asked())
    entries = TrailEntry.objects.count()

    again = agree_as(colleague, first)

    assert again.seconded_at == first.seconded_at
    assert TrailEntry.objects.count() == entries
    assert stored(session).version == session.version


@pytest.mark.parametrize("who", ["author", "third"])
def test_nobody_but_the_person_asked_agrees(session, physiotherapist, who):
    person = physiotherapist if who == "author" else people.make_physiotherapist("t.walsh")

    with pytest.raises(ValidationError, match="Only the colleague who was asked can agree"):
        agree_as(person, asked())

    assert asked().is_waiting


@pytest.mark.parametrize("close", ["sign", "withdraw"])
def test_nobody_agrees_to_what_is_closed(session, physiotherapist, colleague, close):
    answer = asked()
    if close == "withdraw":
        withdraw_draft(session, by=physiotherapist, proof="PIN", reason="Opened for the wrong patient")
    else:
        agree_as(colleague, answer)
        sign_session(session, by=physiotherapist, proof="PIN")

    with pytest.raises(ValidationError, match="can no longer be changed"):
        agree_as(colleague, answer)


def test_an_unchanged_answer_keeps_its_agreement_through_saves(session, physiotherapist, colleague):
    agreed = agree_as(colleague, asked())

    keep(session, physiotherapist, list(stored(session).warning_answers.all()), plan="Again in a week.")
    ask(session, physiotherapist, colleague)

    kept = asked()
    assert (kept.pk, kept.seconded_at) == (agreed.pk, agreed.seconded_at)
    assert unanswered(session) == []


@pytest.mark.parametrize("word", ["reason", "title", "sentence", "source"])
def test_other_words_are_a_new_answer_that_must_be_agreed_to_again(session, physiotherapist, colleague, word):
    agreed = agree_as(colleague, asked())

    ask(session, physiotherapist, colleague, **{word: "Other words"})

    assert asked().pk != agreed.pk
    assert asked().is_waiting
    with pytest.raises(ChangedAnswer):
        agree_as(colleague, agreed)


def test_another_colleague_must_agree_anew(session, physiotherapist, colleague):
    agreed = agree_as(colleague, asked())
    third = people.make_physiotherapist("t.walsh")

    ask(session, physiotherapist, third)

    assert (asked().seconded_by, asked().is_waiting) == (third, True)
    with pytest.raises(ChangedAnswer):
        agree_as(colleague, agreed)


def test_a_save_brings_no_agreement_of_its_own(session, physiotherapist, colleague):
    """Whatever an answer in hand says: the colleague's word comes from the colleague."""
    ask(session, physiotherapist, colleague, reason="Anew", seconded_at=timezone.now())

    assert asked().is_waiting


def test_an_answer_of_a_row_that_went_is_asked_of_nobody(session, physiotherapist, colleague):
    answer = asked()
    Needling.objects.filter(session=session).delete()

    with pytest.raises(ChangedAnswer):
        agree_as(colleague, answer)


# A draft handed over ------------------------------------------------------------------


def test_who_takes_the_draft_over_does_not_agree_with_themselves(session, physiotherapist, colleague):
    answer = asked()
    hand_over_draft(session, by=physiotherapist, proof="PIN", to=colleague.practitioner)

    with pytest.raises(ValidationError, match="Only the colleague who was asked can agree"):
        agree_as(colleague, answer)

    assert signed_in(colleague).get(url_of(session)).status_code == 404
    assert "You are asked to agree" not in page(colleague, "/today/")


def test_an_agreement_of_who_took_the_draft_over_counts_no_longer(session, physiotherapist, colleague):
    agree_as(colleague, asked())

    hand_over_draft(session, by=physiotherapist, proof="PIN", to=colleague.practitioner)

    assert [warning.level for warning in unanswered(session)] == ["stop"]


def test_a_draft_handed_to_a_third_keeps_what_was_agreed(session, physiotherapist, colleague):
    agree_as(colleague, asked())
    third = people.make_physiotherapist("t.walsh")

    hand_over_draft(session, by=physiotherapist, proof="PIN", to=third.practitioner)

    assert sign_session(session, by=third, proof="PIN").is_signed


# The author's page --------------------------------------------------------------------


@pytest.fixture
def authors_page(client, session, physiotherapist):
    client.force_login(physiotherapist)
    return client


def second_of(answer):
    (stop,) = (warning for warning in answer.json()["warnings"] if warning["second"].strip())
    return stop


def test_the_form_says_for_whom_it_waits_and_then_who_agreed(authors_page, session, colleague):
    waiting = authors_page.get(edit_url(session)).content.decode()
    saved = second_of(save(authors_page, session, plan="Again"))
    assert "<b>Waiting for Daniel Okonkwo to agree.</b>" in waiting
    assert ("<b>Waiting for Daniel Okonkwo to agree.</b>" in saved["second"], saved["settled"]) == (True, False)

    answer = agree_as(colleague, asked())

    saved = save(authors_page, session, plan="Again in a week")
    assert f"<b>Daniel Okonkwo agreed</b> {shown(answer.seconded_at)}." in second_of(saved)["second"]
    assert second_of(saved)["settled"]
    assert missing_labels(saved) == []
    agreed = authors_page.get(edit_url(session)).content.decode()
    assert f"<b>Daniel Okonkwo agreed</b> {shown(answer.seconded_at)}." in agreed
    assert "Waiting for" not in agreed


def test_a_reason_changed_on_the_page_asks_anew_at_once(authors_page, session, colleague):
    agree_as(colleague, asked())
    (stop,) = (d.warning for d in warning_statuses(stored(session)) if d.warning.is_stop)

    saved = save(authors_page, session, **{name(stop, "reason"): "On the other side"})

    assert "Waiting for Daniel Okonkwo to agree" in second_of(saved)["second"]
    assert missing_labels(saved) == ["Pregnant: 12 weeks: waiting for Daniel Okonkwo to agree"]
    assert asked().is_waiting


def test_the_notes_to_sign_say_for_whom_they_wait(session, physiotherapist):
    assert "Pregnant: 12 weeks: waiting for Daniel Okonkwo to agree" in page(physiotherapist, "/today/")


def test_nobody_is_asked_who_could_not_answer(authors_page, session, colleague):
    """A practitioner without the role, as an admin may be, has no page on which to agree."""
    assert ">Daniel Okonkwo</option>" in authors_page.get(edit_url(session)).content.decode()

    colleague.groups.set([Group.objects.get(name=ADMIN)])

    assert ">Daniel Okonkwo</option>" not in authors_page.get(edit_url(session)).content.decode()


# The colleague's pages ------------------------------------------------------------------


def test_the_home_page_of_the_colleague_asks_them(session, physiotherapist, colleague):
    html = page(colleague, "/today/")

    assert "You are asked to agree" in html
    assert "ADEYEMI, Ruth" in html
    assert session.patient.record_number in html
    assert "Stop: Pregnant" in html
    assert "Marit Solberg asks" in html
    assert f'href="{url_of(session)}"' in html
    assert "You are asked to agree" not in page(physiotherapist, "/today/")


def test_the_poll_of_the_home_page_brings_what_was_asked_since(session, colleague, physiotherapist):
    polled = signed_in(colleague).get("/today/", headers={"HX-Request": "true"}).content.decode()
    empty = on_one_line(signed_in(physiotherapist).get("/today/", headers={"HX-Request": "true"}))

    assert '<div id="asked" hx-swap-oob="true">' in polled
    assert "You are asked to agree" in polled
    assert '<div id="asked" hx-swap-oob="true"> </div>' in empty


def test_an_admin_who_treats_is_asked_on_their_start_page(session, physiotherapist):
    both = people.make_admin()
    both.groups.add(Group.objects.get(name=PHYSIOTHERAPIST))
    Practitioner.objects.create(user=both, site=people.make_site())
    ask(session, physiotherapist, both)

    start = signed_in(both).get("/", follow=True).content.decode()

    assert "You are asked to agree" in start
    assert f'href="{url_of(session)}"' in start


def test_what_is_agreed_to_closed_or_gone_is_not_asked_any_more(session, physiotherapist, colleague):
    agree_as(colleague, asked())
    assert "You are asked to agree" not in page(colleague, "/today/")
    ask(session, physiotherapist, colleague, reason="Anew")
    assert "You are asked to agree" in page(colleague, "/today/")

    withdraw_draft(session, by=physiotherapist, proof="PIN", reason="Opened for the wrong patient")

    assert "You are asked to agree" not in page(colleague, "/today/")


def test_the_page_shows_who_what_why_and_which_rows(session, colleague):
    html = page(colleague, url_of(session))

    for words in (
        "ADEYEMI, Ruth",
        "14 Mar 1979",
        "Marit Solberg asks: do you agree to continue?",
        "Stop: Pregnant",
        asked().sentence,
        f"Source: {cited(asked().source)}.",
        "It is about Rectus abdominis, right, TrP1.",
        "“Far from the abdomen”",
        "15 mm",
        "If you do not agree, leave this page and tell Marit Solberg",
        "I agree",
        "Back to my day",
    ):
        assert words in html


def test_the_colleague_agrees_and_a_second_press_changes_nothing(session, colleague):
    browser, answer = signed_in(colleague), asked()

    first = browser.post(url_of(session), agreement(answer), follow=True)
    at = asked().seconded_at
    second = browser.post(url_of(session), agreement(answer), follow=True)

    for response in (first, second):
        html = on_one_line(response)
        assert response.status_code == 200
        assert f"<b>You agreed</b> {shown(at)}." in html
        assert "I agree" not in html
    assert asked().seconded_at == at


def test_a_stale_page_shows_the_new_answer_and_agrees_to_nothing(session, physiotherapist, colleague):
    browser, read = signed_in(colleague), asked()
    ask(session, physiotherapist, colleague, reason="There is no other way")

    response = browser.post(url_of(session), agreement(read))

    html = response.content.decode()
    assert response.status_code == 409
    assert "The answer was changed while you were reading." in html
    assert "“There is no other way”" in html
    assert "Far from the abdomen" not in html
    assert f'name="answer" value="{asked().pk}"' in html
    assert asked().is_waiting


@pytest.mark.parametrize("sent", [{}, {"answer": "x"}, {"answer": uuid.UUID(int=1)}])
def test_what_names_no_answer_agrees_to_nothing(session, colleague, sent):
    assert signed_in(colleague).post(url_of(session), sent).status_code == 409
    assert asked().is_waiting


def test_a_page_whose_question_went_to_somebody_else_is_there_no_longer(session, physiotherapist, colleague):
    browser, read = signed_in(colleague), asked()
    ask(session, physiotherapist, people.make_physiotherapist("t.walsh"))

    assert browser.post(url_of(session), agreement(read)).status_code == 404
    assert browser.get(url_of(session)).status_code == 404


@pytest.mark.parametrize("close", ["sign", "withdraw"])
def test_a_closed_session_says_so_and_offers_no_button(session, physiotherapist, colleague, close):
    browser = signed_in(colleague)
    if close == "sign":
        agree_as(colleague, asked())
        sign_session(session, by=physiotherapist, proof="PIN")
    else:
        withdraw_draft(session, by=physiotherapist, proof="PIN", reason="Opened for the wrong patient")

    read = browser.get(url_of(session))
    sent = browser.post(url_of(session), agreement(asked()))

    words = "This session was signed" if close == "sign" else "This draft was withdrawn"
    assert (read.status_code, sent.status_code) == (200, 409)
    for response in (read, sent):
        assert words in response.content.decode()
        assert "I agree" not in response.content.decode()


@pytest.mark.parametrize(("role", "status"), [(FRONT_DESK, 403), (ADMIN, 403), (PHYSIOTHERAPIST, 404)])
def test_nobody_else_finds_the_page(session, role, status):
    browser = signed_in(people.make_user("somebody", role=role))

    assert browser.get(url_of(session)).status_code == status
    assert browser.post(url_of(session), agreement(asked())).status_code == status
    assert asked().is_waiting


def test_the_author_finds_nothing_to_agree_to_either(session, physiotherapist):
    assert signed_in(physiotherapist).post(url_of(session), agreement(asked())).status_code == 404
    assert asked().is_waiting


def test_the_address_of_another_patient_leads_nowhere(session, colleague, front_desk):
    other = people.make_patient(by=front_desk, given_name="Tomasz")

    assert signed_in(colleague).get(f"/patients/{other.pk}/sessions/{session.pk}/agree/").status_code == 404


def test_reading_and_agreeing_are_told_of(session, colleague):
    last = TrailEntry.objects.latest("pk").pk
    browser = signed_in(colleague)
    browser.get(url_of(session))
    browser.post(url_of(session), agreement(asked()))

    told = TrailEntry.objects.filter(pk__gt=last, page="stop_second").order_by("pk")
    assert [(entry.action, entry.by) for entry in told] == [("read", colleague), ("change", colleague)]


# The record -------------------------------------------------------------------------


@pytest.fixture
def signed(session, physiotherapist, colleague):
    agree_as(colleague, asked())
    return sign_session(session, by=physiotherapist, proof="PIN")


def pages_of(session, user):
    base = f"/patients/{session.patient_id}/sessions/{session.pk}/"
    return [page(user, f"{base}{part}") for part in ("", "print/", "copy/")]


def test_the_record_its_print_and_the_copy_say_who_agreed_and_when(signed, physiotherapist):
    record, printed, copy = pages_of(signed, physiotherapist)

    at = shown(asked().seconded_at)
    assert f"Second person: Daniel Okonkwo agreed {at}" in record
    assert f"Second person: Daniel Okonkwo agreed {at}" in printed
    assert f"Daniel Okonkwo, who agreed on {at}" in copy


def test_a_draft_says_that_it_waits(session, colleague):
    html = page(colleague, f"/patients/{session.patient_id}/sessions/{session.pk}/")

    assert "<b>Waiting for Daniel Okonkwo to agree.</b>" in html
    assert "named by the author" not in html


def test_the_word_of_the_colleague_is_sealed(signed):
    (word,) = (row for row in sealing.sealed_content(stored(signed))["warnings"] if row["level"] == "stop")

    assert word["seconded_at"] == asked().seconded_at.isoformat(timespec="microseconds")
    assert list(tampered_sessions()) == []


def test_a_question_that_nobody_answered_is_no_part_of_the_record(session, patient, physiotherapist):
    """The patient was screened anew and is not pregnant: nothing stands against signing, and nobody agreed."""
    not_agreed = asked()
    screen(patient, physiotherapist)

    signed = sign_session(session, by=physiotherapist, proof="PIN")

    assert signed.is_signed
    assert not WarningAnswer.objects.filter(level="stop").exists()
    assert list(tampered_sessions()) == []
    changes = TrailEntry.objects.filter(action="sign").latest("pk").changes
    assert changes[f"warninganswer {not_agreed.pk}"][0]["reason"] == "Far from the abdomen"


@pytest.fixture
def signed_by_name_only(session, physiotherapist, monkeypatch):
    """As they were signed before colleagues were asked: sealed with the name alone."""
    session = with_rows(TreatmentSession.objects).get(pk=session.pk)
    session.status, session.signed_at, session.signed_by = "signed", timezone.now(), physiotherapist
    session.signed_name, session.signed_meaning, session.proved_by_means = "Marit Solberg", "authored", "PIN"
    with monkeypatch.context() as before:
        before.setattr(sealing, "WARNING_FIELDS", [f for f in sealing.WARNING_FIELDS if f != "seconded_at"])
        session.content_hash = sealing.content_hash(session)
    session.save()
    return session


def test_a_record_seconded_by_name_only_stays_true_and_says_so(signed_by_name_only, physiotherapist):
    record, printed, copy = pages_of(signed_by_name_only, physiotherapist)

    assert list(tampered_sessions()) == []
    assert "Matches the record" in record
    for html in (record, printed):
        assert "Second person: Daniel Okonkwo, named by the author" in html
        assert "Waiting for" not in html
    assert "Daniel Okonkwo, named as the second person" in copy
    assert amend_session(
        signed_by_name_only, by=physiotherapist, proof="PIN", text="Left.", reason="Side", id=uuid.uuid4()
    ).number


def test_the_admin_reads_the_name_and_the_time(client, signed, admin):
    client.force_login(admin)

    listed = client.get("/admin/treatments/warninganswer/").content.decode()
    inside = client.get(f"/admin/treatments/treatmentsession/{signed.pk}/change/").content.decode()

    at = date_format(timezone.localtime(asked().seconded_at), "DATETIME_FORMAT")
    for html in (listed, inside):
        assert "d.okonkwo" in html
        assert at in html


def test_no_agreement_is_copied_to_the_next_visit(signed, patient, physiotherapist):
    again = start_session(patient, by=physiotherapist, session_id=uuid.uuid4())

    assert again.needlings.count() == 1
    assert not again.warning_answers.exists()
