from django.db import models


class Backup(models.Model):
    """A backup that was written, and when a restored copy of it was last compared with what was backed up."""

    made_at = models.DateTimeField()
    file_name = models.CharField(max_length=100, unique=True)
    bytes = models.BigIntegerField()
    rows = models.BigIntegerField()
    checked_at = models.DateTimeField("restored and compared at", null=True, blank=True)

    class Meta:
        ordering = ["-made_at"]
        get_latest_by = "made_at"

    def __str__(self):
        return self.file_name
