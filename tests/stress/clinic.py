"""The clinic of the stress test, and checks of its diary afterwards."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from clinic.diary.obstacles import WAITING, impossible_visits
from clinic.forms.diary import slot_value
from clinic.models import Appointment, AppointmentChange, Site, TimeOff
from clinic.services.changes import undo_state
from tests import people
from tests.clinic.builders import at, make_hours, make_room, make_type

OVERLAPPING = """
SELECT COUNT(*) FROM clinic_appointment one JOIN clinic_appointment other
ON one.{same} = other.{same} AND one.id < other.id AND one.starts_at < other.ends_at AND other.starts_at < one.ends_at
WHERE one.status NOT IN ('cancelled', 'no_show') AND other.status NOT IN ('cancelled', 'no_show')
"""


def early_zone():
    """A time zone in which the day has just begun: today's visits can be booked and checked in at any hour of a run."""
    behind = (timezone.now().hour - 6 + 11) % 24 - 11
    return ZoneInfo(f"Etc/GMT{behind:+d}")


def open_clinic(*, patients):
    """Three physiotherapists, three rooms, and patients; the data that the desks need."""
    zone = early_zone()
    Site.objects.create(name="Harbour Lane", timezone=zone.key)
    desk = people.make_front_desk()
    physios = [people.make_physiotherapist(f"physio.{number}", last_name=f"Solberg {number}") for number in range(3)]
    for user in physios:
        make_hours(user, "07:00", "21:00")
    rooms = [make_room(f"Room {number}") for number in range(3)]
    reached = {"email": "patient@example.org", "reminder_channel": "email"}
    booked = [people.make_patient(by=desk, given_name=f"Patient {number}", **reached).pk for number in range(patients)]
    types = {minutes: make_type(f"{minutes} minutes", minutes).pk for minutes in (30, 45)}
    return {
        "desk": desk,
        "people": [user.practitioner for user in physios],
        "rooms": rooms,
        "patients": booked,
    } | {
        "types": types,
        "zone": zone,
    }


def slot(clinic, day, clock, *, person=0, room=None):
    """A time as the form sends it."""
    room = room if room is None else clinic["rooms"][room].pk
    return slot_value(clinic["people"][person].pk, room, at(clock, day=day, zone=clinic["zone"]).astimezone(UTC))


def choices_of(clinic, *, patients=None):
    """What the random work chooses from; the first so many `patients`, or all."""
    today = timezone.localdate(timezone=clinic["zone"])
    return {
        "patients": clinic["patients"][:patients],
        "types": list(clinic["types"].values()),
        "slots": today_and_tomorrow(clinic),
        "rooms": [room.pk for room in clinic["rooms"]],
        "people": [person.pk for person in clinic["people"]],
        "days": [str(today + timedelta(days=number)) for number in range(2)],
    }


def today_and_tomorrow(clinic):
    """Every quarter of the working hours with each person, in each room or any."""
    today = timezone.localdate(timezone=clinic["zone"])
    days = [today + timedelta(days=number) for number in range(2)]
    clocks = [f"{hour:02}:{minute:02}" for hour in range(8, 19) for minute in (0, 15, 30, 45)]
    return [
        slot(clinic, day, clock, person=person, room=room)
        for day in days
        for clock in clocks
        for person in range(3)
        for room in (None, 0, 1, 2)
    ]


def overlapping_pairs():
    """The numbers of overlapping visits that share a practitioner, a room or a patient, counted in plain SQL."""
    with connection.cursor() as cursor:
        counts = {}
        for same in ("practitioner_id", "room_id", "patient_id"):
            cursor.execute(OVERLAPPING.format(same=same))
            counts[same] = cursor.fetchone()[0]
    return counts


def unknown_obstacles():
    """The ids of visits that wait during somebody's time off, unknown to the list of those that cannot take place."""
    away = TimeOff.objects.between(OuterRef("starts_at"), OuterRef("ends_at"))
    waiting = Appointment.objects.filter(status__in=WAITING, outside_hours_at=None)
    broken = waiting.filter(Exists(away.filter(practitioner=OuterRef("practitioner"))))
    return set(broken.values_list("pk", flat=True)) - {visit.pk for visit in impossible_visits()}


def lost_changes():
    """The ids of visits whose state differs from their last recorded change."""
    newest = {change.appointment_id: change.after for change in AppointmentChange.objects.order_by("pk")}
    return [row.pk for row in Appointment.objects.filter(pk__in=newest) if undo_state(row) != newest[row.pk]]
