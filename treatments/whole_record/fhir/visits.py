"""Episodes of care, booked visits, messages about them, and sessions."""

from clinic.models import Appointment, CallAttempt, Message, VisitReply, WaitingListEntry
from patients.models import Episode
from patients.models.condition import CodeSystem, condition_name
from treatments.models import Assessment, TreatmentSession
from treatments.whole_record.texts import title_of

from .building import TERMINOLOGY, coded, filled, instant, is_in_error

ICD10 = {CodeSystem.WHO: "http://hl7.org/fhir/sid/icd-10", CodeSystem.CM: "http://hl7.org/fhir/sid/icd-10-cm"}
BOOKED = {
    "booked": "booked",
    "arrived": "arrived",
    "in_session": "arrived",
    "done": "fulfilled",
    "no_show": "noshow",
    "cancelled": "cancelled",
}
SENT = {
    "sent": "completed",
    "pending": "preparation",
    "claimed": "unknown",
    "failed": "not-done",
    "skipped": "not-done",
}


def episode(build, row):
    """An EpisodeOfCare, and the Condition that it is about."""
    closed, wrong = bool(row.closed_on), is_in_error(row)
    period = filled({"start": instant(row.opened_on), "end": instant(row.closed_on)})
    yield build.resource(
        "EpisodeOfCare",
        row,
        status="entered-in-error" if wrong else "finished" if closed else "active",
        diagnosis=[{"condition": build.refer(row, "condition")}],
        patient=build.subject,
        period=period,
        careManager=build.refer(row.lead),
    )
    status = {"verificationStatus": coded(f"{TERMINOLOGY}/condition-ver-status", "entered-in-error")}
    if not wrong:
        clinical = "inactive" if closed else "active"
        status = {
            "clinicalStatus": coded(f"{TERMINOLOGY}/condition-clinical", clinical),
            "verificationStatus": coded(f"{TERMINOLOGY}/condition-ver-status", "confirmed"),
        }
    codings = [filled({"system": ICD10.get(row.code_system), "code": row.diagnosis_code})] if row.diagnosis_code else []
    name = condition_name(row.condition) or row.complaint
    if row.condition:
        codings += build.local(f"condition.{row.condition}", name)["coding"]
    yield build.resource(
        "Condition",
        row,
        "condition",
        **status,
        category=[coded(f"{TERMINOLOGY}/condition-category", "problem-list-item", "Problem List Item")],
        code=filled({"coding": codings, "text": row.complaint}),
        bodySite=[build.choice(row, "region")],
        subject=build.subject,
        onsetDateTime=_onset(row),
        recordedDate=instant(row.opened_on),
        note=[{"text": row.onset_words}] if row.onset_words else [],
    )


def _onset(row):
    """As exact as the patient knew it: a year, a month or a day. The first day of a week."""
    if row.onset_on is None:
        return None
    return {"year": f"{row.onset_on:%Y}", "month": f"{row.onset_on:%Y-%m}"}.get(
        row.onset_precision, instant(row.onset_on)
    )


def appointment(build, row):
    """An Appointment; a booking that was undone is one entered in error."""
    kept = "declined" if row.status in ("cancelled", "no_show") else "accepted"
    yield build.resource(
        "Appointment",
        row,
        status="entered-in-error" if row.is_booking_undone else BOOKED[row.status],
        cancelationReason=filled({"text": row.cancellation_reason}),
        serviceType=[{"text": row.type.name}],
        start=instant(row.starts_at),
        end=instant(row.ends_at),
        minutesDuration=round((row.ends_at - row.starts_at).total_seconds() / 60),
        created=instant(row.booked_at),
        comment=row.note,
        participant=[
            {"actor": build.subject, "status": kept},
            {"actor": build.refer(row.practitioner.user), "status": kept},
        ],
    )


def waiting_list_entry(build, row):
    """An Appointment without a time, on the waiting list until it is booked or closed."""
    yield build.resource(
        "Appointment",
        row,
        status="cancelled" if row.closed_at and not row.booked_id else "fulfilled" if row.booked_id else "waitlist",
        serviceType=[{"text": row.type.name}],
        created=instant(row.created_at),
        comment=row.note,
        participant=[{"actor": build.subject, "status": "needs-action"}],
    )


def message(build, row):
    """A Communication to the patient about a visit."""
    yield build.resource(
        "Communication",
        row,
        status=SENT[row.status],
        medium=[build.choice(row, "channel")],
        topic=build.choice(row, "kind"),
        subject=build.subject,
        about=[build.refer(row.appointment)],
        recipient=[build.subject],
        sent=instant(row.sent_at),
    )


def call_attempt(build, row):
    """A Communication that was not done: nobody answered."""
    yield build.resource(
        "Communication",
        row,
        status="not-done",
        statusReason=build.local("call.not-answered", "The patient did not answer the phone"),
        subject=build.subject,
        about=[build.refer(row.appointment)],
        recipient=[build.subject],
        sender=build.refer(row.called_by),
        sent=instant(row.called_at),
    )


def visit_reply(build, row):
    """A Communication from the patient about a visit."""
    yield build.resource(
        "Communication",
        row,
        status="stopped" if row.withdrawn_at else "completed",
        topic=build.choice(row, "kind"),
        subject=build.subject,
        about=[build.refer(row.appointment)],
        sender=build.subject,
        sent=instant(row.made_at),
        payload=[{"contentString": text} for text in (row.wishes, row.note) if text],
    )


def session(build, row):
    """An Encounter, and an Observation for the pain before and the pain after."""
    status = "entered-in-error" if is_in_error(row) else "in-progress" if row.is_draft else "finished"
    yield build.resource(
        "Encounter",
        row,
        status=status,
        **{"class": {"system": f"{TERMINOLOGY}/v3-ActCode", "code": "AMB", "display": "ambulatory"}},
        type=[build.choice(row, "visit_kind")],
        subject=build.subject,
        episodeOfCare=[build.refer(row.episode)] if row.episode else [],
        participant=[{"individual": build.refer(row.practitioner.user)}],
        appointment=[build.refer(row.appointment)] if row.appointment else [],
        period=filled({"start": instant(row.started_at), "end": instant(row.ended_at)}),
        reasonCode=[{"text": row.visit_reason}] if row.visit_reason else [],
        serviceProvider=build.refer(row.context.site) if hasattr(row, "context") else None,
    )
    times = {"before": row.started_at, "after": row.ended_at or row.started_at}
    for part, at in times.items():
        value = getattr(row, f"pain_{part}")
        if value is not None:
            yield build.pain(row, f"pain_{part}", value, at, encounter=build.refer(row), method=_when(build, part))


def _when(build, part):
    words = {"before": "Before needling", "after": "Right after needling"}
    return build.local(f"pain.{part}", words[part])


def assessment(build, row):
    """A ClinicalImpression, and an Observation for each pain score."""
    status = "entered-in-error" if is_in_error(row) else "in-progress" if row.is_draft else "completed"
    yield build.resource(
        "ClinicalImpression",
        row,
        status=status,
        code=build.local("assessment", "Assessment by a physiotherapist"),
        description=title_of(row),
        subject=build.subject,
        effectiveDateTime=instant(row.started_at),
        date=instant(row.signed_at or row.opened_at),
        assessor=build.refer(row.practitioner.user),
        problem=[build.refer(row.episode, "condition")],
        summary=row.findings,
        finding=[{"itemCodeableConcept": {"text": row.hypothesis}}] if row.hypothesis else [],
        note=[{"text": row.history}] if row.history else [],
    )
    for part in ("pain_now", "pain_worst", "pain_average"):
        if getattr(row, part) is not None:
            method = build.label(row, part)
            yield build.pain(row, part, getattr(row, part), row.started_at, method=method)


RESOURCES = {
    Episode: episode,
    Appointment: appointment,
    WaitingListEntry: waiting_list_entry,
    Message: message,
    CallAttempt: call_attempt,
    VisitReply: visit_reply,
    TreatmentSession: session,
    Assessment: assessment,
}
