"""Finds patients who may be the same person, before a new patient is registered."""

from collections import defaultdict
from contextlib import suppress
from datetime import date
from difflib import SequenceMatcher
from functools import lru_cache
from operator import itemgetter

from django.db.models import BooleanField, Case, Q, Value, When

from . import search
from .models import Patient
from .models.birth import BirthPrecision
from .name_keys import name_keys

MOST_LISTED = 10
MOST_COMPARED = 500
EXACT = Q(birth_precision=BirthPrecision.DAY)
ALIKE, NEARLY_THE_SAME = 0.72, 0.85


def likely_duplicates(given_name, family_name, birth, phone):
    """Patients who may be the same person, most likely first, as a list of (patient, reasons). One query.

    `birth` is a BirthDate. Somebody who is like a record that was merged is like the one that stands for it.

    Only patients with a similar birth date or the same phone number are compared, because many people share a name;
    and, where one of the two birth dates is not known to the day, patients with a similar name.
    """
    named = Q(grams__gram__in=name_keys(_words(given_name), _words(family_name)))
    near = Q(born_on__in=_nearby_dates(birth.day)) | named & ~EXACT if birth.is_exact else named
    phone = _same_phone(phone)
    candidates = (
        Patient.objects.registered()
        .filter(near | phone)
        .select_related("merged_into")
        .annotate(shares_phone=Case(When(phone, Value(True)), default=Value(False), output_field=BooleanField()))
        .distinct()
    )
    return _likely_of(candidates[:MOST_COMPARED], given_name, family_name, birth)


def likely_duplicates_of_many(people):
    """For each (given_name, family_name, birth, phone) what `likely_duplicates` finds. One query, all patients."""
    by_date, by_phone, by_key = defaultdict(list), defaultdict(list), defaultdict(list)
    for patient in Patient.objects.registered().select_related("merged_into").order_by("pk"):
        by_date[patient.born_on].append(patient)
        for key in name_keys(_words(patient.given_name), _words(patient.family_name)):
            by_key[key].append(patient)
        if len(patient.phone_key) >= search.SHORTEST_WHOLE_PHONE:
            by_phone[patient.phone_key[: search.PHONE_DIGITS_COMPARED]].append(patient)
    found = []
    for given_name, family_name, birth, phone in people:
        key = search.phone_key(phone)[: search.PHONE_DIGITS_COMPARED]
        sharing = by_phone.get(key, []) if len(key) >= search.SHORTEST_WHOLE_PHONE else []
        days = sorted(_nearby_dates(birth.day)) if birth.is_exact else []
        near = [patient for day in days for patient in by_date.get(day, ())]
        for key in name_keys(_words(given_name), _words(family_name)):
            near += [patient for patient in by_key.get(key, ()) if not (birth.is_exact and patient.birth.is_exact)]
        candidates = {patient.pk: patient for patient in (*sharing, *near)}
        shared = {patient.pk for patient in sharing}
        for patient in candidates.values():
            patient.shares_phone = patient.pk in shared
        found.append(_likely_of(candidates.values(), given_name, family_name, birth))
    return found


def _likely_of(candidates, given_name, family_name, birth):
    found = []
    for patient in candidates:
        names = names_alike(patient, given_name, family_name)
        if _is_likely(names, patient, birth):
            found.append((-max(names), patient.pk, patient.surviving, _why(names, patient, birth)))
    best = {}
    for _, _, patient, why in sorted(found, key=itemgetter(0, 1)):
        best.setdefault(patient.pk, (patient, why))
    return list(best.values())[:MOST_LISTED]


def _is_likely(names, patient, birth):
    full, family, given = names
    is_exact = patient.birth.is_exact and birth.is_exact
    if is_exact and patient.birth == birth:
        return full >= ALIKE or max(family, given) >= NEARLY_THE_SAME or patient.shares_phone
    if patient.shares_phone:
        return max(full, given) >= NEARLY_THE_SAME
    return full >= NEARLY_THE_SAME and (is_exact or patient.birth.can_be(birth))


def _why(names, patient, birth):
    reasons = ["same name"] if names[0] == 1 else ["similar name"] * (max(names) >= ALIKE)
    return ", ".join([*reasons, *_why_birth(patient.birth, birth), *["same phone number"] * patient.shares_phone])


def _why_birth(theirs, birth):
    """What is alike in two birth dates, as a list of one reason or none."""
    if theirs.day is None or birth.day is None:
        return ["birth date not known"]
    if theirs.is_exact and birth.is_exact:
        if theirs == birth:
            return ["same birth date"]
        if (theirs.day.day, theirs.day.month) == (birth.day.month, birth.day.day):
            return ["day and month of birth swapped"]
        return ["birth date differs in one digit"] * (theirs.day in _nearby_dates(birth.day))
    return ["birth dates match as far as they are known"] * theirs.can_be(birth)


def names_alike(patient, given_name, family_name):
    """Similarities from 0 to 1 of: the full name in either order, the family name, the given name."""
    full = full_names_alike(patient, given_name, family_name)
    family = _alike(_folded(patient.family_name), _folded(family_name))
    return full, family, _alike(_folded(patient.given_name), _folded(given_name))


def full_names_alike(patient, given_name, family_name, at_least=0):
    """The similarity from 0 to 1 of the full names in either order; 0 if less than `at_least`, which is faster."""
    given, family = _folded(given_name), _folded(family_name)
    theirs = f"{_folded(patient.given_name)} {_folded(patient.family_name)}".strip()
    return max(_alike(theirs, name.strip(), at_least) for name in (f"{given} {family}", f"{family} {given}"))


@lru_cache(maxsize=10_000)
def _words(name):
    return tuple(search.words(name))


def _folded(name):
    return " ".join(_words(name))


def _alike(one, other, at_least=0):
    if not (one and other):
        return 0  # two people with one name each are not alike in the name that neither has
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    # Greatest possible values, which are quicker to compute.
    if min(matcher.real_quick_ratio(), matcher.quick_ratio()) < at_least:
        return 0
    likeness = matcher.ratio()
    return likeness if likeness >= at_least else 0


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
