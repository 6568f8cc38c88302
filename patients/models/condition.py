"""The list of conditions that an episode can have, with their codes. This module only reads.

The list is `data/conditions.csv`. Its codes exist in the WHO's ICD-10 of 2019 and in ICD-10-CM of April 2026; which
code fits a condition is our choice, and `code_fit` says where it is only the nearest one. The two classifications are
never mixed: an episode says from which one its code is, and the clinic sets which one new codes are from. Nothing is
ever removed from the list, because episodes name its entries by their slug.
"""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.db.models import TextChoices

LIST = Path(__file__).resolve().parent.parent / "data" / "conditions.csv"
NOT_LISTED = "This condition is not in the list. Choose one from the list, or leave this empty."


class CodeSystem(TextChoices):
    WHO = "who", "ICD-10 (WHO)"
    CM = "cm", "ICD-10-CM"


class Condition(NamedTuple):
    slug: str
    name: str
    icd10_who: str
    icd10_who_title: str
    icd10_cm: str
    icd10_cm_title: str
    code_fit: str
    synonyms: str  # separated by semicolons
    note: str

    def code(self, system):
        return self.icd10_cm if system == CodeSystem.CM else self.icd10_who

    @property
    def words(self):
        """Its name and synonyms in lower case."""
        return [word.strip().lower() for word in [self.name, *self.synonyms.split(";")] if word.strip()]


@cache
def conditions():
    """{slug: Condition}, in the order of the list."""
    with LIST.open(newline="", encoding="utf-8") as lines:
        return {row["slug"]: Condition(**row) for row in csv.DictReader(lines)}


def condition_called(text):
    """The Condition with this name or synonym, in upper or lower case; None if there is none."""
    wanted = " ".join(text.lower().split())
    return next((one for one in conditions().values() if wanted in one.words), None)


def condition_name(slug):
    """The name of a condition; its slug if it is no longer in the list, "" for none."""
    return conditions()[slug].name if slug in conditions() else slug


def is_only_in_other_system(code, system):
    """Whether the list has this code in the other classification and not in this CodeSystem."""
    listed = conditions().values()
    systems = {one for condition in listed for one in CodeSystem if code == condition.code(one)}
    return bool(systems) and system not in systems
