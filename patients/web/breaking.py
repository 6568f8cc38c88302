"""A change after which booked visits cannot take place is saved only once the user has seen which visits these are."""

from django.core.exceptions import ValidationError
from django.db import transaction

from patients.registry import registry

# The name of the form's hidden fields, one for each visit that the page showed.
SEEN = "seen_visit"


class BreaksVisits(ValidationError):
    """The change stops the `visits`, which the user has not seen yet. Nothing was saved."""

    def __init__(self, visits):
        which = "1 booked visit" if len(visits) == 1 else f"{len(visits)} booked visits"
        super().__init__(f"After this change {which} cannot take place. Read the list, then save again.", code="breaks")
        self.visits = visits


def save_if_seen(save, *, seen, **scope):
    """Call `save` in a transaction and return its result.

    `seen` is a set of the ids of visits as texts, from `seen_in`. Raises BreaksVisits, and saves nothing, if a visit
    that is not among them cannot take place any more. `scope` limits the visits that are looked at.
    """
    with transaction.atomic():
        before = {visit.pk for visit in registry.impossible_visits(**scope)}
        result = save()
        broken = [visit for visit in registry.impossible_visits(**scope) if visit.pk not in before]
        if {str(visit.pk) for visit in broken} - seen:
            raise BreaksVisits(broken)
    return result


def seen_in(posted):
    """The ids of the visits that the posted page showed."""
    return set(posted.getlist(SEEN))
