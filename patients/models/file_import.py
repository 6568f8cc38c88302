"""Files from another system: uploaded, checked, stored as a whole and, if need be, undone as a whole."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse


class FileImportQuerySet(models.QuerySet):
    def waiting(self):
        """Files that somebody uploaded and that are neither stored nor discarded."""
        return self.filter(stored_at=None).exclude(encrypted=None)

    def stored(self):
        """Imports whose rows are in the records: stored and not undone."""
        return self.filter(stored_at__isnull=False, undone_at=None)


class FileImport(models.Model):
    """One file. Its content is encrypted, and deleted when it is stored or discarded.

    `choices` are those of patients.importing.plan.Choices, `header` the names of the columns once it is stored:
    a later file with the same columns starts with the same choices.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20)
    name = models.CharField("file", max_length=200)
    size_bytes = models.PositiveIntegerField("size")
    encrypted = models.BinaryField(null=True, editable=False)
    key_id = models.CharField(max_length=8, blank=True, editable=False)
    choices = models.JSONField(default=dict, blank=True)
    header = models.JSONField("columns", default=list, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    # Nobody is named for a command.
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    stored_at = models.DateTimeField(null=True, blank=True)
    stored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    undo_reason = models.CharField(max_length=300, blank=True)

    objects = FileImportQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "pk"]
        verbose_name = "import of a file"
        verbose_name_plural = "imports of files"
        constraints = [
            models.CheckConstraint(
                condition=Q(uploaded_at__isnull=False) & (Q(uploaded_by=None, stored_by=None) | ~Q(uploaded_by=None)),
                name="import_uploaded_at_and_by",
                violation_error_message="An upload has a time, and a person unless a command made it.",
            ),
            models.CheckConstraint(
                condition=Q(stored_at=None, stored_by=None) | Q(stored_at__isnull=False, encrypted=None),
                name="import_stored_at_and_by",
                violation_error_message="The content of a file is deleted when it is stored.",
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None, undo_reason="")
                | Q(undone_at__isnull=False, undone_by__isnull=False, stored_at__isnull=False) & ~Q(undo_reason=""),
                name="import_undone_at_by_and_why",
                violation_error_message="An undo needs a time, a person and a reason.",
            ),
        ]

    def __str__(self):
        return f"Import of {self.name}"

    def get_absolute_url(self):
        return reverse("import_detail", args=[self.pk])

    @property
    def is_waiting(self):
        return self.stored_at is None and self.encrypted is not None


class ImportedRow(models.Model):
    """The record that a row of a file was stored as. The same row in a later file is recognised by its fingerprint.

    `is_new` is False for a row that somebody decided is a record of the register. `before` are the values of that
    record that the import changed.
    """

    file_import = models.ForeignKey(FileImport, on_delete=models.PROTECT, related_name="rows")
    number = models.PositiveIntegerField("row")
    fingerprint = models.CharField(max_length=64, db_index=True)
    record_id = models.CharField(max_length=40)
    is_new = models.BooleanField()
    before = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["file_import", "number"]
        verbose_name = "imported row"
        constraints = [
            models.UniqueConstraint(fields=["file_import", "number"], name="one_imported_row_a_number"),
        ]

    def __str__(self):
        return f"Row {self.number}"
