"""At which sites a person works, of which sites a patient is, and whose records a person may therefore open.

The rule, with its reasons in docs/decisions/027: a person opens the records of patients of their own sites. Somebody
of whom no site is recorded belongs to all sites, a person as well as a patient. In a clinic with one site the rule
limits nobody.
"""

from collections import defaultdict

from django.db.models import Exists, OuterRef

from clinic.models import OtherSiteAccess, PatientSite, Practitioner, Site
from patients.integrity.authorization import HasPermissions, require

works_everywhere = HasPermissions("clinic.everywhere_site")


def sites_of(user):
    """The ids of the sites where this user works, as a frozenset; None if nothing is limited to sites for them.

    `user` is None for the system. SingleQueryBackend has read the sites of the user of a request already.
    """
    if user is None or works_everywhere(user):
        return None
    has_second_site = user.has_second_site if hasattr(user, "has_second_site") else Site.objects.all()[1:].exists()
    return has_second_site and recorded_sites_of(user) or None


def recorded_sites_of(user):
    """The ids of the sites that are recorded for this user, as a frozenset, also in a clinic with one site."""
    if hasattr(user, "site_keys"):
        return frozenset(map(int, (user.site_keys or "").split())) | ({user.own_site} - {None})
    own = Practitioner.objects.filter(user=user).values_list("site_id", flat=True)
    return frozenset((*user.sites.values_list("pk", flat=True), *own))


def own_sites(user):
    """The sites where this user works, in the order of their names, as a list. One query."""
    keys = sites_of(user)
    return list(Site.objects.all() if keys is None else Site.objects.filter(pk__in=keys))


def works_at(user, site_id):
    """Whether the user works at this site."""
    keys = sites_of(user)
    return keys is None or site_id in keys


def require_site(by, *site_ids):
    """Raise PermissionDenied unless the user works at all of these sites."""
    require(all(works_at(by, site_id) for site_id in site_ids), f"User {by and by.pk} does not work at this site.")


def is_of_own_site(user, patient_id):
    """Whether the patient is of a site of the user. At most one query."""
    keys = sites_of(user)
    if keys is None:
        return True
    known = set(PatientSite.objects.filter(patient=patient_id).values_list("site_id", flat=True))
    return not known or bool(known & keys)


def access_with_reason(user, patient_id):
    """The OtherSiteAccess with which the user may open the record of a patient of other sites now, or None."""
    return OtherSiteAccess.objects.valid().filter(opened_by=user, patient=patient_id).first()


def may_open_record(user, patient_id):
    """Whether the user may open the record: of a patient of their own site, or with a reason. Two queries at most."""
    return is_of_own_site(user, patient_id) or access_with_reason(user, patient_id) is not None


def require_record(by, patient_id):
    """Raise PermissionDenied unless the user may open the record of this patient."""
    require(may_open_record(by, patient_id), f"User {by and by.pk} may not open this record without a reason.")


def of_own_sites(user, rows, patient="patient"):
    """The rows, a queryset, whose patient is of a site of the user. `patient` is the path from a row to its patient."""
    keys = sites_of(user)
    if keys is None:
        return rows
    known = PatientSite.objects.filter(patient=OuterRef(patient))
    return rows.filter(Exists(known.filter(site__in=keys)) | ~Exists(known))


def sites_of_others(user, patients):
    """{patient id: "Mill Road, Quayside"} of those of these patients who are of other sites only. At most one query."""
    keys = sites_of(user)
    if keys is None or not patients:
        return {}
    found = defaultdict(dict)
    rows = PatientSite.objects.filter(patient__in=patients).order_by("site__name")
    names = ("patient", "patient__merged_into", "site", "site__name")
    for patient_id, merged_into, site_id, name in rows.values_list(*names):
        found[merged_into or patient_id][site_id] = name
    by_patient = {patient.pk: found[patient.merged_into_id or patient.pk] for patient in patients}
    return {pk: ", ".join(sites.values()) for pk, sites in by_patient.items() if sites and not sites.keys() & keys}
