"""What is in the way of a visit, in words."""

from django.db.models import Q

from clinic.models import Appointment
from clinic.models.appointment import ALREADY_BOOKED


def clashes_of(appointment):
    """[(what they share, the other visit)] with every visit that takes place then; deliberate overlaps too."""
    same = Q(practitioner=appointment.practitioner_id) | Q(patient=appointment.patient_id)
    if appointment.room_id:
        same |= Q(room=appointment.room_id)
    others = Appointment.objects.active().overlapping(appointment.starts_at, appointment.ends_at).filter(same)
    others = others.exclude(pk=appointment.pk).select_related("practitioner__site").in_time_order()
    return shared(appointment, others)


def shared(appointment, others):
    """Of visits at the same time: which share the practitioner, the room or the patient with this one."""
    found = [(field, other) for other in others for field in ALREADY_BOOKED if _is_same(field, appointment, other)]
    return sorted(found, key=lambda clash: list(ALREADY_BOOKED).index(clash[0]))


def sentences(clashes):
    """One sentence for each thing that is taken, naming the first visit in the way."""
    first = {}
    for field, other in clashes:
        first.setdefault(field, other)
    return [ALREADY_BOOKED[field].format(clash=other) for field, other in first.items()]


def _is_same(field, one, other):
    mine = getattr(one, f"{field}_id")
    return mine is not None and mine == getattr(other, f"{field}_id")
