"""Write many visits at once, under the same rules as single ones: complete, plausible, sealed, immutable."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone

from patients.integrity.progress import counted
from treatments.models import (
    AdverseEvent,
    FollowUp,
    Measurement,
    Needling,
    SessionContext,
    TreatmentSession,
    WarningAnswer,
    with_rows,
)
from treatments.record import bounds
from treatments.record.basis import basis_of
from treatments.record.completeness import missing
from treatments.record.needling_times import has_result
from treatments.safety import answer_to, usual_reasons, warnings_for
from treatments.services.lots import lock_lots
from treatments.services.signing import seal

from .events import close_what_was_over
from .visits import Type, new_id, reaction

BATCH = 200
SEALED = (
    "status complaint signed_at signed_by signed_name signed_meaning proved_by_means screening consent basis_changes"
    " muscle_names content_hash seal_version version"
).split()


def write_visits(visits, rng):
    """Store all visits as drafts, then sign those with `signed_at`. Raises ValidationError for an incomplete one."""
    for visit in visits:
        _refuse_implausible(visit)
        _set_times(visit)
    visits = sorted(visits, key=lambda visit: visit.session.started_at)
    TreatmentSession.objects.bulk_create([visit.session for visit in visits], BATCH)
    Needling.objects.bulk_create([row for visit in visits for row in visit.needlings], BATCH)
    Measurement.objects.bulk_create([row for visit in visits for row in visit.measurements], BATCH)
    AdverseEvent.objects.bulk_create([event for visit in visits for event in visit.events], BATCH)
    close_what_was_over(visits, rng)
    for visit in counted(visits, "visits with their warnings", lambda: len(visits)):
        _answer_warnings(visit)
    WarningAnswer.objects.bulk_create([answer for visit in visits for answer in visit.answers], BATCH)
    signed_at = {visit.session.pk: visit.signed_at for visit in visits if visit.signed_at}
    drafts = with_rows(TreatmentSession.objects.drafts())
    to_sign = [session for session in drafts if session.pk in signed_at]
    lock_lots(to_sign, at=min(signed_at.values(), default=None))
    for session in counted(to_sign, "sessions sealed", lambda: len(to_sign)):
        _seal(session, signed_at[session.pk])
    SessionContext.objects.bulk_create([session.context for session in to_sign], BATCH)
    TreatmentSession.objects.bulk_update(to_sign, SEALED, BATCH)


def _set_times(visit):
    """A visit is opened when it starts, unless it is a late entry, and its rows are needled one after the other."""
    session = visit.session
    session.opened_at = session.opened_at or session.started_at
    needled = [row for row in visit.needlings if has_result(row)]
    for number, row in enumerate(needled):
        row.needled_at = session.started_at + timedelta(minutes=4 + 3 * number)
        row.recorded_at = max(row.needled_at, session.opened_at)


def _refuse_implausible(visit):
    day = timezone.localdate(visit.session.started_at)
    errors = [error for row in visit.needlings if (error := bounds.needling_errors(row, on=day))]
    errors += [error for row in visit.measurements if (error := bounds.measurement_errors(row))]
    if errors:
        raise ValidationError(errors[0])


def _answer_warnings(visit):
    """Answer every caution of a finished visit with a usual reason; of today's, only those before the first needle.
    Advice is kept with a finished visit, as signing does.

    No demo visit has a stop: a physiotherapist would have left the muscle out, or the needles altogether.
    """
    session = visit.session
    for warning in warnings_for(session, visit.needlings):
        if (warning.is_advice or warning.needling_id) and not visit.signed_at:
            continue
        answer = answer_to(warning) if warning.is_advice else answer_to(warning, reason=usual_reasons(warning)[0])
        answer.session = session
        if not warning.is_advice:
            answer.acknowledged_by, answer.acknowledged_at = session.saved_by, session.started_at + timedelta(minutes=2)
        visit.answers.append(answer)


def _seal(session, signed_at):
    basis = basis_of(session, session.needlings.all())
    if lacking := missing(session, basis=basis):
        raise ValidationError([f"Still missing: {item.label}." for item in lacking])
    seal(session, basis, by=session.practitioner.user, at=signed_at, proof="PIN")


def write_follow_ups(visits, now, rng):
    """A call one to three days later after a fifth of the signed visits; some report what the needles left."""
    follow_ups, events = [], []
    for visit in visits:
        called_at = visit.session.started_at + timedelta(hours=rng.choice([24, 26, 47, 49, 70]))
        if not visit.signed_at or called_at > now or rng.random() > 0.2:
            continue
        follow_up = _follow_up(visit.session, called_at, rng)
        follow_ups.append(follow_up)
        if rng.random() < 0.12:
            type_ = rng.choice([Type.PAIN_AFTER, Type.PAIN_AFTER, Type.BRUISE, Type.FATIGUE])
            minutes = (called_at - visit.session.started_at) // timedelta(minutes=1)
            events.append(
                reaction(visit.session, type_, rng, minutes=minutes, follow_up=follow_up, appeared_later=True)
            )
    FollowUp.objects.bulk_create(follow_ups, BATCH)
    AdverseEvent.objects.bulk_create(events, BATCH)


def _follow_up(session, called_at, rng):
    return FollowUp(
        id=new_id(rng),
        session=session,
        contacted_at=called_at,
        contacted_by=session.saved_by,
        pain=min(10, max(0, session.pain_after + rng.choice([-1, 0, 0, 1, 1, 2]))),
        soreness=rng.choices([0, 1, 2, 3, 4, 5], [25, 25, 22, 15, 9, 4])[0],
        note=rng.choice(["", "", "Heat helped.", "Moves more freely.", "Tired in the evening, well the next day."]),
    )
