"""Documents and photos of a patient, such as a referral or an imaging report. Their content is encrypted."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from patients.integrity.immutability import Immutable
from patients.models import Episode, Patient
from patients.models.error_mark import CountingQuerySet, link_to_error_mark, mark_stays
from patients.models.patient_key import PatientKey

# Of the encrypted content. A checked PDF can be larger than the file that was uploaded.
LARGEST_STORED_BYTES = 20 * 1024 * 1024


class AttachmentContent(models.Model):
    """The encrypted content of one attachment, in a table of its own, so that lists of attachments stay small.

    It is in the database, so that it is in every backup, and stored in one transaction with its audit entry.
    """

    encrypted = models.BinaryField(max_length=LARGEST_STORED_BYTES)
    key_id = models.CharField(max_length=8, help_text="Which of the keys in the settings it is encrypted with.")

    class Meta:
        constraints = [
            Immutable(
                name="attachment_content_frozen",
                violation_error_message="The content of an attachment cannot be changed. Attach another file.",
            ),
        ]

    def __str__(self):
        return f"Content {self.pk}"


class AttachmentQuerySet(CountingQuerySet):
    def newest_first(self):
        return self.order_by("-dated_on", "-added_at", "pk")

    def with_people(self):
        return self.select_related("added_by", "episode")


class Attachment(models.Model):
    """A document or photo of a patient. It never changes; a wrong one is marked as entered in error."""

    class Kind(models.TextChoices):
        REFERRAL = "referral", "Referral"
        IMAGING = "imaging", "Imaging report"
        PHOTO = "photo", "Photo"
        OTHER = "other", "Other document"

    class MediaType(models.TextChoices):
        JPEG = "image/jpeg", "Picture"
        PDF = "application/pdf", "PDF"

    # The page chooses the key, so that a page sent twice attaches once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = PatientKey(Patient, on_delete=models.PROTECT, moves=False, related_name="attachments")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, null=True, blank=True, related_name="attachments")
    kind = models.CharField(max_length=10, choices=Kind)
    title = models.CharField(max_length=120, blank=True)
    dated_on = models.DateField("date of the document")
    media_type = models.CharField("format", max_length=20, choices=MediaType)
    size_bytes = models.PositiveIntegerField("size")
    content_hash = models.CharField(max_length=64, help_text="SHA-256 of the content before it was encrypted.")
    content = models.OneToOneField(
        AttachmentContent, on_delete=models.PROTECT, related_name="attachment", editable=False
    )
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    error_mark = link_to_error_mark()

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["-dated_on", "-added_at", "pk"]
        indexes = [models.Index(fields=["patient", "-dated_on"])]
        permissions = [("open_attachment", "Can open the content of attachments")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(content_hash="") & Q(size_bytes__gt=0),
                name="attachment_has_content",
                violation_error_message="Choose a file to attach.",
            ),
            Immutable(
                name="attachment_frozen",
                allow=["error_mark"],
                violation_error_message="An attachment cannot be changed. Mark it as entered in error.",
            ),
            mark_stays("attachment_mark_stays"),
        ]

    def __str__(self):
        return self.title or self.get_kind_display()

    def get_absolute_url(self):
        return reverse("attachment_detail", args=[self.patient_id, self.pk])

    @property
    def is_picture(self):
        return self.media_type == self.MediaType.JPEG

    @property
    def file_name(self):
        """What a downloaded file is called, without the patient's name."""
        ending = "jpg" if self.is_picture else "pdf"
        return f"{self.patient.record_number} {self.get_kind_display().lower()} {self.dated_on:%Y-%m-%d}.{ending}"
