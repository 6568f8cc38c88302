"""The retention timers that a physiotherapist has running, whichever patient they belong to."""

from treatments.models import Needling, TreatmentSession


def running_timers(user):
    """The Needlings with a running timer in this user's drafts, oldest first, with their patient. One query.

    While a timer runs, `retention_seconds` is the planned time; without one, the timer only counts up.
    """
    rows = Needling.objects.filter(
        session__status=TreatmentSession.Status.DRAFT,
        session__practitioner__user=user,
        retention_started_at__isnull=False,
    )
    return list(rows.select_related("session__patient", "muscle").order_by("retention_started_at", "pk"))
