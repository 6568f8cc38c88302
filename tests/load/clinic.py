"""The clinic of the load test: the demo's data and as many people as are to work in it, with what they work on."""

import io
from datetime import timedelta
from itertools import cycle

from django.core.management import call_command
from django.utils import timezone

from clinic.forms.diary import slot_value
from clinic.models import Appointment, Practitioner, Site
from clinic.roles import ADMIN, FRONT_DESK, PHYSIOTHERAPIST
from patients.models import Patient, TrailEntry
from tests import people
from tests.clinic.builders import at, make_hours, make_room, make_type
from tests.stress.server import signed_in
from tests.treatments.builders import make_draft, make_needling
from tests.treatments.pages import as_posted
from treatments.models import Muscle, TreatmentSession
from treatments.record.verification import tampered_sessions

MUSCLES = ("levator-scapulae", "infraspinatus", "soleus")
ADMIN_PAGES = {
    "Admin, start page": "/admin/",
    "Admin, outcomes": "/admin/treatments/outcome/",
    "Admin, sessions": "/admin/treatments/treatmentsession/",
    "Admin, audit trail": "/admin/patients/trailentry/",
}


def open_clinic(*, physiotherapists, desks, admins, visits):
    """Make everything, and return the plan for tests/load/morning.py. `visits` is how many each practitioner has."""
    call_command("seed_demo", stdout=io.StringIO())
    site = Site.objects.get()
    names = [(patient.pk, patient.family_name) for patient in Patient.objects.active()]
    plan = {"patients": [pk for pk, _ in names], "names": [name for _, name in names], "admin_pages": ADMIN_PAGES}
    plan |= {
        "type": make_type("Load", 30).pk,
        "days": [str(timezone.localdate() + timedelta(days=n)) for n in range(3)],
    }
    reception = [_user(f"desk.{number}", FRONT_DESK, site) for number in range(desks)]
    treating = [_user(f"physio.{number}", PHYSIOTHERAPIST, site) for number in range(physiotherapists)]
    for user in treating:
        Practitioner.objects.create(user=user, site=site)
        make_hours(user, "08:00", "18:00")
    plan["physiotherapists"] = [_work_of(user, reception[0], visits) for user in treating]
    bookings = _bookings(treating, plan["patients"])
    plan["desks"] = [
        {"session": signed_in(user), "bookings": bookings[number :: len(reception)]}
        for number, user in enumerate(reception)
    ]
    plan["admins"] = [
        {"session": signed_in(_user(f"admin.{number}", ADMIN, site, is_staff=True))} for number in range(admins)
    ]
    return plan


def missing(lines):
    """Sentences on confirmed work that the database does not have, and on records that are not as they were signed."""
    signed = {line["signed"] for line in lines if "signed" in line}
    entries = set(TrailEntry.objects.filter(action="sign").values_list("record_id", flat=True))
    for key in signed:
        if TreatmentSession.objects.get(pk=key).status != "signed" or key not in entries:
            yield f"the signature of {key} is missing"
    last = {line["draft"]: line["note"] for line in lines if "draft" in line}
    for key, note in last.items():
        if (stored := TreatmentSession.objects.get(pk=key).note) != note:
            yield f"{key} has “{stored}” instead of “{note}”"
    booked = [line["booked"] for line in lines if "booked" in line]
    there = Appointment.objects.active().filter(type__name="Load").select_related("practitioner")
    stored = {slot_value(visit.practitioner_id, visit.room_id, visit.starts_at) for visit in there}
    yield from (f"the visit {slot} is missing" for slot in booked if slot not in stored)
    yield from tampered_sessions()


def _user(name, role, site, **fields):
    user = people.make_user(name, role=role, last_name=name.replace(".", " ").title(), **fields)
    user.sites.add(site)
    return user


def _work_of(user, desk, visits):
    """Drafts with all that signing needs, as their pages post them."""
    drafts = []
    for number in range(visits):
        patient = people.make_patient(by=desk, given_name=f"Visit {number}", family_name=user.last_name)
        rows = [make_needling(Muscle.objects.get(slug=slug)) for slug in MUSCLES]
        draft = make_draft(patient, by=user, needlings=rows, needles_inserted=3, needles_removed=3)
        path = f"/patients/{patient.pk}/sessions/{draft.pk}/"
        fields = {name: value if isinstance(value, list) else str(value) for name, value in as_posted(draft).items()}
        drafts.append({"id": str(draft.pk), "patient": patient.pk, "path": path, "fields": fields})
    return {"session": signed_in(user), "password": people.PASSWORD, "drafts": drafts}


def _bookings(treating, patients):
    """[slot, patient] for each half hour of the next weeks: each practitioner in a room of their own."""
    rooms = {user: make_room(f"Load {user.practitioner.pk}", user.practitioner.site) for user in treating}
    slots = [
        slot_value(user.practitioner.pk, rooms[user].pk, at(f"{hour:02}:{minute:02}", day=day))
        for day in (timezone.localdate() + timedelta(days=number) for number in range(20, 40))
        for hour in range(9, 17)
        for minute in (0, 30)
        for user in treating
    ]
    return list(zip(slots, cycle(patients), strict=False))
