"""Attach documents and photos to a patient's record."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.integrity.authorization import needs
from patients.integrity.seal import sha256_of_bytes
from patients.models import Patient
from patients.services.once import record_once
from treatments.models import Attachment
from treatments.permissions import may_add_attachments
from treatments.record.attached import encrypted_content

FROM_PAGE = ("patient_id", "episode_id", "kind", "title", "dated_on", "content_hash")


@needs(may_add_attachments)
@transaction.atomic
def add_attachment(patient, *, by, file, kind, title="", dated_on=None, episode=None, id=None):
    """Attach a file to a patient's record, encrypted, and return the Attachment.

    `file` is a CheckedFile, from treatments.forms.documents.checked_file. `kind` is a value of Attachment.Kind;
    `dated_on`, the day of the document, defaults to today. The page chooses `id`, so that a page sent twice attaches
    once. Raises ValidationError if the day is impossible or the episode is not the patient's.
    """
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    attachment = Attachment(
        **({"id": id} if id else {}),
        patient=patient,
        episode=episode,
        kind=kind,
        title=title.strip(),
        dated_on=dated_on or timezone.localdate(),
        media_type=file.media_type,
        size_bytes=len(file.content),
        content_hash=sha256_of_bytes(file.content),
        added_at=timezone.now(),
        added_by=by,
    )
    return record_once(attachment, by=by, same=FROM_PAGE, prepare=lambda new: _store_content(new, file.content))


def _store_content(attachment, content):
    if attachment.dated_on > timezone.localdate():
        raise ValidationError({"dated_on": "This date is in the future."})
    if attachment.patient.is_born_after(attachment.dated_on):
        raise ValidationError({"dated_on": "This date is before the patient’s birth date."})
    if attachment.episode and attachment.episode.patient_id != attachment.patient_id:
        raise ValidationError({"episode": "Choose an episode of this patient."})
    stored = encrypted_content(attachment, content)
    stored.full_clean()
    stored.save()
    attachment.content = stored
