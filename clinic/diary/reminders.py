"""Who is reminded of what: visits of the coming hours, of people who asked for it and can be reached."""

import re
from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.template.loader import render_to_string

from clinic.models import Appointment, Reminder
from patients.models import Patient

# A gateway that refuses three times, five minutes apart, is left to people.
MOST_ATTEMPTS = 3
# Longer than any attempt takes; whatever is still claimed then has lost its process.
UNFINISHED_AFTER = timedelta(minutes=15)

TOO_LATE = "Too close to the visit."
NO_EMAIL = "No e-mail address."
NO_PHONE = "No phone number that a text message reaches."

# Two numbers in one field, or words beside a number, must never become a third person's number.
PHONE = re.compile(r"\+?[\d\s().-]+")
TRUNK_ZERO = re.compile(r"\(0\)")


def due_reminders(*, at, channel):
    """Booked visits of the coming hours whose patient is reminded this way and was not yet, soonest first.

    Past, cancelled and missed visits, people who have left or died, and the demo's invented clinic are left out.
    """
    handled = Reminder.objects.filter(appointment=OuterRef("pk"), starts_at=OuterRef("starts_at"))
    return Appointment.objects.filter(
        ~Exists(handled.exclude(status=Reminder.Status.PENDING).exclude(Exists(_said_later()))),
        status=Appointment.Status.BOOKED,
        starts_at__gt=at,
        starts_at__lte=at + timedelta(hours=settings.REMINDER_HOURS_BEFORE),
        patient__in=Patient.objects.active().filter(reminder_channel=channel),
        practitioner__site__is_demo=False,
    ).in_time_order()


def _said_later():
    """Reminders that may have told the patient another time after this one."""
    maybe_told = (Reminder.Status.CLAIMED, Reminder.Status.SENT, Reminder.Status.FAILED)
    later = Reminder.objects.filter(appointment=OuterRef("appointment"), claimed_at__gt=OuterRef("claimed_at"))
    return later.filter(status__in=maybe_told).exclude(starts_at=OuterRef("starts_at"))


def why_not(appointment, *, at):
    """The sentence for the log when a due reminder is not sent; empty when it is."""
    if appointment.starts_at < at + timedelta(minutes=settings.REMINDER_MINIMUM_NOTICE_MINUTES):
        return TOO_LATE
    if not address_of(appointment.patient):
        return NO_EMAIL if appointment.patient.reminder_channel == Reminder.Channel.EMAIL else NO_PHONE
    return ""


def address_of(patient):
    """Where the patient's reminders go; empty when nowhere."""
    return patient.email if patient.reminder_channel == Reminder.Channel.EMAIL else text_number(patient.phone)


def text_number(phone):
    """Digits with or without a leading plus, or empty when this is not one phone number: 7 to 15 digits (E.164)."""
    if not PHONE.fullmatch(phone.strip()):
        return ""
    plus = "+" if phone.strip().startswith("+") else ""
    digits = re.sub(r"\D", "", TRUNK_ZERO.sub("", phone) if plus else phone)
    return plus + digits if 7 <= len(digits) <= 15 else ""


def text_of(appointment, *, channel):
    """(subject, text) of the reminder: where and when on the site's clock; nothing about health or who treats."""
    starts_at = appointment.starts_at.astimezone(appointment.zone)
    said = {
        "site": appointment.practitioner.site,
        "day": f"{starts_at:%A} {starts_at.day} {starts_at:%B}",
        "time": f"{starts_at:%H:%M}",
    }
    text = render_to_string(f"clinic/reminder_{channel}.txt", said).strip()
    return f"Your appointment on {said['day']}", text
