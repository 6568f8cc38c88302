"""Other patients with the same or a very similar name, so that nobody treats or books the wrong one."""

from collections import defaultdict
from dataclasses import dataclass

from .duplicates import NEARLY_THE_SAME, full_names_alike
from .models import Patient
from .models.birth import BirthDate
from .name_keys import name_keys
from .search import words


@dataclass(frozen=True)
class Namesake:
    pk: int
    name: str
    birth: BirthDate
    record_number: str
    is_same: bool  # the same name, not only a similar one


def with_namesakes(patients):
    """Give each of these Patients its `namesakes`: active patients whose name is the same or very similar.

    The same names come first. One query however many patients there are. Returns the patients as a list.
    """
    patients = list(patients)
    with_key = defaultdict(list)
    for patient in patients:
        for key in name_keys(words(patient.given_name), words(patient.family_name)):
            with_key[key].append(patient)
    found = {patient.pk: {} for patient in patients}
    for key, pk, given_name, family_name, born_on, precision, record_number in _candidates(with_key):
        for patient in with_key[key]:
            if pk == patient.pk or pk in found[patient.pk]:
                continue
            names = (given_name, family_name), (patient.given_name, patient.family_name)
            if likeness := full_names_alike(*names, at_least=NEARLY_THE_SAME):
                name = Patient(given_name=given_name, family_name=family_name).name
                birth = BirthDate(born_on, precision)
                found[patient.pk][pk] = Namesake(pk, name, birth, record_number, is_same=likeness == 1)
    for patient in patients:
        namesakes = found[patient.pk].values()
        patient.namesakes = sorted(namesakes, key=lambda other: (not other.is_same, other.name, other.pk))
    return patients


def _candidates(keys):
    """A row for each key that an active patient's name has, however different the names are otherwise."""
    if not keys:
        return []
    rows = Patient.objects.active().filter(grams__gram__in=list(keys)).order_by()
    return rows.values_list(
        "grams__gram", "pk", "given_name", "family_name", "born_on", "birth_precision", "record_number"
    )
