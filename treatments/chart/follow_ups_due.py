"""Whom to ask how they are after a visit with needles."""

from django.db.models import Count, Exists, ExpressionWrapper, F, Max, OuterRef, Q
from django.db.models.fields import DateTimeField

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
    return (
        TreatmentSession.objects.counting()
        .signed()
        .with_needling()
        .filter(
            ~Exists(asked),
            ~Exists(TreatmentSession.objects.counting().filter(**newer)),
            Q(patient__record_in=Patient.objects.active()) | Q(patient__merged_into__in=Patient.objects.active()),
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
    since = Q(appointment__call_attempts__called_at__gt=F("started_at"))
    due = due.annotate(
        unanswered_calls=Count("appointment__call_attempts", filter=since),
        last_called_at=Max("appointment__call_attempts__called_at", filter=since),
    )
    names = ["patient__merged_into", "practitioner__user", "practitioner__site"]
    sessions = list(due.select_related(*names).order_by("started_at", "pk"))
    for session in sessions:
        session.hours = time_of(session.started_at, at)
    return sessions
