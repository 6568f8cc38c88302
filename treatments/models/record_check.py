from django.db import models


class RecordCheck(models.Model):
    """A run of the command `verify_records`: when it began, what it read, and how many problems it found."""

    checked_at = models.DateTimeField()
    signed_sessions = models.PositiveBigIntegerField()
    audit_entries = models.PositiveBigIntegerField()
    problems = models.PositiveIntegerField()

    class Meta:
        ordering = ["-checked_at", "-pk"]
        get_latest_by = "checked_at"

    def __str__(self):
        return f"Check of {self.checked_at:%Y-%m-%d}"
