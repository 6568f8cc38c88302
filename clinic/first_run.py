"""The steps that set up a new clinic. Which of them are done follows from what is stored."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Exists

from clinic.models import Appointment, AppointmentType, Message, Practitioner, Room, Site, WorkingHours


@dataclass(frozen=True)
class Step:
    """A step of setting up, the name of its URL, whether it is done, and a few words about its state."""

    title: str
    url_name: str
    is_done: bool
    state: str = ""
    # A clinic can work without it, so it does not keep the list of steps on the start page.
    is_optional: bool = False


class NoSite(Exception):
    """A page needs a site, and the clinic has none yet."""


def steps():
    """All Steps in their order. At most nine queries."""
    sites = list(Site.objects.all())
    rooms = list(Room.objects.filter(is_active=True).values_list("name", flat=True))
    kinds = AppointmentType.objects.filter(is_active=True).count()
    people = Practitioner.objects.active()
    active, with_hours = people.count(), people.filter(pk__in=WorkingHours.objects.values("practitioner")).count()
    names = ", ".join(site.name for site in sites)
    return [
        Step("Clinic and site", "setup_site", bool(sites), names),
        Step("Rooms", "setup_rooms", bool(rooms), _first(rooms) or "none yet", is_optional=True),
        Step("Kinds of visits", "setup_kinds", bool(kinds), f"{kinds} offered" if kinds else ""),
        Step("People", "setup_people", bool(active), _count(active, "treats patients", "treat patients")),
        Step("Weekly hours", "setup_hours", bool(active) and with_hours == active, f"{with_hours} of {active} people"),
        Step("E-mail", "setup_email", *_email(sites), is_optional=not settings.EMAIL_URL),
        Step("First booking", "appointment_create", Appointment.objects.exists()),
    ]


def open_steps():
    """The Steps that are not done and that every clinic needs; [] for a clinic with invented data."""
    if Site.objects.filter(is_demo=True).exists():
        return []
    return [step for step in steps() if not step.is_done and not step.is_optional]


def is_bookable():
    """Whether the clinic has what a first visit needs: a site, a kind of visit, and somebody who treats patients."""
    return AppointmentType.objects.filter(Exists(Practitioner.objects.active()), is_active=True).exists()


def _email(sites):
    if not settings.EMAIL_URL:
        return False, "off on this server"
    was_sent = Message.objects.filter(channel="email", status=Message.Status.SENT)
    is_tested = any(site.email_tested_at for site in sites) or was_sent.exists()
    return is_tested, "works" if is_tested else "not tried yet"


def _count(number, one, many):
    return f"{number} {one if number == 1 else many}" if number else ""


def _first(names, limit=3):
    return ", ".join(names[:limit]) + (f" and {len(names) - limit} more" if len(names) > limit else "")
