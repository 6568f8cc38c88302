"""Messages to patients: which are due, why one is not sent, and where it goes."""

from datetime import timedelta
from itertools import groupby

from django.conf import settings
from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q

from clinic.diary.obstacles import obstacles_of
from clinic.models import Appointment, AppointmentChange, ClinicSettings, Message
from clinic.registry import registry
from patients.models import Patient
from patients.models.birth import BirthPrecision
from patients.phones import text_number

# Within this time a mistake, such as a booking for the wrong patient, can be corrected without a message.
WAIT = timedelta(minutes=3)
# The command runs every five minutes. After three refusals the message fails and the front desk can call instead.
MOST_ATTEMPTS = 3
# Longer than any attempt takes. The process of a message that is still claimed after this time has died.
UNFINISHED_AFTER = timedelta(minutes=15)

TOO_LATE = "Too close to the visit."
NO_EMAIL = "No e-mail address."
NO_PHONE = "No phone number that can receive text messages."
NO_CHANNEL = "The patient gets no messages."
NOT_WANTED = "The patient does not want these messages."
NOT_OFFERED = "The clinic does not send these messages."
NOT_TREATABLE = "The patient is no longer a patient of this clinic."
CHANGED_BACK = "The visit was changed back before the message was sent."
REPLACED = "The visit has changed again. Another message replaces this one."
UNDER_WAY = "The visit is no longer booked."
HERE = "The patient has already arrived."
NOT_BY_EMAIL = "The patient has not chosen e-mail for messages. Change this in the details if the patient wants it."
NO_SERVER = "E-mail is off on this server."
DEMO = "Nothing is sent from the demo, or without a site."
WITHDRAWN = "Withdrawn before it was sent."

Kind, Status = Message.Kind, Message.Status
# The switches of the clinic (ClinicSettings) and of the patient.
SWITCHES = {
    Kind.REMINDER: ("sends_reminders", "wants_reminders"),
    Kind.BOOKED: ("sends_confirmations", "wants_confirmations"),
    Kind.MOVED: ("sends_move_notices", "wants_move_notices"),
    Kind.CANCELLED: ("sends_cancellation_notices", "wants_cancellation_notices"),
    Kind.POSTPONED: ("sends_postponement_notices", "wants_postponement_notices"),
    Kind.AFTER: ("sends_questions_after", "wants_questions_after"),
}


def kind_of_change(known, now):
    """The kind of the message for a patient who knows (start, site) `known` when it is now `now`; None for no message.

    Either is (None, None) if there is no visit to expect.
    """
    if known == now:
        return None
    if known[0] is None:
        return Kind.BOOKED
    return Kind.CANCELLED if now[0] is None else Kind.MOVED


def due_reminders(*, at, channel):
    """Booked visits in the next REMINDER_HOURS_BEFORE hours that still need a reminder on this channel, soonest first.

    Left out are inactive and deceased patients, those who do not want reminders, the sites of the demo, visits that
    were booked or changed in the last minutes, and those of which another message tells the patient in these hours.
    """
    if not ClinicSettings.current().sends_reminders:
        return Appointment.objects.none()
    before = timedelta(hours=settings.REMINDER_HOURS_BEFORE)
    of_this_start = Message.objects.filter(appointment=OuterRef("pk"), starts_at=OuterRef("starts_at"))
    handled = of_this_start.filter(kind=Kind.REMINDER).exclude(status=Status.PENDING)
    notices = of_this_start.filter(kind__in=[Kind.BOOKED, Kind.MOVED])
    from_then = ExpressionWrapper(OuterRef("starts_at") - before, output_field=DateTimeField())
    is_recent = Q(status=Status.PENDING) | Q(status__in=Message.MAYBE_SENT, claimed_at__gte=from_then)
    changes = AppointmentChange.objects.filter(appointment=OuterRef("pk"), made_at__gt=at - WAIT)
    return Appointment.objects.filter(
        ~Exists(handled.exclude(Exists(_later_reminders()))),
        ~Exists(notices.filter(is_recent)),
        ~Exists(changes),
        Q(booked_at=None) | Q(booked_at__lte=at - WAIT),
        status=Appointment.Status.BOOKED,
        starts_at__gt=at,
        starts_at__lte=at + before,
        patient__record_in=Patient.objects.active().filter(reminder_channel=channel, wants_reminders=True),
        practitioner__site__is_demo=False,
    ).in_time_order()


def due_questions(*, at, channel):
    """Visits after which the patient should now be asked on this channel and has not been, soonest first.

    Only patients whose birth date is known to the day are asked, because the link asks for it. None if the clinic does
    not ask, or has no web address for patients: the message would have no link. A visit about
    which another message waits comes later, because only one may wait.
    """
    clinic = ClinicSettings.current()
    if not (clinic.sends_questions_after and clinic.public_address):
        return Appointment.objects.none()
    asked = Message.objects.filter(appointment=OuterRef("pk"), kind=Kind.AFTER).exclude(status=Status.PENDING)
    return Appointment.objects.filter(
        ~Exists(asked),
        ~Exists(Message.objects.waiting().filter(appointment=OuterRef("pk"))),
        pk__in=registry.visits_to_ask_about(at),
        patient__record_in=Patient.objects.active().filter(
            reminder_channel=channel, wants_questions_after=True, birth_precision=BirthPrecision.DAY
        ),
        practitioner__site__is_demo=False,
    ).in_time_order()


def possible_visits(due):
    """The visits of a `due_reminders` queryset that can take place, as a list. At most three queries.

    The others keep their reminder: it is sent if the obstacle goes away in time.
    """
    visits = list(due.with_names())
    impossible = obstacles_of(visits)
    return [visit for visit in visits if visit.pk not in impossible]


def sendable_messages(due, *, at):
    """The messages of a `due_messages` queryset as a list, without those about visits that cannot take place.

    These wait until the obstacle is gone, or until the visit should begin. A notice that a visit cannot take place is
    left out when it can. At most three queries.
    """
    messages = list(due)
    to_come = [
        message
        for message in messages
        if message.kind != Kind.CANCELLED and message.starts_at > at and message.appointment.patient.is_treatable
    ]
    impossible = obstacles_of([message.appointment for message in to_come])
    return [
        message
        for message in messages
        if message not in to_come or (message.appointment_id in impossible) == (message.kind == Kind.POSTPONED)
    ]


def postponement_notices(visits):
    """{appointment id: the notice that the visit cannot take place at its present start}. One query.

    A notice that was withdrawn does not count, and neither does one before a newer message about the visit.
    """
    messages = Message.objects.filter(appointment__in=visits, starts_at=F("appointment__starts_at"))
    messages = messages.exclude(kind=Kind.REMINDER).exclude(Q(status=Status.PENDING) & ~Q(kind=Kind.POSTPONED))
    messages = messages.exclude(status=Status.SKIPPED, error__in=[CHANGED_BACK, WITHDRAWN])
    newest = {message.appointment_id: message for message in messages.order_by("pk")}
    return {pk: message for pk, message in newest.items() if message.kind == Kind.POSTPONED}


def restored_visits(*, at, channel):
    """Booked visits that can take place, although a notice says, or is about to say, that they cannot. With names.

    One query if there is no such notice about a visit to come.
    """
    notices = Message.objects.filter(kind=Kind.POSTPONED, appointment=OuterRef("pk"), starts_at=OuterRef("starts_at"))
    visits = Appointment.objects.filter(
        Exists(notices.exclude(status=Status.SKIPPED)),
        status=Appointment.Status.BOOKED,
        starts_at__gt=at,
        patient__reminder_channel=channel,
    )
    return possible_visits(visits)


def _later_reminders():
    """Reminders that were sent, or may have been, after the outer one and for another start time."""
    later = Message.objects.filter(
        kind=Kind.REMINDER, appointment=OuterRef("appointment"), claimed_at__gt=OuterRef("claimed_at")
    )
    return later.maybe_sent().exclude(starts_at=OuterRef("starts_at"))


def due_messages(*, at, channel):
    """Waiting messages about bookings, moves and cancellations that are due on this channel, with names.

    A patient's messages wait for the newest one, so that several changes become one message.
    """
    newer = Message.objects.waiting().filter(appointment__patient=OuterRef("appointment__patient"), due_at__gt=at)
    patients = Q(appointment__patient__reminder_channel=channel)
    # A patient who has chosen "no messages" since then: the message is marked as skipped, with this reason.
    chose_none = Q(appointment__patient__reminder_channel=Patient.ReminderChannel.NONE, channel=channel)
    due = Message.objects.waiting().filter(patients | chose_none, ~Exists(newer), due_at__lte=at)
    visit = ["patient", "practitioner__user", "practitioner__site", "room", "type"]
    names = [*(f"appointment__{name}" for name in visit), "was_site"]
    return due.select_related(*names).order_by("appointment__patient", "kind", "starts_at", "pk")


def bundles(messages):
    """Lists of the messages of one patient, kind and site, which are sent as one. They must be sorted by patient."""
    return [list(group) for _, group in groupby(sorted(messages, key=_bundle), key=_bundle)]


def _bundle(message):
    visit = message.appointment
    return visit.patient_id, message.kind, visit.practitioner.site_id


def why_not(message, *, at, clinic):
    """Why a due message is not sent, for the log; "" if it can be sent. `clinic` is the ClinicSettings."""
    visit = message.appointment
    sends, wants = SWITCHES[message.kind]
    if not visit.patient.is_treatable:
        return NOT_TREATABLE
    if message.kind not in (Kind.CANCELLED, Kind.AFTER) and visit.status != Appointment.Status.BOOKED:
        return HERE if visit.status == Appointment.Status.ARRIVED else UNDER_WAY
    if message.kind != Kind.AFTER and message.starts_at < at + _notice(message.kind):
        return TOO_LATE
    if not getattr(clinic, sends):
        return NOT_OFFERED
    if visit.patient.reminder_channel == Patient.ReminderChannel.NONE:
        return NO_CHANNEL
    if not getattr(visit.patient, wants):
        return NOT_WANTED
    return why_unreachable(visit.patient, visit.practitioner.site)


def _notice(kind):
    minutes = settings.REMINDER_MINIMUM_NOTICE_MINUTES if kind == Kind.REMINDER else 0
    return timedelta(minutes=minutes)


def why_unreachable(patient, site):
    """Why no message reaches this patient on the channel that they chose; "" if one does, or if they chose none."""
    if patient.reminder_channel == Patient.ReminderChannel.NONE or address_of(patient, site):
        return ""
    return NO_EMAIL if patient.reminder_channel == Message.Channel.EMAIL else NO_PHONE


def why_no_document(patient, site):
    """Why a document about the patient, with health data, is not sent by e-mail to them; "" if it can be sent.

    Only patients who chose e-mail for their messages get one.
    """
    if not patient.is_treatable:
        return NOT_TREATABLE
    if why := why_no_email(site):
        return why
    if patient.reminder_channel != Message.Channel.EMAIL:
        return NOT_BY_EMAIL
    return "" if patient.email else NO_EMAIL


def why_no_email(site):
    """Why this site sends no documents by e-mail at all; "" if it does."""
    if site is None or site.is_demo:
        return DEMO
    return "" if settings.EMAIL_URL else NO_SERVER


def address_of(patient, site):
    """The e-mail address or phone number for the patient's messages; "" if there is none."""
    if patient.reminder_channel == Message.Channel.EMAIL:
        return patient.email
    # Numbers that were stored by older versions may lack their country code.
    return text_number(patient.phone, site.country)


def default_channel(phone, email, country):
    """The channel of a newly registered patient with these details, as the clinic decided."""
    if ClinicSettings.current().new_patients == ClinicSettings.NewPatients.NONE:
        return Patient.ReminderChannel.NONE
    if text_number(phone, country):
        return Patient.ReminderChannel.SMS
    return Patient.ReminderChannel.EMAIL if email else Patient.ReminderChannel.NONE


def default_channel_words():
    """What the clinic decided for newly registered patients, for the registration form; "" for no messages."""
    chosen = ClinicSettings.current().new_patients
    return "" if chosen == ClinicSettings.NewPatients.NONE else ClinicSettings.NewPatients(chosen).label
