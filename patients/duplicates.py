"""Finds patients who may be the same person, before a new patient is registered."""

from contextlib import suppress
from datetime import date
from difflib import SequenceMatcher

from django.db.models import BooleanField, Case, Q, Value, When

from . import search
from .models import Patient

MOST_LISTED = 10
MOST_COMPARED = 500
ALIKE, NEARLY_THE_SAME = 0.72, 0.85


def likely_duplicates(given_name, family_name, born_on, phone):
    """Patients who may be the same person, most likely first, as a list of (patient, reasons). One query.

    Only patients with a similar birth date or the same phone number are compared, because many people share a name.
    """
    near = Q(born_on__in=_nearby_dates(born_on))
    phone = _same_phone(phone)
    candidates = Patient.objects.filter(near | phone, merged_into=None).annotate(
        shares_phone=Case(When(phone, Value(True)), default=Value(False), output_field=BooleanField())
    )
    found = []
    for patient in candidates[:MOST_COMPARED]:
        names = names_alike(patient, given_name, family_name)
        if _is_likely(names, patient, born_on):
            found.append((-max(names), patient.pk, patient, _why(names, patient, born_on)))
    return [(patient, why) for _, _, patient, why in sorted(found)[:MOST_LISTED]]


def _is_likely(names, patient, born_on):
    full, family, given = names
    if patient.born_on == born_on:
        return full >= ALIKE or max(family, given) >= NEARLY_THE_SAME or patient.shares_phone
    if patient.shares_phone:
        return given >= NEARLY_THE_SAME
    return full >= NEARLY_THE_SAME


def _why(names, patient, born_on):
    reasons = ["same name"] if names[0] == 1 else ["similar name"] * (max(names) >= ALIKE)
    if patient.born_on == born_on:
        reasons.append("same birth date")
    elif (patient.born_on.day, patient.born_on.month) == (born_on.month, born_on.day):
        reasons.append("day and month of birth swapped")
    elif patient.born_on in _nearby_dates(born_on):
        reasons.append("birth date differs in one digit")
    return ", ".join(reasons + ["same phone number"] * patient.shares_phone)


def names_alike(patient, given_name, family_name):
    """Similarities from 0 to 1 of: the full name in either order, the family name, the given name."""
    given, family = " ".join(search.words(given_name)), " ".join(search.words(family_name))
    theirs, their_family = " ".join(search.words(patient.given_name)), " ".join(search.words(patient.family_name))
    full = max(_alike(f"{theirs} {their_family}", typed) for typed in (f"{given} {family}", f"{family} {given}"))
    return full, _alike(their_family, family), _alike(theirs, given)


def _alike(one, other):
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _same_phone(phone):
    digits = search.phone_key(phone)
    return search.phone_is(phone) if len(digits) >= search.SHORTEST_WHOLE_PHONE else Q(pk=None)


def _nearby_dates(born_on):
    """The date, the date with day and month swapped, and every date that differs in one digit."""
    nearby = {born_on}
    with suppress(ValueError):
        nearby.add(born_on.replace(day=born_on.month, month=born_on.day))
    written = f"{born_on:%d%m}{born_on.year:04d}"
    for place in range(len(written)):
        for digit in "0123456789":
            changed = written[:place] + digit + written[place + 1 :]
            with suppress(ValueError):
                nearby.add(date(int(changed[4:]), int(changed[2:4]), int(changed[:2])))
    return nearby
