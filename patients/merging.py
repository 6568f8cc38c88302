"""The merge of two records of one person: what differs, what each has, and what prevents it."""

from dataclasses import dataclass
from hashlib import sha256
from itertools import chain

from django.apps import apps
from django.db.models import Q

from patients.models import Patient
from patients.models.birth import BirthDate
from patients.models.patient_key import PatientKey
from patients.registry import registry

# The details in which the two records can differ, and of which the survivor gets one.
DETAILS = [field for field in Patient._meta.concrete_fields if field.editable and not field.primary_key]

# Properties that stand for several fields, which only make sense together.
PROPERTIES = {"born_on": "birth"}


@dataclass(frozen=True)
class Blocker:
    """Something that must be done before two records can be merged, and the page where it is done."""

    sentence: str
    url: str = ""


@dataclass(frozen=True)
class Difference:
    """A detail of the survivor and of the duplicate that is not the same, as stored and as text."""

    name: str
    label: str
    survivor: object
    duplicate: object
    survivor_text: str
    duplicate_text: str

    @property
    def suggested(self):
        """The record whose value is preselected: the survivor, unless it has no value, or a less exact birth date."""
        if isinstance(self.survivor, BirthDate):
            return "duplicate" if self.duplicate.is_more_exact_than(self.survivor) else "survivor"
        return "duplicate" if self.survivor in ("", None) else "survivor"


@dataclass(frozen=True)
class Together:
    """How many rows of one kind each record has, and whether a merge moves those of the duplicate."""

    label: str
    survivor: int
    duplicate: int
    moving: int

    @property
    def total(self):
        return self.survivor + self.duplicate


def patient_keys():
    """Every PatientKey of every app: a merge and its undo walk all of them."""
    models = (model for model in apps.get_models() if not model._meta.proxy)
    return [field for model in models for field in model._meta.concrete_fields if isinstance(field, PatientKey)]


def rows_of(key, patient):
    """The rows of one record by this PatientKey, without those of records that were merged with it."""
    return key.model._default_manager.filter(**{f"{key.name}__record": patient.pk})


def moving_rows(key, patient):
    """Those of them that a merge of this record moves to the record that stays."""
    if not key.moves:
        return rows_of(key, patient).none()
    return rows_of(key, patient).filter(Q() if key.moves is True else key.moves)


def differences(survivor, duplicate):
    """(list of Difference, labels of the details that are the same and not empty)."""
    differing, same = [], []
    for field in DETAILS:
        pair = _detail(survivor, field), _detail(duplicate, field)
        label = str(field.verbose_name)
        if pair[0] != pair[1]:
            name = PROPERTIES.get(field.name, field.name)
            differing.append(Difference(name, label, *pair, *(_text(field, row) for row in (survivor, duplicate))))
        elif pair[0] not in ("", None):
            same.append(label)
    return differing, same


def fingerprint(survivor, duplicate):
    """A hash of all details of the two records, to detect that somebody changed one after the page was made."""
    stored = [[_detail(patient, field) for field in DETAILS] for patient in (survivor, duplicate)]
    return sha256(repr((survivor.pk, duplicate.pk, stored)).encode()).hexdigest()


def what_comes_together(survivor, duplicate, *, user):
    """A Together for each kind of row that either has and that the user may see. Three queries for each kind."""
    found = []
    for key in patient_keys():
        options = key.model._meta
        is_derived = key.remote_field.hidden
        if is_derived or not user.has_perm(f"{options.app_label}.view_{options.model_name}"):
            continue
        counts = [key.model._base_manager.filter(**{key.name: patient}).count() for patient in (survivor, duplicate)]
        if any(counts):
            found.append(Together(str(options.verbose_name_plural), *counts, moving_rows(key, duplicate).count()))
    return found


def merge_blockers(survivor, duplicate):
    """The Blockers of a merge of these two records, from this app and those above it."""
    merged = [
        Blocker(f"{patient.record_number} has already been merged into another record.", patient.get_absolute_url())
        for patient in (survivor, duplicate)
        if patient.merged_into_id
    ]
    return merged or list(chain.from_iterable(find(survivor, duplicate) for find in registry.merge_blockers))


def why_not_confirmable_by(user, merge):
    """Why this user cannot confirm this merge; "" if they can. It takes another person with another role."""
    if user.pk == merge.asked_by_id:
        return "You requested this merge. A colleague with a different role must confirm it."
    if not _roles(user) - _roles(merge.asked_by):
        return (
            "You have the same role as the person who requested this merge."
            " A colleague with a different role must confirm it."
        )
    return ""


def rests_on_both(survivor, duplicate):
    """A sentence for the first row of one record that refers to a row of the other; "" if there is none.

    After an undo there must be none, or one patient's record would depend on another's.
    """
    by_model = _paths_to_patients()
    for model, key in by_model.items():
        for link in _links_of(model):
            if link.related_model not in by_model or f"{link.name}__{by_model[link.related_model]}" == key:
                continue
            other = f"{link.name}__{by_model[link.related_model]}"
            for one, another in ((survivor, duplicate), (duplicate, survivor)):
                row = model._base_manager.filter(**{key: one, other: another}).first()
                if row is not None:
                    return (
                        f"{_capital(model._meta.verbose_name)} “{row}” of {one.record_number} refers to"
                        f" the {link.verbose_name} of {another.record_number}."
                    )
    return ""


def _paths_to_patients():
    """{model: path to its patient} of every model with a PatientKey, and of the parts of their records."""
    paths = {key.model: key.name for key in patient_keys()}
    parts = (model for model in apps.get_models() if not model._meta.proxy and model not in paths)
    owners = ((part, link) for part in parts for link in _links_of(part) if link.related_model in paths)
    return paths | {part: f"{link.name}__{paths[link.related_model]}" for part, link in owners}


def _links_of(model):
    return [field for field in model._meta.concrete_fields if field.many_to_one or field.one_to_one]


def each_person(found):
    """These patients, each person once.

    A merged record is replaced by the surviving one, which then has the number of the merged record as `found_as`,
    unless it was found itself as well.
    """
    standing = {}
    for patient in found:
        if patient.merged_into_id is None:
            patient.found_as = ""
            standing[patient.pk] = patient
    for patient in found:
        if patient.merged_into_id and patient.merged_into_id not in standing:
            patient.merged_into.found_as = patient.record_number
    return list({patient.person_id: standing.get(patient.person_id, patient.surviving) for patient in found}.values())


def _detail(patient, field):
    return getattr(patient, PROPERTIES.get(field.name, field.name))


def _text(field, patient):
    if field.choices:
        return getattr(patient, f"get_{field.name}_display")()
    value = _detail(patient, field)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value


def _roles(user):
    return {"superuser"} if user.is_superuser else set(user.groups.values_list("name", flat=True))


def _capital(words):
    return words[:1].upper() + words[1:]
