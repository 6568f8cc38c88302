"""Which rows are the record of a patient: found from the foreign keys, so that a new model is never forgotten."""

from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.db.models import Model, Q

from clinic.models import Practitioner
from patients.audit.chain import paths_to_patient
from patients.models import NameGram, Patient, TrailEntry
from treatments.models import Course, CourseKey, FollowUpFact, SessionFact

# Computed from other rows of the record, and computed again from them.
COMPUTED = {NameGram, Course, CourseKey, SessionFact, FollowUpFact}
# Search keys, tokens of pages and links, and what a merge kept for its undo: after an undo that is about somebody else.
NOT_EXPORTED = frozenset(
    "kept phone_key phone_start registration_token request_token token_hash recent_saves counted_rows".split()
)


@dataclass(frozen=True)
class Kind:
    """A model whose rows belong to patients.

    `links` are the lookups that lead to the patient, such as "session__patient". `owners` name the links to the record
    that these rows are parts of, of which the first that is not empty counts. A record of its own has none.
    """

    model: type[Model]
    links: tuple[str, ...]
    owners: tuple[str, ...]

    @property
    def label(self):
        return self.model._meta.label_lower

    def rows_with_links(self, patient):
        """The same rows, with what they refer to in the same query: foreign keys, and what refers to each row alone."""
        return self.rows(patient).select_related(*self._links())

    def _links(self):
        links = [link for link in self.model._meta.concrete_fields if link.is_relation]
        names = [f"{link.name}__user" if link.related_model is Practitioner else link.name for link in links]
        if "session" in names:
            names += ["session__practitioner__user", "session__episode"]
        back = [link for link in self.model._meta.related_objects if link.one_to_one and not link.hidden]
        back = [link.get_accessor_name() for link in back if link.related_model not in COMPUTED]
        return [*names, *back, *(["context__site"] if "context" in back else [])]

    def rows(self, patient):
        """Every row of this person, from all their records that were merged, in the order of their keys."""
        if self.model is Patient:
            return Patient.objects.filter(Q(pk=patient.person_id) | Q(merged_into=patient.person_id)).order_by("pk")
        found = Q()
        for link in self.links:
            found |= Q(**{link: patient.person_id})
        return self.model._base_manager.filter(found).order_by("pk")


@cache
def kinds():
    """Every Kind, patients first, then their records, then the parts of these."""
    models = [model for model in apps.get_models() if not model._meta.proxy and model not in COMPUTED]
    found = [_kind(model) for model in models if model is Patient or paths_to_patient(model)]
    return sorted(found, key=lambda kind: (kind.model is not Patient, bool(kind.owners), kind.model is TrailEntry))


def kind_of(model):
    """The Kind of a model, or None if its rows do not belong to patients."""
    return next((kind for kind in kinds() if kind.model is model), None)


def _kind(model):
    paths = [] if model is Patient else paths_to_patient(model)
    links = tuple("__".join((*path[:-1], path[-1].removesuffix("_id"))) for path in paths)
    return Kind(model, links, tuple(dict.fromkeys(path[0] for path in paths if len(path) > 1)))
