"""What the patient takes home: the copy of a session and the exercises, as pages and PDF."""

import uuid

import pytest
from django.urls import reverse

from clinic.diary.messaging import NotSent
from clinic.models import Site
from patients.models import Patient, TrailEntry
from tests import people
from tests.pdf_text import sheets_of
from tests.treatments.builders import make_exercise, make_muscle, make_needling, make_signed, picture_file
from treatments.forms.pictures import jpeg_of
from treatments.services import prescribe_exercise

LONG = "Donaudampfschifffahrtsgesellschaft" * 4


@pytest.fixture
def session(client, patient, physiotherapist):
    client.force_login(physiotherapist)
    return make_signed(patient, by=physiotherapist, needlings=[make_needling(make_muscle("soleus", "Soleus"))])


def address(name, session):
    return reverse(name, args=[session.patient_id, session.pk])


@pytest.mark.parametrize("phone", ["01632 960 471", ""])
def test_the_copy_says_whom_to_call_or_the_staff_learn_that_no_number_is_recorded(client, session, phone):
    Site.objects.update(phone=phone)

    answer = client.get(address("session_copy", session))

    used = {template.name for template in answer.templates}
    page = answer.content.decode()
    assert (phone in page) if phone else ('role="alert"' in page)
    assert ("____" in page) == (not phone)
    assert "treatments/_visit_copy.html" in used


def test_the_copy_has_the_exercises_and_the_next_visit_that_can_take_place(client, session, physiotherapist):
    exercise = make_exercise(by=physiotherapist, picture=jpeg_of(picture_file()))
    prescription = prescribe_exercise(session.patient, by=physiotherapist, exercise=exercise, dose="2 × 8")

    context = client.get(address("session_copy", session)).context

    assert context["prescriptions"] == [prescription]
    assert context["next_visit"] is None


def test_every_sheet_of_the_pdf_has_identity_and_number(client, session, physiotherapist):
    for number in range(12):
        name = f"Exercise {number} {LONG}"[:80]
        exercise = make_exercise(by=physiotherapist, name=name, instructions=f"{LONG} " * 12)
        prescribe_exercise(session.patient, by=physiotherapist, exercise=exercise, dose="2 × 8")

    answer = client.get(address("session_copy_pdf", session))

    sheets = sheets_of(answer.content)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert len(sheets) > 3
    for number, text in enumerate(sheets, start=1):
        assert session.patient.full_name in text
        assert session.patient.record_number in text
        assert f"Page {number} of {len(sheets)}" in text


def test_a_character_that_no_font_has_is_named_on_the_page_instead_of_a_pdf_without_it(client, front_desk, session):
    odd = "\U0010fffd"
    patient = people.make_patient(by=front_desk, given_name=f"Odd{odd}")

    answer = client.get(reverse("exercises_pdf", args=[patient.pk]), follow=True)

    assert answer.redirect_chain == [(reverse("exercises_print", args=[patient.pk]), 302)]
    assert "U+10FFFD" in " ".join(str(message) for message in answer.context["messages"])


# By e-mail ---------------------------------------------------------------------------------


@pytest.fixture
def reachable(patient, settings):
    settings.EMAIL_URL, settings.DEFAULT_FROM_EMAIL = "smtp://here", "clinic@example.org"
    Patient.objects.update(email="ruth@example.org", reminder_channel="email")


@pytest.mark.parametrize("name", ["session_copy_send", "exercises_send"])
def test_a_patient_who_chose_email_gets_the_pdf_once_and_the_trail_knows(client, session, reachable, mailoutbox, name):
    url = address(name, session) if name == "session_copy_send" else reverse(name, args=[session.patient_id])
    sent = {"id": uuid.uuid4()}

    for _ in range(2):
        client.post(url, sent)

    [message] = mailoutbox
    [(_, pdf, kind)] = message.attachments
    assert (message.to, kind) == (["ruth@example.org"], "application/pdf")
    assert session.patient.full_name in sheets_of(pdf)[0]
    assert session.patient.full_name not in message.subject + message.body
    [entry] = TrailEntry.objects.filter(patient=session.patient, changes__has_key=f"document {sent['id']}")
    assert entry.changes[f"document {sent['id']}"][1]["to"] == "ruth@example.org"


@pytest.mark.parametrize("details", [{"reminder_channel": "none"}, {"reminder_channel": "sms"}, {"email": ""}])
def test_a_patient_who_did_not_choose_email_gets_none(client, session, reachable, mailoutbox, details):
    Patient.objects.update(**details)

    answer = client.post(address("session_copy_send", session), {"id": uuid.uuid4()}, follow=True)

    assert mailoutbox == []
    assert answer.context["why_no_mail"]
    assert not TrailEntry.objects.filter(patient=session.patient, action="change", changes__icontains="sha256").exists()


@pytest.mark.parametrize("failure", [NotSent("The mail server refused the message."), TimeoutError()])
def test_an_email_that_was_not_sent_says_so_every_time(client, session, reachable, monkeypatch, failure):
    tried = []

    def fail(self, **message):
        tried.append(TrailEntry.objects.filter(changes__has_key=key).count())
        raise failure

    monkeypatch.setattr("clinic.diary.messaging.email.Email.send", fail)
    sent = {"id": uuid.uuid4()}
    key = f"document {sent['id']}"

    answers = [client.post(address("session_copy_send", session), sent, follow=True) for _ in range(2)]

    assert tried == [1]  # it is in the trail before it is sent, and not sent twice
    assert [[message.level_tag for message in answer.context["messages"]] for answer in answers] == [["warning"]] * 2
    assert "problem" in TrailEntry.objects.filter(changes__has_key=key).order_by("pk").last().changes[key][1]
