"""Finds patients who may be the same person, before a new patient is registered."""

from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from functools import cached_property, lru_cache, reduce
from operator import itemgetter, or_

from django.db.models import BooleanField, Case, Q, Value, When

from . import search
from .integrity.portions import portions
from .models import Patient
from .models.birth import BirthDate, BirthPrecision
from .name_keys import name_keys

MOST_LISTED = 10
MOST_COMPARED = 500
PEOPLE_A_BLOCK, DATES_A_BLOCK = 100, 500
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
    """For each (given_name, family_name, birth, phone) what `likely_duplicates` finds.

    Reads only patients who share a birth date, a phone number or a name key with one of these people, in blocks, so
    that memory does not grow with the register. The number of queries grows with the number of people.
    """
    asked = [_Asked(number, *person) for number, person in enumerate(people)]
    found = [{} for _ in asked]
    shared = _judge_by_phone(asked, found)
    _judge_by_date(asked, found, shared)
    _judge_by_name(asked, found, shared)
    stored = _with_surviving({pk for likely in found for pk in likely})
    return [_listed([(*likely[pk], stored[pk]) for pk in likely]) for likely in found]


@dataclass(frozen=True)
class _Asked:
    """One of many people who are compared with the register."""

    number: int
    given_name: str
    family_name: str
    birth: BirthDate
    phone: str

    @cached_property
    def keys(self):
        return name_keys(_words(self.given_name), _words(self.family_name))

    @cached_property
    def phone_key(self):
        key = search.phone_key(self.phone)
        return key if len(key) >= search.SHORTEST_WHOLE_PHONE else ""


def _judge_by_phone(asked, found):
    """Judge who shares a phone number. Returns the {(number of a person, key of a patient)} who do."""
    shared = set()
    for block in portions([person for person in asked if person.phone_key], PEOPLE_A_BLOCK):
        same = reduce(or_, (search.phone_is(person.phone) for person in block))
        for patient in _compared(same):
            for person in block:
                if _is_same_phone(patient.phone_key, person.phone_key):
                    shared.add((person.number, patient.pk))
                    _judge(patient, person, found, shared)
    return shared


def _judge_by_date(asked, found, shared):
    near = defaultdict(list)
    for person in asked:
        for day in _nearby_dates(person.birth.day) if person.birth.is_exact else ():
            near[day].append(person)
    for block in portions(sorted(near), DATES_A_BLOCK):
        for patient in _compared(Q(born_on__in=block)):
            for person in near[patient.born_on]:
                _judge(patient, person, found, shared)


def _judge_by_name(asked, found, shared):
    """Judge those with a similar name where one of the two birth dates is not known to the day."""
    exact = [person for person in asked if person.birth.is_exact]
    others = [person for person in asked if not person.birth.is_exact]
    if not Patient.objects.registered().exclude(EXACT).exists():
        exact = []
    for people, of_register in ((exact, ~EXACT), (others, Q())):
        for block in portions(people, PEOPLE_A_BLOCK):
            by_key = defaultdict(set)
            for person in block:
                for key in person.keys:
                    by_key[key].add(person)
            for patient in _compared(of_register & Q(grams__gram__in=list(by_key))):
                keys = name_keys(_words(patient.given_name), _words(patient.family_name))
                for person in set().union(*(by_key.get(key, ()) for key in keys)):
                    _judge(patient, person, found, shared)


def _judge(patient, person, found, shared):
    """Put the patient among those that this person may be, with how alike they are and why."""
    shares_phone = (person.number, patient.pk) in shared
    names = person.given_name, person.family_name
    if patient.pk not in found[person.number] and (
        judged := _judged(patient, *names, person.birth, shares_phone=shares_phone)
    ):
        found[person.number][patient.pk] = judged


def _compared(condition):
    """The patients of the register who meet the condition, with only what is compared."""
    fields = ["given_name", "family_name", "born_on", "birth_precision", "phone_key"]
    return Patient.objects.registered().filter(condition).distinct().only(*fields).order_by().iterator()


def _with_surviving(pks):
    """{key: patient} with the record that stands for each."""
    patients = Patient.objects.select_related("merged_into")
    return {
        patient.pk: patient
        for block in portions(sorted(pks), DATES_A_BLOCK)
        for patient in patients.filter(pk__in=block)
    }


def _is_same_phone(stored, key):
    """Whether `search.phone_is` finds the stored key of a number."""
    digits = search.PHONE_DIGITS_COMPARED
    is_start = search.SHORTEST_WHOLE_PHONE <= len(stored) < len(key) and key.startswith(stored)
    return is_start or stored.startswith(key[:digits])


def _likely_of(candidates, given_name, family_name, birth):
    judged = (
        (_judged(patient, given_name, family_name, birth, shares_phone=patient.shares_phone), patient)
        for patient in candidates
    )
    return _listed([(*found, patient) for found, patient in judged if found])


def _listed(found):
    """[(patient, reasons)] of (likeness, reasons, patient): the most likely first, each person once."""
    best = {}
    for _, why, patient in sorted(found, key=lambda each: (-each[0], each[2].pk)):
        best.setdefault(patient.person_id, (patient.surviving, why))
    return list(best.values())[:MOST_LISTED]


def _judged(patient, given_name, family_name, birth, *, shares_phone):
    """(how alike the names are, reasons) if the patient may be this person; otherwise None."""
    is_exact = patient.birth_precision == BirthPrecision.DAY and birth.is_exact
    is_same_day = is_exact and patient.born_on == birth.day
    if not (is_same_day or shares_phone or _can_be_alike(patient, given_name, family_name)):
        return None
    names = full, family, given = names_alike(patient, given_name, family_name)
    if is_same_day:
        is_likely = full >= ALIKE or max(family, given) >= NEARLY_THE_SAME or shares_phone
    elif shares_phone:
        is_likely = max(full, given) >= NEARLY_THE_SAME
    else:
        is_likely = full >= NEARLY_THE_SAME and (is_exact or patient.birth.can_be(birth))
    return (max(names), _why(names, patient, birth, shares_phone)) if is_likely else None


def _can_be_alike(patient, given_name, family_name):
    """Whether the full names can be nearly the same, by their letters in any order, which is quick to compute."""
    theirs = _letters(_folded(patient.given_name), _folded(patient.family_name))
    asked = _letters(_folded(given_name), _folded(family_name))
    (short, few), (long, many) = sorted((theirs, asked), key=itemgetter(0))
    total = short + long
    if 2 * short < NEARLY_THE_SAME * total:
        return False
    return 2 * sum(min(count, many.get(letter, 0)) for letter, count in few.items()) >= NEARLY_THE_SAME * total


@lru_cache(maxsize=10_000)
def _letters(given, family):
    """(number of letters, how often each is there) of a full name."""
    name = f"{given} {family}".strip()
    return len(name), Counter(name)


def _why(names, patient, birth, shares_phone):
    reasons = ["same name"] if names[0] == 1 else ["similar name"] * (max(names) >= ALIKE)
    return ", ".join([*reasons, *_why_birth(patient.birth, birth), *["same phone number"] * shares_phone])


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
    full = full_names_alike((patient.given_name, patient.family_name), (given_name, family_name))
    family = _alike(_folded(patient.family_name), _folded(family_name))
    return full, family, _alike(_folded(patient.given_name), _folded(given_name))


def full_names_alike(one, other, at_least=0):
    """The similarity from 0 to 1 of two full names, whose parts may be in either order.

    A full name is (given name, family name). 0 if less than `at_least`, which is faster.
    """
    given, family = map(_folded, other)
    theirs = " ".join(map(_folded, one)).strip()
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
