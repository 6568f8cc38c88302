"""The model behind the retention report in the admin."""

from patients.models import Patient


class RetentionCase(Patient):
    """A proxy of Patient without a table. The rule is in `treatments.retention.due`."""

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = "retention of a record"
        verbose_name_plural = "retention of records"
