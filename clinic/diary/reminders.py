"""Reminders: which are due, why one is not sent, and the text."""

import re
from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.template.loader import render_to_string

from clinic.diary.obstacles import obstacles_of
from clinic.models import Appointment, Reminder
from patients.models import Patient

# The command runs every five minutes. After three refusals the reminder fails and the front desk can call instead.
MOST_ATTEMPTS = 3
# Longer than any attempt takes. The process of a reminder that is still claimed after this time has died.
UNFINISHED_AFTER = timedelta(minutes=15)

TOO_LATE = "Too close to the visit."
NO_EMAIL = "No e-mail address."
NO_PHONE = "No phone number that can receive text messages."

# Two numbers in one field, or a number with words, must not be joined into the number of another person.
PHONE = re.compile(r"\+?[\d\s().-]+")
TRUNK_ZERO = re.compile(r"\(0\)")


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


def possible_visits(due):
    """The visits of a `due_reminders` queryset that can take place, as a list. At most three queries.

    The others keep their reminder: it is sent if the obstacle goes away in time.
    """
    visits = list(due.with_names())
    impossible = obstacles_of(visits)
    return [visit for visit in visits if visit.pk not in impossible]


def _later_reminders():
    """Reminders that were sent, or may have been, after the outer one and for another start time."""
    maybe_sent = (Reminder.Status.CLAIMED, Reminder.Status.SENT, Reminder.Status.FAILED)
    later = Reminder.objects.filter(appointment=OuterRef("appointment"), claimed_at__gt=OuterRef("claimed_at"))
    return later.filter(status__in=maybe_sent).exclude(starts_at=OuterRef("starts_at"))


def reason_not_to_send(appointment, *, at):
    """Why a due reminder is not sent, for the reminder log; "" if it can be sent."""
    if appointment.starts_at < at + timedelta(minutes=settings.REMINDER_MINIMUM_NOTICE_MINUTES):
        return TOO_LATE
    if not reminder_address(appointment.patient):
        return NO_EMAIL if appointment.patient.reminder_channel == Reminder.Channel.EMAIL else NO_PHONE
    return ""


def reminder_address(patient):
    """The e-mail address or phone number for the patient's reminders; "" if there is none."""
    return patient.email if patient.reminder_channel == Reminder.Channel.EMAIL else text_number(patient.phone)


def text_number(phone):
    """One phone number as digits with an optional leading plus; "" unless it has 7 to 15 digits (E.164)."""
    if not PHONE.fullmatch(phone.strip()):
        return ""
    plus = "+" if phone.strip().startswith("+") else ""
    digits = re.sub(r"\D", "", TRUNK_ZERO.sub("", phone) if plus else phone)
    return plus + digits if 7 <= len(digits) <= 15 else ""


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
