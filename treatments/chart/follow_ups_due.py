"""Whom to ask how they are after a visit with needles."""

from django.db.models import Count, Exists, ExpressionWrapper, Max, OuterRef, Subquery
from django.db.models.fields import DateTimeField
from django.db.models.functions import Coalesce

from clinic.models import CallAttempt
from patients.models import Patient
from treatments.models import FollowUp, FollowUpAnswers, TreatmentSession
from treatments.record.follow_up_times import FIRST, LAST, NEAR, time_of


def sessions_to_ask_about(*, at):
    """The signed needling sessions, as a queryset, of which the patient should be asked now.

    They began 24 to 84 hours before `at`. Left out are patients who were asked since (12 hours after the start or
    later), who have been treated again, or who have left.
    """
    answered_from = ExpressionWrapper(OuterRef("started_at") + FIRST - NEAR, output_field=DateTimeField())
    asked = FollowUp.objects.filter(session=OuterRef("pk"), error_mark=None, contacted_at__gte=answered_from)
    newer = {"patient": OuterRef("patient"), "started_at__gt": OuterRef("started_at")}
    # Asked for each session, because a list of the active patients would mean to read all of them.
    person = Coalesce(OuterRef("patient__merged_into"), OuterRef("patient"))
    return (
        TreatmentSession.objects.counting()
        .signed()
        .with_needling()
        .filter(
            ~Exists(asked),
            ~Exists(TreatmentSession.objects.counting().filter(**newer)),
            Exists(Patient.objects.active().filter(pk=person)),
            started_at__gt=at - LAST,
            started_at__lte=at - FIRST,
        )
    )


def visits_to_ask_about(at):
    """The ids of the visits of these sessions, as a queryset. Registered with clinic.registry."""
    return sessions_to_ask_about(at=at).exclude(appointment=None).values("appointment")


def follow_ups_due(*, at, site=None, user=None):
    """The sessions of `sessions_to_ask_about` whose patient has not answered alone, oldest first, as a list. One query.

    `site` and `user`, the practitioner's account, narrow it. Each has the patient, the practitioner and the site;
    `unanswered_calls` and `last_called_at` about its visit; and `hours`, the time of `time_of`.
    """
    due = sessions_to_ask_about(at=at).filter(~Exists(FollowUpAnswers.objects.filter(session=OuterRef("pk"))))
    if site:
        due = due.filter(practitioner__site=site)
    if user:
        due = due.filter(practitioner__user=user)
    # As subqueries: a join would make the database group by every column of the sessions, patients and practitioners.
    calls = CallAttempt.objects.filter(appointment=OuterRef("appointment"), called_at__gt=OuterRef("started_at"))
    calls = calls.order_by().values("appointment")
    due = due.annotate(
        unanswered_calls=Coalesce(Subquery(calls.annotate(count=Count("pk")).values("count")), 0),
        last_called_at=Subquery(calls.annotate(last=Max("called_at")).values("last")),
    )
    names = ["patient__merged_into", "practitioner__user", "practitioner__site"]
    sessions = list(due.select_related(*names).order_by("started_at", "pk"))
    for session in sessions:
        session.hours = time_of(session.started_at, at)
    return sessions
