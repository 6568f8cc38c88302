"""The permissions of each role, in one table. After every migration they are written to Django's groups.

Like settings.py and urls.py, this module refers to all apps, so that the permissions of a role can be read in one
place. Other modules import only the names of the roles.
"""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

FRONT_DESK, PHYSIOTHERAPIST, ADMIN = "Front desk", "Physiotherapist", "Admin"
# Given to a clinician besides their own role: they review the published facts, and their name is shown with each.
REVIEWER = "Reviewer of published facts"

# Each line is "app: verbs: models"; a star means every model of the app.
# Nobody may delete clinical records. They are cancelled, closed or retired, which keeps the row.
TABLE = {
    FRONT_DESK: [
        "patients: view add change: patient patientcontact patientidentifier",
        "patients: view add: patientmerge",
        "clinic: view: site room practitioner appointmenttype workinghours timeoff appointmentchange",
        "clinic: view add change: appointment waitinglistentry",
        "clinic: book_others: appointment",
        "clinic: add change: timeoff",
    ],
    PHYSIOTHERAPIST: [
        "patients: view add change: patient patientcontact patientidentifier episode patientmerge",
        "patients: view change: importedalert",  # to confirm or end what was imported
        "patients: view add: screening screeninganswer patientanswers bodymeasure",
        "patients: view add change: consent",  # to withdraw; the database refuses any other change
        "patients: view: screeningquestion consentform",
        "patients: view add change: errormark",  # to mark one's own records and to confirm marks of others
        "clinic: view: site room practitioner appointmenttype workinghours timeoff appointmentchange",
        "clinic: view add change: appointment",  # only in their own diary: may_keep_diary_of
        "treatments: view add change: assessment letter treatmentsession needling measurement warninganswer",
        "treatments: view add: adverseevent disclosure eventreport followup amendment outcomescore",
        "treatments: view add: exercise exerciseprescription exercisereport patientdrawing",
        "treatments: view: muscle triggerpoint needle threshold factreview",
        "treatments: view add change: needlingdefaults protocol snippet",  # their own: services ask whose it is
        "treatments: view add open: attachment",
    ],
    REVIEWER: [
        "treatments: view add: factreview",
    ],
    ADMIN: [
        "patients: view: *",
        "patients: add change: patient patientcontact patientidentifier patientmerge screeningquestion consentform",
        "patients: add change: fileimport legalhold destruction",
        "patients: add change mark: errormark",
        "patients: export: patient",
        "clinic: view add change: *",
        "clinic: book_others: appointment",
        "clinic: everywhere: site",
        "treatments: view: *",
        "treatments: hand_over: treatmentsession",
        "treatments: add change: muscle triggerpoint needle threshold exercise",
        "treatments: export: needle outcome",
        "treatments: retire: protocol snippet",
        "auth: view add change: user",
        "auth: view: group",
        "axes: view: accessattempt",
    ],
}


def sync_roles(**kwargs):
    """Give each group exactly the permissions in the table. Called after migrations; safe to repeat."""
    for role, lines in TABLE.items():
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set(Permission.objects.filter(_wanted(lines)))


def _wanted(lines):
    wanted = Q(pk=None)
    for line in lines:
        app, verbs, models = (part.split() for part in line.split(":"))
        of_models = Q() if models == ["*"] else Q(content_type__model__in=models)
        of_verbs = Q()
        for verb in verbs:
            of_verbs |= Q(codename__startswith=f"{verb}_")
        wanted |= Q(content_type__app_label=app[0]) & of_models & of_verbs
    return wanted
