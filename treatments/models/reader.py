"""The model behind the list of unusual access in the admin."""

from django.contrib.auth.models import User

from patients.staff import printed_name


class ChartReader(User):
    """A proxy of User without a table. The rule is in `treatments.record.unusual_access`."""

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = "unusual access"
        verbose_name_plural = "unusual access"

    def __str__(self):
        return printed_name(self)
