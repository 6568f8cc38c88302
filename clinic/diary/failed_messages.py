"""Messages that did not reach the patient, or may not have, and what the front desk does instead."""

from django.db.models import Exists, F, OuterRef, Q

from clinic.diary.messages import NO_EMAIL, NO_PHONE, UNFINISHED_AFTER
from clinic.models import Appointment, Message

Kind, Status = Message.Kind, Message.Status
WHAT_TO_DO = {
    Kind.REMINDER: "Call to remind the patient of the visit.",
    Kind.BOOKED: "Call to tell the patient the day and the time.",
    Kind.MOVED: "Call to tell the patient the new day and time.",
    Kind.CANCELLED: "Call to tell the patient that the visit is cancelled.",
    Kind.POSTPONED: "Call to tell the patient that the visit cannot take place.",
    Kind.AFTER: "Call to ask how the patient is.",
}


def failed_messages(*, at, site, practitioner_user=None):
    """Messages of a site that failed, or had no address, and that nobody has dealt with; soonest visit first.

    Left out are messages about another time than that of the visit now, about times that are over, and those after
    which another one about the visit was sent. With `practitioner_user` only those about this practitioner's visits.
    Each has its appointment with names, and `to_do`, a sentence. One query.
    """
    found = _not_dealt_with(at).filter(appointment__practitioner__site=site)
    if practitioner_user:
        found = found.filter(appointment__practitioner__user=practitioner_user)
    names = ["appointment__patient", "appointment__practitioner__user", "appointment__practitioner__site"]
    messages = list(found.select_related(*names).order_by("starts_at", "pk"))
    for message in messages:
        message.to_do = WHAT_TO_DO[message.kind]
    return messages


def failed_message_count(*, at):
    """The number of these messages of all sites. One query."""
    return _not_dealt_with(at).count()


def _not_dealt_with(at):
    unfinished = Q(status=Status.CLAIMED, claimed_at__lt=at - UNFINISHED_AFTER)
    unaddressed = Q(status=Status.SKIPPED, error__in=[NO_EMAIL, NO_PHONE])
    is_booked = Q(appointment__status=Appointment.Status.BOOKED, appointment__starts_at=F("starts_at"))
    is_cancelled = Q(appointment__status=Appointment.Status.CANCELLED)
    later = Message.objects.filter(appointment=OuterRef("appointment"), pk__gt=OuterRef("pk"), status=Status.SENT)
    return Message.objects.filter(
        Q(status=Status.FAILED) | unfinished | unaddressed,
        (is_booked & ~Q(kind=Kind.CANCELLED)) | (is_cancelled & Q(kind=Kind.CANCELLED)),
        ~Exists(later),
        starts_at__gt=at,
        handled_at=None,
    )
