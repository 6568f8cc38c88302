"""The content of attachments: encrypted, decrypted, and compared with its hash."""

from patients.integrity.encryption import Unreadable, decrypt, encrypt
from patients.integrity.progress import counted
from patients.integrity.seal import sha256_of_bytes
from treatments.models import Attachment, AttachmentContent


def encrypted_content(attachment, content):
    """A new AttachmentContent, not saved, with the bytes of `content` encrypted for this attachment only."""
    key_id, encrypted = encrypt(content, bound_to=str(attachment.pk))
    return AttachmentContent(encrypted=encrypted, key_id=key_id)


def content_of(attachment):
    """The bytes of an attachment. Raises Unreadable if the key is missing, or the content is not what was attached."""
    stored = attachment.content
    content = decrypt(stored.encrypted, key_id=stored.key_id, bound_to=str(attachment.pk))
    if sha256_of_bytes(content) != attachment.content_hash:
        raise Unreadable("its content is not what was attached")
    return content


def unreadable_attachments():
    """A sentence for each attachment whose content cannot be decrypted, or is not what was attached."""
    attachments = Attachment.objects.select_related("patient", "content").order_by("pk")
    for attachment in counted(attachments.iterator(chunk_size=1), "attachments", attachments.count):
        try:
            content_of(attachment)
        except Unreadable as why:
            number = attachment.patient.record_number
            yield f"Attachment {attachment.pk} of patient {number} cannot be read: {why}."
