"""Private links in messages: which visits a link still opens, and what patients have answered."""

from django.db.models import Exists, F, OuterRef, Subquery

from clinic.diary.messages import postponement_notices
from clinic.models import Appointment, ClinicSettings, Message, Site, VisitReply
from clinic.models.feed import hash_token

# Somebody who holds a link can send so many answers about a visit.
MOST_REPLIES = 12
# The messages that ask the patient to confirm, if they have a link.
ASKS_TO_CONFIRM = (Message.Kind.REMINDER, Message.Kind.BOOKED, Message.Kind.MOVED)
# Wrong links from one network address, and uses of one link, in this many seconds. Links have 128 random bits.
MOST_TRIES, TRIES_SECONDS = 30, 15 * 60


def messages_of_link(token, *, at):
    """The messages with this link whose visits are still to come, at the time that the message says; soonest first.

    A link is over when its visit was moved or cancelled, has begun, or the patient has left. Each message has
    `is_postponed`: whether the message says that the visit cannot take place.
    """
    messages = Message.objects.maybe_sent().filter(
        token_hash=hash_token(token),
        appointment__status=Appointment.Status.BOOKED,
        appointment__starts_at=F("starts_at"),
        starts_at__gt=at,
    )
    names = ["appointment__patient", "appointment__practitioner__site"]
    found = messages.exclude(kind=Message.Kind.CANCELLED).select_related(*names).order_by("starts_at", "pk")
    messages = [message for message in found if message.appointment.patient.is_treatable]
    notices = postponement_notices([message.appointment_id for message in messages]) if messages else {}
    for message in messages:
        notice = notices.get(message.appointment_id)
        message.is_postponed = bool(notice and notice.status in Message.MAYBE_SENT)
    return messages


def current_replies(appointments):
    """{appointment id: the newest VisitReply about its present start that was not withdrawn}. One query."""
    replies = VisitReply.objects.not_withdrawn().filter(appointment__in=appointments)
    of_this_start = replies.filter(appointment__starts_at=F("starts_at"))
    return {reply.appointment_id: reply for reply in of_this_start.order_by("pk")}


def with_answers(appointments, *, at):
    """The queryset with `reply_kind` and `reply_closed_at` of the newest reply that was not withdrawn, else None.

    Also with `is_unconfirmed`: whether the visit is among the `unconfirmed`.
    """
    newest = VisitReply.objects.not_withdrawn().filter(appointment=OuterRef("pk"), starts_at=OuterRef("starts_at"))
    newest = newest.order_by("-pk")
    return appointments.annotate(
        reply_kind=Subquery(newest.values("kind")[:1]),
        reply_closed_at=Subquery(newest.values("closed_at")[:1]),
        is_unconfirmed=Exists(unconfirmed(Appointment.objects.filter(pk=OuterRef("pk")), at=at)),
    )


def unconfirmed(appointments, *, at):
    """The visits to come whose patient was sent a link to confirm the present start and has not answered.

    `appointments` is a queryset. What was answered and withdrawn is no answer.
    """
    of_this_start = {"appointment": OuterRef("pk"), "starts_at": OuterRef("starts_at")}
    asking = Message.objects.filter(kind__in=ASKS_TO_CONFIRM, status=Message.Status.SENT, **of_this_start)
    # Older versions stored a secret also for messages without a link, which a clinic without an address sends.
    has_links = ClinicSettings.objects.exclude(public_address="")
    return appointments.filter(
        Exists(asking.exclude(token_hash="")),  # noqa: S106 - not a password
        Exists(has_links),
        ~Exists(VisitReply.objects.not_withdrawn().filter(**of_this_start)),
        status=Appointment.Status.BOOKED,
        starts_at__gt=at,
    )


def open_requests(*, at, site, practitioner_user=None):
    """Requests to move or cancel that the desk has not dealt with, soonest visit first, with names.

    With `practitioner_user` only those about the visits of this practitioner.
    """
    newest = VisitReply.objects.not_withdrawn().filter(appointment=OuterRef("appointment")).order_by("-pk")
    requests = VisitReply.objects.open(at=at).filter(pk=Subquery(newest.values("pk")[:1]))
    requests = requests.filter(appointment__practitioner__site=site)
    if practitioner_user:
        requests = requests.filter(appointment__practitioner__user=practitioner_user)
    names = ["appointment__patient", "appointment__practitioner__user", "appointment__practitioner__site"]
    return requests.select_related(*names, "appointment__type").order_by("starts_at", "pk")


def sites_to_call():
    """The sites whose phone number a page without a valid link shows."""
    return Site.objects.exclude(phone="").order_by("name")
