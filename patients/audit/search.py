"""Finding entries of the audit trail: by patient, person or network address."""

import re
from functools import reduce
from operator import and_

from django.contrib.auth.models import User
from django.db.models import Q

from patients.models import Patient
from patients.models.trail import in_lists
from patients.search import patients_named

LIKE_AN_ADDRESS = re.compile(r"[0-9a-f]*[.:][0-9a-f.:]*", re.IGNORECASE)
# Of more patients than this, only the entries about them alone are found: each list is compared with each of them.
MOST_IN_LISTS = 20


def entries_found(entries, typed):
    """The entries about a patient, by a person or from a network address that the text names.

    Entries about many patients are found for each of them. All words of a person's name must match.
    """
    if LIKE_AN_ADDRESS.fullmatch(typed):
        return entries.filter(address__istartswith=typed)
    named = patients_named(typed)
    about = Q(patient__in=named)
    if 0 < len(named) <= MOST_IN_LISTS:
        records = Patient.objects.filter(Q(pk__in=named) | Q(merged_into__in=named)).values_list("pk", flat=True)
        about |= in_lists(records)
    words = (
        Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(username__icontains=word)
        for word in typed.split()
    )
    people = User.objects.filter(reduce(and_, words)).values_list("pk", flat=True)
    return entries.filter(about | Q(by__in=list(people)) | Q(by_name__iexact=typed))
