"""Find the appointments that clash with a visit, and word the messages about them."""

from django.db.models import Q
from django.urls import reverse

from clinic.models import Appointment
from clinic.models.appointment import ALREADY_BOOKED
from patients.merging import Blocker, moving_rows


def clashes_of(appointment):
    """[(shared field, other appointment)] for every active appointment that overlaps, deliberate overlaps included.

    The field is "practitioner", "room" or "patient". One query.
    """
    same = Q(practitioner=appointment.practitioner_id) | Q(patient=appointment.patient_id)
    if appointment.room_id:
        same |= Q(room=appointment.room_id)
    others = Appointment.objects.active().overlapping(appointment.starts_at, appointment.ends_at).filter(same)
    others = others.exclude(pk=appointment.pk).select_related("practitioner__site").in_time_order()
    return clashes_among(appointment, others)


def clashes_among(appointment, others):
    """Like `clashes_of`, for appointments that are known to overlap this one."""
    found = [(field, other) for other in others for field in ALREADY_BOOKED if _is_same(field, appointment, other)]
    return sorted(found, key=lambda clash: list(ALREADY_BOOKED).index(clash[0]))


def clash_messages(clashes):
    """One message for each field, with the times of the first appointment that clashes."""
    first = {}
    for field, other in clashes:
        first.setdefault(field, other)
    return [ALREADY_BOOKED[field].format(clash=other) for field, other in first.items()]


def _is_same(field, one, other):
    mine = getattr(one, f"{field}_id")
    return mine is not None and mine == getattr(other, f"{field}_id")


def visits_of_both(survivor, duplicate):
    """A Blocker of a merge for each two visits that would overlap. Registered with patients.registry.

    One query, and one for each visit of the duplicate that would move.
    """
    key = Appointment._meta.get_field("patient")
    for visit in moving_rows(key, duplicate).with_names().in_time_order():
        others = Appointment.objects.active().overlapping(visit.starts_at, visit.ends_at).filter(patient=survivor)
        for other in others.select_related("practitioner__site"):
            sentence = f"Two visits overlap: {visit.when} and {other.when}. Move or cancel one of them first."
            yield Blocker(sentence, reverse("patient_visits", args=[duplicate.pk]))
