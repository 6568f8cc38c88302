"""Letters: drafts, signing, leaving the clinic, and errors, with the rules of other signed records."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from clinic.diary.messaging import NotSent
from clinic.models import Site
from patients.models import Patient, TrailEntry
from patients.services import open_episode, update_patient
from tests.database.guards import unguarded
from tests.treatments.builders import make_letter, make_signed_letter
from treatments.models import Disclosure, Letter
from treatments.record.trail_checks import records_unlike_the_trail
from treatments.record.verification import tampered_letters
from treatments.services import (
    mark_in_error,
    record_letter_given,
    save_letter,
    send_letter,
    sign_letter,
    start_letter,
    withdraw_letter,
)
from treatments.services.drafts import StaleSession
from treatments.services.signing import Incomplete

pytestmark = pytest.mark.both_engines

PDF = b"%PDF-1.7"


@pytest.fixture
def episode(patient, physiotherapist):
    update_patient(patient, by=physiotherapist, general_practitioner="Dr Osei")
    asked = {"complaint": "Neck pain", "region": "neck", "referred_by": "Ms Lang, Sports Clinic"}
    return open_episode(Patient.objects.get(pk=patient.pk), by=physiotherapist, **asked)


@pytest.fixture
def with_email(settings):
    settings.EMAIL_URL, settings.DEFAULT_FROM_EMAIL = "smtp://here", "clinic@example.org"


def start(episode, by, kind="gp"):
    return start_letter(episode, by=by, kind=kind, id=uuid.uuid4())


def sign(draft, by, **changed):
    return sign_letter(draft, **{"by": by, "version": draft.version, "proof": "PIN"} | changed)


def leaving(**changed):
    return {"address": "osei@example.org", "patient_agreed": True, "id": uuid.uuid4()} | changed


# Drafts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "recipient"),
    [("gp", "Dr Osei"), ("referrer", "Ms Lang, Sports Clinic"), ("discharge", "Ms Lang, Sports Clinic")],
)
def test_a_letter_goes_first_to_whom_the_record_names(episode, physiotherapist, kind, recipient):
    letter = start(episode, physiotherapist, kind)

    assert letter.recipient_name == recipient
    assert "Neck pain" in letter.subject
    assert "Neck pain" in letter.body


def test_a_second_letter_to_the_same_recipient_has_the_address_of_the_first(episode, physiotherapist):
    address = {"recipient_address": "1 High Street", "recipient_email": "osei@example.org"}
    make_signed_letter(episode, by=physiotherapist, recipient_name="Dr Osei", **address)

    second = start(episode, physiotherapist)

    assert (second.recipient_address, second.recipient_email) == ("1 High Street", "osei@example.org")


def test_start_pressed_twice_goes_on_with_the_draft_of_that_kind(episode, physiotherapist):
    first = start(episode, physiotherapist)

    assert start_letter(episode, by=physiotherapist, kind="gp", id=first.pk) == first
    assert start(episode, physiotherapist) == first
    assert start(episode, physiotherapist, "discharge") != first


@pytest.mark.parametrize("kind", ["", "fax"])
def test_a_letter_of_no_kind_is_not_started(episode, physiotherapist, kind):
    with pytest.raises(ValidationError):
        start(episode, physiotherapist, kind)


def test_no_letter_is_about_an_episode_that_was_entered_in_error(episode, physiotherapist):
    mark_in_error(episode, by=physiotherapist, reason="Another patient", proof="PIN")

    with pytest.raises(ValidationError):
        start(episode, physiotherapist)


def test_a_stale_save_overwrites_nothing_and_one_sent_twice_is_stored_once(episode, physiotherapist):
    draft, token = start(episode, physiotherapist), uuid.uuid4()
    sent = {"by": physiotherapist, "version": draft.version, "token": token, "values": {"body": "Mine"}}
    for _ in range(2):
        saved = save_letter(draft, **sent)

    with pytest.raises(StaleSession):
        save_letter(draft, **sent | {"token": uuid.uuid4(), "values": {"body": "Other"}})

    assert (saved.version, Letter.objects.get().body) == (draft.version + 1, "Mine")


def test_only_the_author_writes_and_signs(episode, physiotherapist, other_physiotherapist):
    draft = make_letter(episode, by=physiotherapist)

    with pytest.raises(PermissionDenied):
        sign(draft, other_physiotherapist)


# Signing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["recipient_name", "subject", "body"])
def test_signing_needs_a_recipient_a_subject_and_a_text(episode, physiotherapist, field):
    draft = make_letter(episode, by=physiotherapist, **{field: " "})

    with pytest.raises(Incomplete) as refusal:
        sign(draft, physiotherapist)

    assert [item.target for item in refusal.value.lacking] == [f"id_{field}"]


def test_signing_asks_for_a_proof_and_for_the_version_that_was_shown(episode, physiotherapist):
    draft = make_letter(episode, by=physiotherapist)

    with pytest.raises(ValidationError) as refusal:
        sign(draft, physiotherapist, proof="")
    assert refusal.value.code == "proof"
    with pytest.raises(StaleSession):
        sign(draft, physiotherapist, version=draft.version - 1)

    assert Letter.objects.get().is_draft


def test_a_signed_letter_keeps_the_names_of_that_day(episode, physiotherapist):
    Site.objects.update(phone="020 7946 0000")
    signed = sign(make_letter(episode, by=physiotherapist), physiotherapist)

    Site.objects.update(phone="")
    Patient.objects.update(family_name="Changed")

    stored = Letter.objects.get()
    assert "020 7946 0000" in stored.letterhead
    assert stored.about.startswith("Ruth Adeyemi, born 14 Mar 1979")
    assert (signed.signed_name, list(tampered_letters())) == ("Marit Solberg", [])


def test_the_database_refuses_to_change_or_delete_a_signed_letter(episode, physiotherapist):
    signed = make_signed_letter(episode, by=physiotherapist)
    rows = Letter.objects.filter(pk=signed.pk)

    for write in (lambda: rows.update(body="Other"), lambda: rows.delete(), lambda: rows.update(status="draft")):
        with pytest.raises(IntegrityError), transaction.atomic():
            write()
    with pytest.raises(ValidationError):
        save_letter(signed, by=physiotherapist, version=signed.version, token=uuid.uuid4(), values={"body": "Other"})


def test_the_database_refuses_an_incomplete_signature_and_a_second_draft(episode, physiotherapist):
    draft = make_letter(episode, by=physiotherapist, subject="")
    signature = {"signed_at": timezone.now(), "signed_by": physiotherapist, "signed_name": "M", "content_hash": "h"}
    signature |= {"status": "signed", "signed_meaning": "authored", "proved_by_means": "PIN", "about": "Ruth"}

    with pytest.raises(IntegrityError), transaction.atomic():
        Letter.objects.filter(pk=draft.pk).update(**signature)
    with pytest.raises(IntegrityError), transaction.atomic():
        draft.pk = uuid.uuid4()
        draft.save(force_insert=True)


@pytest.mark.parametrize("values", [{"body": "Other"}, {"recipient_name": "Dr Who"}, {"about": "Somebody else"}])
def test_a_change_behind_the_back_of_the_database_is_found(episode, physiotherapist, values):
    signed = make_signed_letter(episode, by=physiotherapist)

    with unguarded():
        Letter.objects.filter(pk=signed.pk).update(**values)

    assert len(list(tampered_letters())) == 1


def test_a_letter_or_a_disclosure_that_was_removed_is_missed(episode, physiotherapist):
    signed = make_signed_letter(episode, by=physiotherapist)
    record_letter_given(signed, by=physiotherapist, way="post", **leaving())
    assert list(records_unlike_the_trail()) == []

    with unguarded():
        Disclosure.objects.all().delete()
        Letter.objects.all().delete()

    assert len(list(records_unlike_the_trail())) == 2


def test_a_withdrawn_draft_stays_and_another_can_be_started(episode, physiotherapist):
    draft = start(episode, physiotherapist)

    withdraw_letter(draft, by=physiotherapist, reason="Not needed", proof="PIN")

    assert start(episode, physiotherapist) != draft
    assert not Letter.objects.counting().filter(pk=draft.pk).exists()


# Leaving the clinic ----------------------------------------------------------------------------


def test_a_letter_is_sent_once_and_who_got_it_is_in_the_trail(episode, physiotherapist, with_email, mailoutbox):
    signed, sent = make_signed_letter(episode, by=physiotherapist), leaving()

    for _ in range(2):
        disclosure = send_letter(signed, by=physiotherapist, pdf=PDF, **sent)

    [message] = mailoutbox
    assert (message.to, message.attachments[0][1]) == (["osei@example.org"], PDF)
    assert signed.patient.family_name not in message.subject + message.body
    assert (disclosure.state, disclosure.recipient_name) == ("sent", "Dr Osei, Harbour Surgery")
    entries = TrailEntry.objects.filter(patient=signed.patient, record_type="disclosure").order_by("pk")
    assert [entry.changes["state"] for entry in entries] == [[None, "unknown"], ["unknown", "sent"]]
    assert entries[0].changes["address"] == [None, "osei@example.org"]
    assert list(records_unlike_the_trail()) == []


@pytest.mark.parametrize(
    ("failure", "state"), [(NotSent("The mail server refused the message."), "not_sent"), (TimeoutError(), "unknown")]
)
def test_a_letter_that_was_not_sent_says_so(episode, physiotherapist, with_email, monkeypatch, failure, state):
    signed, known = make_signed_letter(episode, by=physiotherapist), []

    def fail(self, **message):
        known.extend(Disclosure.objects.values_list("state", flat=True))
        raise failure

    monkeypatch.setattr("clinic.diary.messaging.email.Email.send", fail)

    sent = send_letter(signed, by=physiotherapist, pdf=PDF, **leaving())

    assert known == ["unknown"]  # it is stored before it is sent
    assert (sent.state, bool(sent.problem)) == (state, True)


@pytest.mark.parametrize("wrong", [{"patient_agreed": False}, {"address": "osei"}, {"address": ""}])
def test_a_letter_does_not_leave_without_an_address_and_the_patients_agreement(
    episode, physiotherapist, with_email, mailoutbox, wrong
):
    signed = make_signed_letter(episode, by=physiotherapist)

    with pytest.raises(ValidationError):
        send_letter(signed, by=physiotherapist, pdf=PDF, **leaving(**wrong))

    assert (mailoutbox, Disclosure.objects.count()) == ([], 0)


def test_a_draft_or_a_letter_in_error_does_not_leave(episode, physiotherapist):
    draft, wrong = (
        make_letter(episode, by=physiotherapist, kind="discharge"),
        make_signed_letter(episode, by=physiotherapist),
    )
    mark_in_error(wrong, by=physiotherapist, reason="Another patient", proof="PIN")

    for letter in (draft, wrong):
        with pytest.raises(ValidationError):
            record_letter_given(letter, by=physiotherapist, way="post", **leaving())

    assert list(tampered_letters()) == []


def test_what_was_given_to_the_patient_names_the_patient_and_no_address(episode, physiotherapist):
    signed = make_signed_letter(episode, by=physiotherapist)

    given = record_letter_given(signed, by=physiotherapist, way="patient", **leaving())

    assert (given.recipient_name, given.address, given.state) == ("Ruth Adeyemi", "", "sent")


def test_an_email_is_not_recorded_as_paper(episode, physiotherapist):
    signed = make_signed_letter(episode, by=physiotherapist)

    with pytest.raises(ValidationError):
        record_letter_given(signed, by=physiotherapist, way="email", **leaving())


def test_the_database_keeps_who_got_a_letter(episode, physiotherapist):
    given = record_letter_given(
        make_signed_letter(episode, by=physiotherapist), by=physiotherapist, way="post", **leaving()
    )
    rows = Disclosure.objects.filter(pk=given.pk)

    for write in (
        lambda: rows.update(address="Elsewhere"),
        lambda: rows.update(state="unknown"),
        lambda: rows.update(problem="None"),
        lambda: rows.delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            write()
