"""Attachments: encrypted, stored once, never changed, and compared with what was attached."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils import timezone

from patients.integrity.seal import sha256_of_bytes
from patients.models import TrailEntry
from patients.services import open_episode
from patients.services.once import OtherContent
from tests.database.guards import unguarded
from tests.treatments.builders import make_attachment
from tests.treatments.forms.files import pdf, uploaded
from treatments.forms.documents import checked_file
from treatments.models import Attachment, AttachmentContent
from treatments.record.attached import content_of, unreadable_attachments
from treatments.services import add_attachment

pytestmark = pytest.mark.both_engines

KEYS = ["the key of the attachments " * 3]


@pytest.fixture(autouse=True)
def keys(settings):
    settings.ATTACHMENT_KEYS = KEYS


@pytest.fixture
def file():
    return checked_file(uploaded(pdf()))


@pytest.fixture
def attachment(patient, physiotherapist, file):
    return add_attachment(patient, by=physiotherapist, file=file, kind="referral", title="From the GP")


def test_the_content_is_encrypted_in_the_database_and_readable_with_the_key(attachment, file):
    stored = Attachment.objects.select_related("content").get()

    assert b"%PDF" not in bytes(stored.content.encrypted)
    assert content_of(stored) == file.content
    assert list(unreadable_attachments()) == []


def test_the_audit_trail_has_the_hash_of_the_content(attachment, file, patient, physiotherapist):
    entry = TrailEntry.objects.get(record_type="attachment")

    assert (entry.action, entry.patient, entry.by) == ("create", patient, physiotherapist)
    assert entry.changes["content_hash"] == [None, sha256_of_bytes(file.content)]


def test_a_page_sent_twice_attaches_once(attachment, patient, physiotherapist, file):
    same = {"by": physiotherapist, "kind": "referral", "title": "From the GP", "id": attachment.pk}

    assert add_attachment(patient, file=file, **same) == attachment
    with pytest.raises(OtherContent):
        add_attachment(patient, file=checked_file(uploaded(pdf(pages=2))), **same)
    assert (Attachment.objects.count(), AttachmentContent.objects.count()) == (1, 1)


def test_an_impossible_day_is_refused_and_nothing_is_stored(patient, physiotherapist, file):
    tomorrow = timezone.localdate() + timedelta(days=1)

    for day in (tomorrow, patient.born_on - timedelta(days=1)):
        with pytest.raises(ValidationError) as refusal:
            add_attachment(patient, by=physiotherapist, file=file, kind="photo", dated_on=day)
        assert list(refusal.value.message_dict) == ["dated_on"]
    assert not AttachmentContent.objects.exists()


def test_an_episode_of_somebody_else_is_refused(patient, front_desk, physiotherapist, file):
    from tests.people import make_patient

    stranger = make_patient(by=front_desk, given_name="Tomasz", family_name="Wilk")
    episode = open_episode(stranger, by=physiotherapist, complaint="Knee", region="leg")

    with pytest.raises(ValidationError) as refusal:
        add_attachment(patient, by=physiotherapist, file=file, kind="photo", episode=episode)
    assert list(refusal.value.message_dict) == ["episode"]


@pytest.mark.parametrize("change", [{"title": "Other"}, {"content_hash": "0" * 64}, {"patient": None}])
def test_the_database_refuses_any_change_of_an_attachment(attachment, change):
    with pytest.raises(DatabaseError), transaction.atomic():
        Attachment.objects.update(**change)


def test_the_database_refuses_any_change_of_the_content(attachment):
    for write in (
        lambda: AttachmentContent.objects.update(encrypted=b"other"),
        lambda: AttachmentContent.objects.update(key_id="0"),
        lambda: AttachmentContent.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            write()


def lose_the_key(settings, first, second):
    settings.ATTACHMENT_KEYS = ["another key of the attachments " * 3]


def change_the_content(settings, first, second):
    AttachmentContent.objects.filter(pk=first.content_id).update(encrypted=b"x" * 100)


def exchange_the_contents(settings, first, second):
    contents = list(AttachmentContent.objects.order_by("pk").values_list("encrypted", flat=True))
    for one, content in zip((first, second), reversed(contents), strict=True):
        AttachmentContent.objects.filter(pk=one.content_id).update(encrypted=content)


def change_the_hash(settings, first, second):
    Attachment.objects.filter(pk=first.pk).update(content_hash="0" * 64)


@pytest.mark.parametrize(
    ("damage", "count"),
    [(lose_the_key, 2), (change_the_content, 1), (exchange_the_contents, 2), (change_the_hash, 1)],
)
def test_an_attachment_that_is_not_what_was_attached_is_reported(
    attachment, patient, physiotherapist, settings, damage, count
):
    second = make_attachment(patient, by=physiotherapist)
    with unguarded():
        damage(settings, attachment, second)

    sentences = list(unreadable_attachments())

    assert len(sentences) == count
    assert all(patient.record_number in sentence for sentence in sentences)
