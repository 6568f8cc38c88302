"""Pain that patients reported in the days after a session, apart from pain right after it."""

from django.db.models import F, OuterRef, Subquery

from treatments.models import FollowUp
from treatments.record.follow_up_times import FIRST, LAST, NEAR


def later_pain(session="pk"):
    """A subquery for the pain, 0 to 10, of the newest counting follow-up from 12 to 84 hours after the session began.

    `session` is the field of the outer query with the session's key. NULL without such a follow-up.
    """
    heard = FollowUp.objects.counting().filter(
        session=OuterRef(session),
        pain__isnull=False,
        contacted_at__gte=F("session__started_at") + FIRST - NEAR,
        contacted_at__lt=F("session__started_at") + LAST,
    )
    return Subquery(heard.latest_first().values("pain")[:1])
