"""How the rows of a model lead to the patient whose record they are part of, as paths of foreign keys."""

from functools import cache

PATIENT = "patients.Patient"


@cache
def paths_to_patient(model):
    """The shortest paths of attributes from a model to a patient's key, such as ("session", "patient_id").

    There are several where a row belongs to one of two records.
    """
    if model._meta.concrete_model._meta.label == PATIENT:
        return [("pk",)]
    ways, found = [((), model)], []
    for names, at in ways:
        links = [f for f in at._meta.concrete_fields if f.many_to_one or f.one_to_one]
        links.sort(key=lambda f: f.null)  # a link that every row has before one that is mostly empty
        if found and len(names) >= len(found[0]):
            return found
        found += [(*names, link.attname) for link in links if link.related_model._meta.label == PATIENT]
        ways += [((*names, f.name), f.related_model) for f in links if f.related_model is not at and len(names) < 3]
    return found


@cache
def paths_of_record(model):
    """The same, and for a model without such a path the one of the only row that refers to each of its rows.

    The content of an attachment, for example, leads to its patient by ("attachment", "patient_id").
    """
    if paths := paths_to_patient(model):
        return paths
    owners = [relation for relation in model._meta.related_objects if relation.one_to_one and not relation.field.null]
    return [(owner.get_accessor_name(), *path) for owner in owners for path in paths_to_patient(owner.related_model)]
