"""Past events as the alerts that stand in the banner of every page about the patient."""

from django.urls import reverse

from patients.alerts import Alert, alerts_of
from treatments.models import AdverseEvent, TreatmentSession
from treatments.safety.past_events import past_events_by_patient, past_events_of

# The screening question that a bad reaction to needling answers.
QUESTION = "prior_reaction"
# The question that an event answers with yes, whatever its grade.
ANSWERED_BY = {
    AdverseEvent.Type.FAINTING: "fainting",
    AdverseEvent.Type.PNEUMOTHORAX: "lung",
    AdverseEvent.Type.SEIZURE: "epilepsy",
    AdverseEvent.Type.EXCESSIVE_BLEEDING: "bleeding",
}
PHOBIA = "needle_phobia"


def event_alerts(patients):
    """{patient id: [Alert, ...]} of these patients' events. One query. Registered with patients.registry."""
    return {pk: alerts_about(events) for pk, events in past_events_by_patient(patients).items()}


def alerts_with(past_events, patient):
    """All Alerts about a patient, for a page that has their PastEvents already. One query less than alerts_of."""
    return alerts_of(patient, known={event_alerts: {patient.pk: alerts_about(past_events)}})


def answers_in_record(patient):
    """What earlier sessions say about screening questions. Two queries. Registered with patients.registry.

    Returns [(key of the question, whether it is yes, why in words)].
    """
    found = []
    for event in past_events_of(patient):
        questions = {ANSWERED_BY.get(event.type), QUESTION if event.is_serious else None} - {None}
        found += [(question, True, event.title) for question in sorted(questions)]
    needled = TreatmentSession.objects.counting().signed().with_needling().filter(patient=patient).count()
    if needled:
        found.append((PHOBIA, False, f"needled in {needled} session{'' if needled == 1 else 's'}"))
    return found


def alerts_about(events):
    """An Alert for each significant or serious PastEvent: the open ones, the serious ones first, then the latest of
    each kind that is over. Mild reactions are advice on the session's page and no alert.
    """
    grave = [event for event in events if event.is_grave]
    over = {event.type: event for event in grave if not event.is_open}
    shown = [event for event in grave if event.is_open] + list(over.values())
    return [_alert(event) for event in sorted(shown, key=lambda event: (not event.is_open, not event.is_serious))]


def _alert(event):
    state = "still open" if event.is_open else "closed"
    return Alert(
        key=f"past_event-{event.id}",
        label=event.title,
        sentence=f"Adverse event of an earlier session, {event.grade}, {state}.",
        url=reverse("event_detail", args=[event.person_id, event.id]),
        is_urgent=event.is_open and event.is_serious,
        question_key=QUESTION,
        # Only a serious reaction bars needling, so only that is taken for a yes; of others the person is told.
        means_yes=event.is_serious,
        known_at=event.serious_since or event.recorded_at,
    )
