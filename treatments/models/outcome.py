"""Signed sessions seen all together, for the outcome review."""

from .session import TreatmentSession


class Outcome(TreatmentSession):
    """A session; no table of its own. The figures are `treatments.outcomes`."""

    class Meta:
        proxy = True
        default_permissions = ("view",)
        permissions = [
            ("export_outcome", "Can export sessions without names"),
            ("identify_outcome", "Can export sessions with patients' names"),
        ]
        verbose_name = "outcome"
