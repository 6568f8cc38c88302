"""Other patients with the same or a very similar name, so that nobody treats or books the wrong one."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, IntegerField, Value

from . import search
from .duplicates import NEARLY_THE_SAME, names_alike
from .models import NameGram, Patient


@dataclass(frozen=True)
class Namesake:
    pk: int
    name: str
    born_on: date
    record_number: str
    is_same: bool  # the same name, not only a similar one


def with_namesakes(patients):
    """Give each of these Patients its `namesakes`: active patients whose name is the same or very similar.

    The same names come first. One query however many patients there are. Returns the patients as a list.
    """
    patients = list(patients)
    by_pk = {patient.pk: patient for patient in patients}
    found = {pk: [] for pk in by_pk}
    for of, pk, given_name, family_name, born_on, record_number in _candidates_of(by_pk.values()):
        other = Patient(pk=pk, given_name=given_name, family_name=family_name)
        likeness, _, _ = names_alike(other, by_pk[of].given_name, by_pk[of].family_name)
        if likeness >= NEARLY_THE_SAME:
            found[of].append(Namesake(pk, other.name, born_on, record_number, likeness == 1))
    for patient in patients:
        patient.namesakes = sorted(found[patient.pk], key=lambda other: (not other.is_same, other.name, other.pk))
    return patients


def _candidates_of(patients):
    queries = [_candidates(patient) for patient in patients]
    return queries[0].union(*queries[1:], all=True) if queries else []


def _candidates(patient):
    """Patients in whose names all the ends of this patient's names occur, or all but one."""
    ends = _ends(patient.given_name) | _ends(patient.family_name)
    sharing = NameGram.objects.filter(gram__in=ends).values("patient").annotate(shared=Count("pk"))
    sharing = sharing.filter(shared__gte=max(len(ends) - 1, min(len(ends), 2), 1))
    others = Patient.objects.active().filter(pk__in=sharing.values("patient")).exclude(pk=patient.pk)
    others = others.annotate(of=Value(patient.pk, IntegerField())).order_by()
    return others.values_list("of", "pk", "given_name", "family_name", "born_on", "record_number")


def _ends(name):
    """How the longest word of a name begins and ends, as the search's grams; a short word by its first letter only."""
    word = max(search.words(name), key=len, default="")
    if not word:
        return set()
    first = f" {word[0]}"
    start = f" {word[:2]}" if len(word) > 3 else first
    return {start, f"{word[-2:]} "} & {*search.grams_of_word(word), first} or {first}
