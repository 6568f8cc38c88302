"""The model behind the outcome review in the admin."""

from .session import TreatmentSession


class Outcome(TreatmentSession):
    """A proxy without a table. The figures are in `treatments.outcomes`."""

    class Meta:
        proxy = True
        default_permissions = ("view",)
        permissions = [
            ("export_outcome", "Can export sessions without names"),
            ("identify_outcome", "Can export sessions with patients' names"),
        ]
        verbose_name = "outcome"
