"""Reminders: which are due, why one is not sent, and the text."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.template.loader import render_to_string

from clinic.models import Appointment, Reminder
from patients.models import Patient
from patients.phones import text_number

# The command runs every five minutes. After three refusals the reminder fails and the front desk can call instead.
MOST_ATTEMPTS = 3
# Longer than any attempt takes. The process of a reminder that is still claimed after this time has died.
UNFINISHED_AFTER = timedelta(minutes=15)

TOO_LATE = "Too close to the visit."
NO_EMAIL = "No e-mail address."
NO_PHONE = "No phone number that can receive text messages."


def due_reminders(*, at, channel):
    """Booked visits in the next REMINDER_HOURS_BEFORE hours that still need a reminder on this channel, soonest first.

    Inactive and deceased patients and the sites of the demo are left out.
    """
    handled = Reminder.objects.filter(appointment=OuterRef("pk"), starts_at=OuterRef("starts_at"))
    return Appointment.objects.filter(
        ~Exists(handled.exclude(status=Reminder.Status.PENDING).exclude(Exists(_later_reminders()))),
        status=Appointment.Status.BOOKED,
        starts_at__gt=at,
        starts_at__lte=at + timedelta(hours=settings.REMINDER_HOURS_BEFORE),
        patient__in=Patient.objects.active().filter(reminder_channel=channel),
        practitioner__site__is_demo=False,
    ).in_time_order()


def _later_reminders():
    """Reminders that were sent, or may have been, after the outer one and for another start time."""
    maybe_sent = (Reminder.Status.CLAIMED, Reminder.Status.SENT, Reminder.Status.FAILED)
    later = Reminder.objects.filter(appointment=OuterRef("appointment"), claimed_at__gt=OuterRef("claimed_at"))
    return later.filter(status__in=maybe_sent).exclude(starts_at=OuterRef("starts_at"))


def reason_not_to_send(appointment, *, at):
    """Why a due reminder is not sent, for the reminder log; "" if it can be sent."""
    if appointment.starts_at < at + timedelta(minutes=settings.REMINDER_MINIMUM_NOTICE_MINUTES):
        return TOO_LATE
    if not reminder_address(appointment):
        return NO_EMAIL if appointment.patient.reminder_channel == Reminder.Channel.EMAIL else NO_PHONE
    return ""


def reminder_address(appointment):
    """The e-mail address or phone number for the patient's reminder of this visit; "" if there is none."""
    patient = appointment.patient
    if patient.reminder_channel == Reminder.Channel.EMAIL:
        return patient.email
    # Numbers that were stored by older versions may lack their country code.
    return text_number(patient.phone, appointment.practitioner.site.country)


def reminder_message(appointment, *, channel):
    """(subject, text) with the site and its local time. Neither names the treatment or the practitioner."""
    starts_at = appointment.starts_at.astimezone(appointment.zone)
    context = {
        "site": appointment.practitioner.site,
        "day": f"{starts_at:%A} {starts_at.day} {starts_at:%B}",
        "time": f"{starts_at:%H:%M}",
    }
    text = render_to_string(f"clinic/reminder_{channel}.txt", context).strip()
    return f"Your appointment on {context['day']}", text
