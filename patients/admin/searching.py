"""The search of lists of patients' records: by any part of a name, by birth date, phone or record number."""

from functools import reduce
from operator import or_

from django.contrib import admin
from django.db.models import Q

from patients.search import find_patients, patients_named

from .long_lists import LongList


class ListsPatients(LongList):
    """Mixed into the admin of a list of patients, before ModelAdmin. Its search is the search of the register."""

    search_fields = ["record_number"]  # Django shows the search box for a list with search fields.
    search_help_text = "Search by name, birth date, phone or record number."

    def get_search_results(self, request, queryset, search_term):
        if not (text := search_term.strip()):
            return queryset, False
        found = [patient.pk for patient in find_patients(text)]
        return queryset.filter(Q(pk__in=found) | Q(record_number__iexact=text)), False

    @admin.display(description="birth date", ordering="born_on")
    def birth_date(self, patient):
        return str(patient.birth)


class SearchesPatients(LongList):
    """Mixed into the admin of records of patients, before ModelAdmin. `patient_path` leads from a row to its patient.

    `also_search` are other lookups of the row: a row is also found if any of them contains the whole text.
    """

    patient_path = "patient"
    also_search = ()

    def get_search_fields(self, request):
        """Django shows the search box for a list with search fields. The names of these are not used."""
        return [self.patient_path, *self.also_search]

    def get_search_results(self, request, queryset, search_term):
        if not (text := search_term.strip()):
            return queryset, False
        own = (Q(**{f"{name}__icontains": text}) for name in self.also_search)
        found = Q(**{f"{self.patient_path}__in": patients_named(text)})
        return queryset.filter(reduce(or_, own, found)), False
