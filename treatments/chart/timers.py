"""The patients whom a physiotherapist is treating: the running timers, and the drafts to go back and forth between."""

from datetime import timedelta

from django.utils import timezone

from treatments.models import Needling, TreatmentSession

# A draft that was saved within this time is being worked on. It is our judgement.
AT_WORK = timedelta(hours=1)


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


def drafts_at_work(user):
    """This user's drafts that were saved within AT_WORK, oldest first, with their patient. One query.

    With fewer than two of them there is nothing to go back and forth between, and the list is empty.
    """
    recent = TreatmentSession.objects.drafts().filter(practitioner__user=user, saved_at__gte=timezone.now() - AT_WORK)
    drafts = list(recent.select_related("patient").order_by("started_at", "pk"))
    return drafts if len(drafts) > 1 else []
