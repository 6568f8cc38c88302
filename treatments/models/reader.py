"""People seen as readers of charts, for the list of unusual access."""

from django.contrib.auth.models import User

from patients.staff import printed_name


class ChartReader(User):
    """A user; no table of its own. The rule is `treatments.record.unusual_access`."""

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = "unusual access"
        verbose_name_plural = "unusual access"

    def __str__(self):
        return printed_name(self)
