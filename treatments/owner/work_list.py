"""The work to do for a clinic's owner or a colleague, as the start page of the admin lists it."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Exists, Min, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode

from clinic.accounts.change_words import changes_in_words
from clinic.models import AccountChange, Appointment, OtherSiteAccess, Practitioner
from clinic.models.practitioner import EXPIRES_SOON_DAYS
from patients.models import ErrorMark
from patients.renewals import consents_to_renew, screenings_to_renew
from patients.staff import printed_name
from treatments.chart.event_history import open_event_counts
from treatments.models import Assessment, Letter, Needle, TreatmentSession
from treatments.record.unusual_access import unusual_readers

# In the order of the list: most urgent first.
LATE, SOON, NONE = "late", "soon", "none"
# Our own choices, without a source. A draft is expected to be signed on the day or the day after.
OLD_DRAFT_DAYS = 3
LATE_SIGNATURE_DAYS = 1
LATE_SIGNATURES_SHOWN_DAYS = 30
BOOKED_DAYS = 7
OTHER_SITES_SHOWN_DAYS = 30
NAMED = 3


@dataclass(frozen=True)
class Job:
    """A line of the list: how many records wait, which (in words), and the address of the list that has them."""

    title: str
    icon: str
    count: int
    detail: str
    url: str
    urgency: str


def work_list(user, *, now=None):
    """The Jobs that `user` may see, most urgent first. A fixed number of queries, however many records wait."""
    now = now or timezone.now()
    jobs = [find(now) for permission, find in FINDERS if user.has_perm(permission)]
    return sorted(jobs, key=lambda job: [LATE, SOON, NONE].index(job.urgency))


def _job(title, icon, count, detail, address, *, late=False, **query):
    url = reverse(f"admin:{address}_changelist") + (f"?{urlencode(query)}" if query else "")
    return Job(title, icon, count, detail, url, NONE if not count else LATE if late else SOON)


def _events(now):
    found = open_event_counts()
    parts = [
        (found["serious"], "serious"),
        (found["overdue"], "overdue"),
        (found["unreported"], "without a report"),
    ]
    is_late = any(count for count, _ in parts)
    return _job(
        "Events to review",
        "bandaid",
        found["open"],
        _counted(parts) or "no open adverse event",
        "treatments_adverseevent",
        late=is_late,
        state="open",
    )


def _error_marks(now):
    found = ErrorMark.objects.waiting().aggregate(count=Count("pk"), oldest=Min("marked_at"))
    detail = f"oldest marked {_ago(found['oldest'], now)}" if found["count"] else "nothing to confirm"
    return _job(
        "Entered in error, to confirm",
        "slash-circle",
        found["count"],
        detail,
        "patients_errormark",
        late=True,
        state="waiting",
    )


def _drafts(now):
    before = now - timedelta(days=OLD_DRAFT_DAYS)
    drafts = TreatmentSession.objects.counting().drafts()
    found = drafts.aggregate(all=Count("pk"), old=Count("pk", filter=Q(started_at__lt=before)))
    oldest = drafts.select_related("practitioner__user").order_by("started_at").first()
    parts = [f"oldest from {_ago(oldest.started_at, now)}, {oldest.practitioner}"] if found["old"] else []
    if younger := found["all"] - found["old"]:
        parts.append(f"{younger} newer")
    return _job(
        f"Drafts of sessions older than {OLD_DRAFT_DAYS} days",
        "pencil-square",
        found["old"],
        "; ".join(parts) or "no drafts",
        "treatments_treatmentsession",
        late=True,
        draft_age=OLD_DRAFT_DAYS,
    )


def _assessment_drafts(now):
    return _old_drafts(Assessment, "started_at", "clipboard-pulse", now)


def _letter_drafts(now):
    return _old_drafts(Letter, "opened_at", "envelope", now)


def _old_drafts(model, dated_by, icon, now):
    is_old = Q(**{f"{dated_by}__lt": now - timedelta(days=OLD_DRAFT_DAYS)})
    drafts = model.objects.counting().drafts()
    found = drafts.aggregate(all=Count("pk"), old=Count("pk", filter=is_old), oldest=Min(dated_by))
    parts = [f"oldest from {_ago(found['oldest'], now)}"] if found["old"] else []
    if younger := found["all"] - found["old"]:
        parts.append(f"{younger} newer")
    return _job(
        f"Drafts of {model._meta.verbose_name_plural} older than {OLD_DRAFT_DAYS} days",
        icon,
        found["old"],
        "; ".join(parts) or "no drafts",
        f"treatments_{model._meta.model_name}",
        late=True,
        draft_age=OLD_DRAFT_DAYS,
    )


def _late_signatures(now):
    since = now - timedelta(days=LATE_SIGNATURES_SHOWN_DAYS)
    late = TreatmentSession.objects.counting().signed_later_than(LATE_SIGNATURE_DAYS).filter(started_at__gte=since)
    week_later = TreatmentSession.objects.signed_later_than(7).filter(pk=OuterRef("pk"))
    found = late.aggregate(
        all=Count("pk"),
        week=Count("pk", filter=Exists(week_later)),
        entries=Count("pk", filter=~Q(late_entry_reason="")),
    )
    parts = [(found["week"], "after more than a week"), (found["entries"], "entered late, with a reason")]
    period = f"sessions of the last {LATE_SIGNATURES_SHOWN_DAYS} days"
    return _job(
        "Signed more than a day later",
        "clock-history",
        found["all"],
        "; ".join(filter(None, [period, _counted(parts)])),
        "treatments_treatmentsession",
        signed_late=LATE_SIGNATURE_DAYS,
        started_at__gte=since.isoformat(timespec="seconds"),
    )


def _certificates(now):
    today = timezone.localdate(now)
    end = today + timedelta(days=EXPIRES_SOON_DAYS)
    people = list(Practitioner.objects.expiring(on=today).select_related("user"))
    dates = [
        (day, f"{person}, {what} {_day(day)}")
        for person in people
        for what, day in [("certificate", person.certificate_expires_on), ("cover", person.cover_expires_on)]
        if day and day < end
    ]
    return _job(
        "Certificates and insurance cover",
        "patch-check",
        len(people),
        _named([text for _, text in sorted(dates)]) or f"none expires within {EXPIRES_SOON_DAYS} days",
        "clinic_practitioner",
        late=any(day < today for day, _ in dates),
        expires="soon",
    )


def _consents(now):
    return _renewals("Consents to renew", "file-earmark-text", consents_to_renew(), "patients_consent", now)


def _screenings(now):
    return _renewals("Screenings to renew", "clipboard-check", screenings_to_renew(), "patients_screening", now)


def _renewals(title, icon, rows, address, now):
    soon = Appointment.objects.active().filter(
        patient=OuterRef("patient"), starts_at__gte=now, starts_at__lt=now + timedelta(days=BOOKED_DAYS)
    )
    found = rows.aggregate(all=Count("pk"), booked=Count("pk", filter=Exists(soon)))
    detail = "patients with an open episode"
    if found["booked"]:
        detail += f"; {found['booked']} booked in the next {BOOKED_DAYS} days"
    return _job(title, icon, found["all"], detail, address, to_renew="yes")


def _lots(now):
    today = timezone.localdate(now)
    ending = list(
        Needle.objects.ending_before(today + timedelta(days=EXPIRES_SOON_DAYS), on=today).order_by("expires_on", "lot")
    )
    words = [
        f"{needle.lot} {'was recalled' if needle.is_recalled_on(today) else _expiry(needle.expires_on, today)}"
        for needle in ending
    ]
    return _job(
        "Needle lots in stock",
        "box-seam",
        len(ending),
        _named(words) or f"none expires within {EXPIRES_SOON_DAYS} days",
        "treatments_needle",
        late=any(not needle.is_usable_on(today) for needle in ending),
        date="ending",
    )


def _account_changes(now):
    changes = list(AccountChange.objects.waiting(at=now).with_people())
    words = [f"{printed_name(change.user)}: {', '.join(changes_in_words(change.changes))}" for change in changes]
    return _job(
        "Account changes to accept",
        "person-lock",
        len(changes),
        _named(words) or "nobody asked for a role or another right",
        "clinic_accountchange",
        late=True,
        state="waiting",
    )


def _unusual_access(now):
    count = unusual_readers().count()
    detail = "read records of patients whom they do not treat" if count else "nobody read unusually many records"
    return _job("Unusual access", "eye", count, detail, "treatments_chartreader", late=True)


def _other_sites(now):
    since = now - timedelta(days=OTHER_SITES_SHOWN_DAYS)
    accesses = OtherSiteAccess.objects.filter(opened_at__gte=since)
    found = accesses.aggregate(all=Count("pk"), people=Count("opened_by", distinct=True))
    period = f"last {OTHER_SITES_SHOWN_DAYS} days"
    return _job(
        "Records of other sites opened with a reason",
        "unlock",
        found["all"],
        f"{period}; by {found['people']} people" if found["all"] else f"none in the {period}",
        "clinic_othersiteaccess",
        opened_at__gte=since.isoformat(timespec="seconds"),
    )


# What finds each Job, and the permission that it needs.
FINDERS = [
    ("auth.change_user", _account_changes),
    ("treatments.view_adverseevent", _events),
    ("patients.mark_any_errormark", _error_marks),
    ("treatments.view_treatmentsession", _drafts),
    ("treatments.view_assessment", _assessment_drafts),
    ("treatments.view_letter", _letter_drafts),
    ("treatments.view_treatmentsession", _late_signatures),
    ("clinic.view_practitioner", _certificates),
    ("patients.view_consent", _consents),
    ("patients.view_screening", _screenings),
    ("treatments.view_needle", _lots),
    ("treatments.view_chartreader", _unusual_access),
    ("clinic.view_othersiteaccess", _other_sites),
]


def _counted(parts):
    """ "1 serious; 2 overdue" from (count, words); zeros are left out."""
    return "; ".join(f"{count} {words}" for count, words in parts if count)


def _named(texts):
    """The first texts, and how many more there are."""
    more = [f"{len(texts) - NAMED} more"] if len(texts) > NAMED else []
    return "; ".join([*texts[:NAMED], *more])


def _expiry(day, today):
    return f"{'expired' if day < today else 'expires'} {_day(day)}"


def _day(day):
    return date_format(day, "j M Y")


def _ago(moment, now):
    """How many local days ago a moment was, in words."""
    days = (timezone.localdate(now) - timezone.localdate(moment)).days
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")
