"""The work to do for a clinic's owner or a colleague, as the start page of the admin lists it."""

from django.utils import timezone

from . import clinic_jobs, record_jobs
from .job import LATE, NONE, SOON

# What finds each Job, and the permission that it needs.
FINDERS = [
    ("auth.change_user", clinic_jobs.account_changes),
    ("treatments.view_adverseevent", record_jobs.events),
    ("patients.mark_any_errormark", record_jobs.error_marks),
    ("patients.change_destruction", record_jobs.destructions),
    ("treatments.view_treatmentsession", record_jobs.drafts),
    ("treatments.view_assessment", record_jobs.assessment_drafts),
    ("treatments.view_letter", record_jobs.letter_drafts),
    ("treatments.view_treatmentsession", record_jobs.late_signatures),
    ("clinic.view_practitioner", clinic_jobs.certificates),
    ("patients.view_consent", clinic_jobs.consents),
    ("patients.view_screening", clinic_jobs.screenings),
    ("treatments.view_needle", clinic_jobs.lots),
    ("treatments.view_chartreader", clinic_jobs.unusual_access),
    ("clinic.view_othersiteaccess", clinic_jobs.other_sites),
]


def work_list(user, *, now=None):
    """The Jobs that `user` may see, most urgent first. A fixed number of queries, however many records wait."""
    now = now or timezone.now()
    jobs = [find(now) for permission, find in FINDERS if user.has_perm(permission)]
    return sorted(jobs, key=lambda job: [LATE, SOON, NONE].index(job.urgency))
