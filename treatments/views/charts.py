"""The chart of a patient, and the history of one muscle."""

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Subquery
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import get_current_timezone, localdate
from django.views.decorators.http import require_safe

from clinic.diary.local_time import day_bounds
from clinic.diary.patient_visits import visits_for_user
from patients.build import build_of
from patients.consents import consent_state
from patients.integrity.authorization import page_needs
from patients.models import Patient
from patients.web.banner import patient_banner
from treatments import chart
from treatments.chart.event_alerts import alerts_with
from treatments.chart.first_visit import first_visit_of, with_visit_facts
from treatments.chart.progress import before_visit, due_of, reassessment_of
from treatments.chart.timeline import last_visit, needling_sessions_of, needlings_of, sessions_of, timeline_page
from treatments.evidence.bleeding import bleeding_facts
from treatments.evidence.depth import NOTHING_KNOWN, DepthsFor
from treatments.evidence.lung import lung_statements_for
from treatments.evidence.reviews import reviews_in_force, with_reviews
from treatments.models import Attachment, Letter, Muscle, Needling, OutcomeScore, Threshold, TreatmentSession
from treatments.permissions import may_read_sessions
from treatments.record.corrections import is_amended, with_sessions_as_corrected
from treatments.record.targets import counting_as
from treatments.safety.past_events import past_events_of

ROWS_A_PAGE = 50


@page_needs(may_read_sessions)
@require_safe
def patient_chart(request, patient_id):
    in_all = TreatmentSession.objects.counting().count_for("patient")
    patients = Patient.objects.annotate(sessions_in_all=in_all, my_draft=_todays_draft(request.user))
    patients = patients.annotate(has_letters=Letter.objects.any_for("patient"))
    patients = patients.annotate(has_attachments=Exists(Attachment.objects.filter(patient=OuterRef("pk"))))
    patient = get_object_or_404(with_visit_facts(patients), pk=patient_id)
    episodes = _episodes_of(patient)
    episode = chosen_episode(request.GET.get("episode"), episodes)
    sessions = sessions_of(patient, episode)
    page = timeline_page(
        patient,
        sessions,
        before=request.GET.get("before"),
        episode=episode,
        has_attachments=patient.has_attachments,
        has_letters=patient.has_letters,
    )
    context = {"tab": "overview", "patient": patient, "episode": episode, "page": page}
    if request.htmx:
        return render(request, "treatments/_timeline.html", context | {"is_fragment": True})
    past_events = past_events_of(patient)
    context |= patient_banner(request, patient, alerts=alerts_with(past_events, patient)) | _figures(patient, episode)
    consent = consent_state(patient, on=localdate())
    is_later_page = "before" in request.GET
    context |= {
        "consent": consent,
        "first_visit": first_visit_of(request.user, patient, screening=context["screening"], consent=consent),
        "before": before_visit(
            patient,
            episode,
            last=last_visit(sessions, () if is_later_page else page.entries),
            heats=context["heats"],
            scores=context["course"].scores,
            thresholds=context["thresholds"],
            due=due_of(patient, past_events, screening=context["screening"], consent=consent),
        ),
        "episodes": episodes,
        "visits": visits_for_user(request.user, [patient]).get(patient.pk),
        "is_later_page": is_later_page,
        "without_complaint": patient.sessions_in_all - sum(episode.session_count for episode in episodes),
    }
    return render(request, "treatments/patient_chart.html", context)


@page_needs(may_read_sessions)
@require_safe
def muscle_history(request, patient_id, slug):
    patient = get_object_or_404(Patient, pk=patient_id)
    muscle = get_object_or_404(Muscle, slug=slug)
    side = request.GET.get("side", "")
    needlings = (
        Needling.objects.needled()
        .filter(counting_as(muscle), session__patient=patient)
        .annotate(amended=is_amended("session"))
        .select_related("session__practitioner__user", "trigger_point", "needle")
        .order_by("-session__started_at", "session_id", "sort_order")
    )
    if side in Needling.Side.values:
        needlings = needlings.filter(side=side)
    page = Paginator(needlings, ROWS_A_PAGE).get_page(request.GET.get("page"))
    page.object_list = with_sessions_as_corrected(page.object_list)
    context = patient_banner(request, patient) | {
        "tab": "overview",
        "muscle": muscle,
        "side": side,
        "sides": Needling.Side.choices,
        "page": page,
    }
    return render(request, "treatments/muscle_history.html", context | _evidence(patient, muscle))


def _evidence(patient, muscle):
    """The template context for what is published about a muscle."""
    build, reviews = build_of(patient, on=localdate()), reviews_in_force()
    return {
        "build": build,
        "depth": DepthsFor(build, reviews).of(muscle.slug),
        "lung": with_reviews(lung_statements_for(muscle), reviews),
        "bleeding": with_reviews(filter(None, [bleeding_facts().get(muscle.slug)]), reviews),
        "nothing_known": NOTHING_KNOWN,
    }


def _episodes_of(patient):
    sessions = TreatmentSession.objects.counting()
    counts = {"session_count": sessions.count_for("episode")}
    counts["needling_count"] = sessions.with_needling().count_for("episode")  # what the plan counts
    scored = OutcomeScore.objects.current().latest_day_for("episode")
    episodes = patient.episodes.counting().select_related("lead")
    return list(episodes.annotate(**counts, last_scored_on=scored))


def _figures(patient, episode):
    """The template context for the pain course and the heat map of one complaint, or of all (`episode` None)."""
    thresholds = list(Threshold.objects.in_use()) if episode else []
    threshold = next((one for one in thresholds if one.is_chosen_for_pain), None)
    scores = chart.pain_scores_of(needling_sessions_of(patient, episode))
    heats = chart.heat_map(needlings_of(patient, episode))
    return {
        "threshold": threshold,
        "thresholds": thresholds,
        "course": chart.draw_pain_course(scores, threshold=threshold, is_one_complaint=episode is not None),
        "reassessment": reassessment_of(episode, scores, episode.last_scored_on) if episode else None,
        "heats": heats,
        "sessions_by_side": chart.heat_by_side(heats),
        "has_other_kinds": any(heat.kind_label for heat in heats),
    }


def chosen_episode(wanted, episodes):
    """The episode with the id `wanted`; None stands for all episodes, which "all" asks for.

    Without `wanted`, the newest open episode, or None. Raises Http404 for an unknown id.
    """
    if wanted == "all":
        return None
    if wanted is None:
        return next((episode for episode in episodes if episode.is_open), None)
    chosen = next((episode for episode in episodes if str(episode.pk) == wanted), None)
    if chosen is None:
        raise Http404
    return chosen


def _todays_draft(user):
    """A subquery for the id of the user's newest draft of today, for which the chart offers Resume instead of Start."""
    start, end = day_bounds(localdate(), get_current_timezone())
    mine = TreatmentSession.objects.drafts().filter(practitioner__user=user, started_at__gte=start, started_at__lt=end)
    return Subquery(mine.filter(patient=OuterRef("pk")).latest_first().values("pk")[:1])
