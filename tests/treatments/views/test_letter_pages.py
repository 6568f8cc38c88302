"""The pages of a letter: writing, both versions, signing, printing, sending, and the register."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import TrailEntry
from patients.services import open_episode
from tests.pdf_text import sheets_of
from tests.people import PASSWORD
from tests.treatments.builders import make_letter, make_signed, make_signed_letter
from treatments.models import Disclosure, Letter
from treatments.services import mark_in_error, record_letter_given


@pytest.fixture
def episode(patient, physiotherapist):
    return open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")


@pytest.fixture
def page(client, episode, physiotherapist):
    """Open and post the pages of a draft."""
    client.force_login(physiotherapist)
    return Page(client, make_letter(episode, by=physiotherapist))


@pytest.fixture
def sending(client, episode, physiotherapist, settings):
    """Open and post the pages of a signed letter, with e-mail switched on."""
    settings.EMAIL_URL, settings.DEFAULT_FROM_EMAIL = "smtp://here", "clinic@example.org"
    client.force_login(physiotherapist)
    return Page(client, make_signed_letter(episode, by=physiotherapist, recipient_email="osei@example.org"))


class Page:
    def __init__(self, client, letter):
        self.client, self.letter = client, letter

    def url(self, name="letter_edit"):
        return reverse(name, args=[self.letter.patient_id, self.letter.pk])

    def get(self, name):
        return self.client.get(self.url(name))

    def save(self, *, version=None, autosave=False, **values):
        self.letter.refresh_from_db()
        form = self.client.get(self.url()).context["form"]
        shown = {bound.html_name: bound.value() for bound in form}
        tokens = {"version": version or self.letter.version, "save_token": str(uuid.uuid4()), "whole": "1"}
        headers = {"X-Autosave": "1"} if autosave else {}
        return self.client.post(self.url(), shown | tokens | values, headers=headers)

    def send(self, name="letter_send", **values):
        asked = {"id": str(uuid.uuid4()), "address": "osei@example.org", "patient_agreed": "on"}
        return self.client.post(self.url(name), asked | {"address_checked": "on", "way": "post"} | values)

    def stored(self):
        return Letter.objects.get(pk=self.letter.pk)


def test_the_button_starts_one_letter_and_leads_to_it(client, episode, physiotherapist):
    client.force_login(physiotherapist)
    sent = {"kind": "discharge", "letter_id": str(uuid.uuid4())}
    url = reverse("letter_start", args=[episode.patient_id, episode.pk])

    answers = [client.post(url, sent) for _ in range(2)]

    letter = Letter.objects.get()
    assert {answer.url for answer in answers} == {letter.get_absolute_url()}
    assert (letter.kind, letter.episode) == ("discharge", episode)


def test_what_is_typed_is_stored_and_a_wrong_address_is_refused_beside_its_field(page):
    answer = page.save(subject="Neck", body="All of it is new.\r\nReally.", recipient_email="osei")

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["recipient_email"])
    assert (page.stored().subject, page.stored().body) == ("Neck", "All of it is new.\nReally.")


def test_a_page_sent_as_it_was_opened_changes_nothing(page):
    before = page.stored()

    page.save()

    after = page.stored()
    names = ["recipient_name", "recipient_address", "recipient_email", "subject", "body"]
    assert [getattr(after, name) for name in names] == [getattr(before, name) for name in names]


def test_an_autosave_says_what_is_missing(page):
    answer = page.save(autosave=True, subject="").json()

    assert [item["target"] for item in answer["missing"]] == ["id_subject"]
    assert answer["version"] == page.stored().version


def test_of_two_versions_the_person_chooses_answer_by_answer(page):
    page.save(subject="Theirs", body="Their text")

    refused = page.save(version=page.letter.version, subject="Mine", body="My text")
    page.save(resolve="1", subject="Mine", body="My text", **{"choice-2": "body"})

    assert refused.status_code == 409
    assert [one.name for one in refused.context["differences"]] == ["subject", "body"]
    assert (page.stored().subject, page.stored().body) == ("Mine", "Their text")


def test_sign_leads_to_what_is_missing_and_then_to_the_proof(page):
    lacking = page.client.get(page.save(sign="1", subject="").url)
    proof = page.client.get(page.save(sign="1", subject="Neck").url)
    sent = {"version": page.stored().version, "password": PASSWORD}
    signed = page.client.post(page.url("letter_prove"), sent)

    assert (lacking.status_code, [item.target for item in lacking.context["lacking"]]) == (422, ["id_subject"])
    assert proof.status_code == 200
    assert (signed.status_code, signed.url) == (302, page.url("letter_detail"))
    assert page.stored().is_signed


def test_what_was_changed_since_it_was_shown_is_not_signed(page):
    shown = page.stored().version
    page.save(subject="Other")

    answer = page.client.post(page.url("letter_prove"), {"version": shown, "password": PASSWORD})

    assert (answer.status_code, page.stored().is_draft) == (422, True)


@pytest.mark.parametrize("name", ["letter_print", "letter_pdf", "letter_send"])
def test_a_draft_and_a_letter_in_error_do_not_leave(sending, episode, physiotherapist, name):
    mark_in_error(sending.letter, by=physiotherapist, reason="Another patient", proof="PIN")
    other = make_letter(episode, by=physiotherapist, kind="discharge")

    assert sending.get(name).status_code == 404
    assert Page(sending.client, other).get(name).status_code == 404
    assert sending.get("letter_detail").status_code == 200


def test_every_sheet_of_the_pdf_has_identity_and_number(client, episode, physiotherapist):
    client.force_login(physiotherapist)
    words = "Donaudampfschifffahrtsgesellschaft" * 3 + " 漢字 नमस्ते مرحبا\n\n"
    letter = make_signed_letter(episode, by=physiotherapist, body=words * 60)

    answer = Page(client, letter).get("letter_pdf")

    sheets = sheets_of(answer.content)
    assert (answer.headers["Content-Type"], len(sheets) > 2) == ("application/pdf", True)
    for number, text in enumerate(sheets, start=1):
        assert letter.patient.full_name in text
        assert letter.patient.record_number in text
        assert f"Page {number} of {len(sheets)}" in text
    assert "Dr Osei" in sheets[0]
    assert letter.content_hash[:12] in sheets[-1].replace(" ", "")


def test_a_letter_is_sent_to_the_address_that_was_confirmed(sending, mailoutbox):
    answer = sending.send(address="other@example.org")

    [message] = mailoutbox
    assert (answer.url, message.to) == (sending.url("letter_detail"), ["other@example.org"])
    assert sending.letter.patient.full_name in sheets_of(message.attachments[0][1])[0]
    sent = Disclosure.objects.get()
    assert (sent.address, sent.state, sent.patient_agreed) == ("other@example.org", "sent", True)


def test_a_page_sent_again_does_not_claim_that_an_interrupted_email_was_sent(sending, physiotherapist, mailoutbox):
    interrupted = Disclosure.objects.create(
        letter=sending.letter,
        way="email",
        recipient_name="Dr Osei",
        address="osei@example.org",
        patient_agreed=True,
        disclosed_at=timezone.now(),
        disclosed_by=physiotherapist,
        document_hash="0" * 64,
        state="unknown",
    )

    answer = sending.send(id=str(interrupted.pk))

    [shown] = sending.client.get(answer.url).context["messages"]
    assert (shown.level_tag, mailoutbox) == ("warning", [])


@pytest.mark.parametrize(
    ("name", "left_out"),
    [
        ("letter_send", "address_checked"),
        ("letter_send", "patient_agreed"),
        ("letter_send", "address"),
        ("letter_given", "patient_agreed"),
        ("letter_given", "address"),
    ],
)
def test_without_address_or_agreement_nothing_leaves_and_the_field_says_so(sending, mailoutbox, name, left_out):
    answer = sending.send(name, **{left_out: ""})

    form = answer.context["email_form" if name == "letter_send" else "paper_form"]
    assert (answer.status_code, list(form.errors)) == (422, [left_out])
    assert (mailoutbox, Disclosure.objects.count()) == ([], 0)


def test_a_site_without_email_says_so_and_paper_stays_possible(sending, settings):
    settings.EMAIL_URL = ""

    shown, refused = sending.get("letter_send"), sending.send()
    given = sending.send("letter_given", way="patient", address="")

    assert shown.context["why_no_mail"]
    assert (refused.status_code, given.status_code) == (422, 302)
    assert Disclosure.objects.get().way == "patient"


@pytest.mark.parametrize("count", [1, 3])
def test_the_register_says_who_has_each_letter(client, episode, physiotherapist, count, django_assert_num_queries):
    leaving = {"way": "post", "address": "1 High Street", "patient_agreed": True}
    for _ in range(count):
        letter = make_signed_letter(episode, by=physiotherapist)
        record_letter_given(letter, by=physiotherapist, id=uuid.uuid4(), **leaving)
    client.force_login(physiotherapist)

    with django_assert_num_queries(13):
        context = client.get(reverse("patient_letters", args=[episode.patient_id])).context

    letters = context["letters"]
    assert [one.address for letter in letters for one in letter.disclosures.all()] == ["1 High Street"] * count


def test_the_chart_has_letters_between_the_sessions_and_beside_the_episode(client, episode, physiotherapist):
    make_signed(episode.patient, by=physiotherapist, episode=episode, days_ago=3)
    signed = make_signed_letter(episode, by=physiotherapist)
    client.force_login(physiotherapist)

    timeline = client.get(reverse("patient_chart", args=[episode.patient_id])).context["page"]

    assert [between.record for between in timeline.entries[0].between] == [signed]
    assert (timeline.counting_letters, timeline.earliest) == ([signed], [])


def test_a_letter_that_is_read_and_printed_is_in_the_trail(sending):
    last = TrailEntry.objects.order_by("-pk").first().pk
    for name in ("letter_detail", "letter_print", "letter_pdf"):
        sending.get(name)

    entries = TrailEntry.objects.filter(pk__gt=last).order_by("pk")
    assert [entry.action for entry in entries] == ["read", "print", "print"]
