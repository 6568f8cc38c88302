"""Find the patients on the waiting list who could take a free time."""

from django.db.models import Q

from clinic.diary import local_time
from clinic.models import Appointment, WaitingListEntry
from clinic.site_access import of_own_sites

REPLACED_AT_MOST = 3


def waiting_matches(slot, *, limit=None, user=None):
    """Open entries that a free time suits: most urgent first, then those who asked for this practitioner, then oldest.

    `slot` has practitioner, room, starts_at and ends_at: a free slot or a cancelled appointment. Patients who have a
    visit at that time, who cannot be treated, or who are not of a site of `user` are left out. One query.
    """
    busy = Appointment.objects.active().overlapping(slot.starts_at, slot.ends_at)
    entries = of_own_sites(user, WaitingListEntry.objects.open())
    entries = entries.exclude(patient__record_in=busy.values("patient"))
    entries = entries.with_names().most_urgent_first()
    suited = [entry for entry in entries if _suits(entry, slot)]
    suited.sort(key=lambda entry: (-entry.priority, entry.practitioner_id is None))
    return suited[:limit]


def open_entries_of(appointment):
    """The open entries of the patient of an active visit, to be closed if the visit is what they waited for."""
    if not appointment.is_active:
        return []
    return list(appointment.patient.waiting_list_entries.open().with_names().most_urgent_first())


def replaced_visits(appointment):
    """The later visits that a visit booked from the waiting list may replace, soonest first. Two queries.

    They are those that the patient already had, still booked. A visit that fulfilled no entry replaces none.
    """
    if not appointment.is_active or not appointment.fulfilled_entries.exists():
        return []
    later = Appointment.objects.filter(patient=appointment.patient_id, status=Appointment.Status.BOOKED)
    later = later.filter(starts_at__gt=appointment.starts_at).exclude(booked_at__gt=appointment.booked_at)
    return list(later.with_names().in_time_order()[:REPLACED_AT_MOST])


def waiting_for_day(day, site, *, user=None):
    """Open entries, most urgent first, of patients who could come to this site on this day at some time.

    Only patients of the sites of `user`. One query.
    """
    entries = of_own_sites(user, WaitingListEntry.objects.open().with_names())
    at_this_site = (
        Q(site=None) | Q(site=site),
        Q(practitioner=None) | Q(practitioner__site=site) | Q(or_practitioner__site=site),
        Q(room=None) | Q(room__site=site),
    )
    begun = Q(earliest_on=None) | Q(earliest_on__lte=day)
    not_over = Q(latest_on=None) | Q(latest_on__gte=day)
    found = entries.filter(*at_this_site, begun, not_over).most_urgent_first()
    return [entry for entry in found if not entry.weekdays or day.weekday() in entry.weekdays]


def _suits(entry, slot):
    practitioner, zone = slot.practitioner, slot.practitioner.site.zone
    start, end = (local_time.wall_of(instant, zone) for instant in (slot.starts_at, slot.ends_at))
    day = start.date()
    return (
        entry.patient.is_treatable
        and (entry.practitioner_id is None or practitioner in entry.practitioners)
        and entry.site_id in (None, practitioner.site_id)
        and entry.room_id in (None, slot.room and slot.room.pk)
        and entry.length <= (slot.ends_at - slot.starts_at).total_seconds() // 60
        and (practitioner.may_needle_on(day) or not entry.type.needs_certificate)
        and (entry.earliest_on is None or entry.earliest_on <= day)
        and (entry.latest_on is None or day <= entry.latest_on)
        and (not entry.weekdays or day.weekday() in entry.weekdays)
        and (entry.earliest_time is None or entry.earliest_time <= start.time())
        and (entry.latest_time is None or (end.date() == day and end.time() <= entry.latest_time))
    )
