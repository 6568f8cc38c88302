"""Adverse events after some visits, and the reports on them: open, overdue, not yet reported and closed."""

from datetime import timedelta

from django.utils import timezone

from clinic.models import Appointment, Practitioner
from treatments.models import AdverseEvent, EventReport

from .visits import OVER_BEFORE_LEAVING, Type, new_id

# Days since the visit at least; which of the clinic's practitioners, or None for any; type, grade; and the reports:
# days after the visit, what was known then. "due" is in days from today.
STORIES = [
    (
        1, None, Type.PNEUMOTHORAX, "serious",
        [(0, {"action": "Emergency department by ambulance", "outcome": "Small pneumothorax on the X-ray, in hospital",
              "causality": "likely", "due": 1})],
    ),
    (1, 0, Type.PROLONGED_PAIN, "significant", []),
    (
        9, 0, Type.NERVE_SYMPTOMS, "significant",
        [(2, {"body_site": "Forearm, little-finger side", "action": "Examined; reflexes and strength equal",
              "outcome": "Tingling, less than yesterday", "causality": "likely", "due": -2})],
    ),
    (
        6, 1, Type.LOCAL_INFECTION, "significant",
        [(3, {"body_site": "Calf, inner side", "action": "Sent to the general practitioner, who gave antibiotics",
              "outcome": "Redness the size of a coin, no fever", "causality": "possible", "due": 2})],
    ),
    (
        50, 0, Type.PNEUMOTHORAX, "serious",
        [(0, {"action": "Emergency department by ambulance", "outcome": "Small apical pneumothorax on the X-ray",
              "causality": "likely", "due": -40}),
         (1, {"outcome": "Observed overnight, no drain", "reported_to": ["regulator", "insurer"], "reported_after": 1,
              "due": -30}),
         (16, {"outcome": "Lung fully expanded on the X-ray; back at work", "resolved_after": 16, "closes": True,
               "review_note": "Gone through with the team: angle and depth at the top of the shoulder."})],
    ),
]  # fmt: skip


def write_events(visits, now, rng):
    """Events heard of by telephone after the last visit of a patient, with their reports.

    Patients who come today are the first choice, so that an open event can be seen in the list of the day.
    """
    signed = _last_of_each_patient([visit for visit in visits if visit.signed_at])
    coming = set(
        Appointment.objects.on(timezone.localdate(now))
        .filter(status__in=[Appointment.Status.BOOKED, Appointment.Status.ARRIVED])
        .values_list("patient", flat=True)
    )
    signed.sort(key=lambda visit: visit.session.started_at, reverse=True)
    signed.sort(key=lambda visit: visit.session.patient_id not in coming)
    practitioners = sorted({visit.session.practitioner_id for visit in signed})
    taken = set()
    for days, number, *story in STORIES:
        fitting = [visit for visit in signed if story[0] != Type.PNEUMOTHORAX or _is_near_lung(visit)]
        theirs = practitioners if number is None else practitioners[number : number + 1]
        visit = _visit(fitting, theirs, now - timedelta(days=days), taken)
        if visit:
            taken.add(visit.session.pk)
            _write(visit.session, *story, now, rng)


def close_what_was_over(visits, rng):
    """A closing report for each faint seen at a visit that is over."""
    for visit in visits:
        for event in visit.events if visit.signed_at else []:
            if event.grade in AdverseEvent.MUST_BE_REPORTED and event.type in OVER_BEFORE_LEAVING:
                _close(event, rng)


def _last_of_each_patient(visits):
    last = {}
    for visit in sorted(visits, key=lambda visit: visit.session.started_at):
        last[visit.session.patient_id] = visit
    return list(last.values())


def _is_near_lung(visit):
    return any(row.muscle.pneumothorax_risk for row in visit.needlings)


def _visit(signed, practitioners, before, taken):
    of_theirs = (v for v in signed if v.session.practitioner_id in practitioners and v.session.started_at <= before)
    return next((v for v in of_theirs if v.session.pk not in taken), None)


def _write(session, type_, grade, reports, now, rng):
    heard_at = min(session.started_at + timedelta(hours=5), now)
    event = AdverseEvent(
        id=new_id(rng),
        session=session,
        appeared_later=True,
        type=type_,
        grade=grade,
        onset_at=session.started_at + timedelta(hours=3),
        recorded_at=heard_at,
        recorded_by=session.saved_by,
    )
    _save(event)
    known = {}
    for number, (days, facts) in enumerate(reports, start=1):
        known |= facts
        _save(_report(event, number, heard_at + timedelta(days=days, minutes=20), known, rng))


def _report(event, number, recorded_at, known, rng):
    day = timezone.localdate(event.session.started_at)
    facts = {
        name: value
        for name, value in known.items()
        if name not in ("due", "resolved_after", "reported_after", "closes")
    }
    closes_serious = known.get("closes", False) and event.grade == "serious"
    return EventReport(
        id=new_id(rng),
        event=event,
        number=number,
        recorded_at=min(recorded_at, timezone.now()),
        recorded_by=_colleague(event) if closes_serious else event.recorded_by,
        proved_by_means="PIN" if closes_serious else "",
        grade=event.grade,
        onset_at=event.onset_at,
        resolved_on=_after(day, known.get("resolved_after")),
        reported_on=_after(day, known.get("reported_after")),
        follow_up_due_on=None if known.get("closes") else _after(timezone.localdate(), known["due"]),
        is_closed=known.get("closes", False),
        **facts,
    )


def _colleague(event):
    """Who closes a serious event: neither who treated nor who recorded it."""
    involved = {event.recorded_by_id, event.session.practitioner.user_id}
    return Practitioner.objects.active().exclude(user__in=involved).order_by("pk").first().user


def _after(day, days):
    return None if days is None else day + timedelta(days=days)


def _close(event, rng):
    known = {"action": event.action, "outcome": event.outcome, "closes": True, "resolved_after": 0}
    _save(_report(event, 1, event.recorded_at + timedelta(minutes=30), known, rng))


def _save(row):
    row.full_clean()
    row.save(force_insert=True)
