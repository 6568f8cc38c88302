"""Lists that show patients of other sites only by who they are."""

from patients.registry import registry


def with_other_sites(user, patients):
    """The patients as a list, each with `other_sites`: the names of their sites, or "" if the user opens their record.

    At most one query. Where it is not empty, a list shows the name, the birth date and the record number alone.
    """
    patients = list(patients)
    others = registry.sites_of_others(user, patients)
    for patient in patients:
        patient.other_sites = others.get(patient.pk, "")
    return patients
