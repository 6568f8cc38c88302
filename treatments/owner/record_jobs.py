"""Work on the records of patients, for the owner's start page. Each function takes the time and returns a Job."""

from datetime import timedelta

from django.db.models import Count, Exists, Min, OuterRef, Q

from patients.models import Destruction, ErrorMark
from treatments.chart.event_history import open_event_counts
from treatments.models import Assessment, Letter, TreatmentSession

from .job import counted, days_ago, job

# Our own choices, without a source. A draft is expected to be signed on the day or the day after.
OLD_DRAFT_DAYS = 3
LATE_SIGNATURE_DAYS = 1
LATE_SIGNATURES_SHOWN_DAYS = 30


def events(now):
    """Open adverse events."""
    found = open_event_counts()
    parts = [
        (found["serious"], "serious"),
        (found["overdue"], "overdue"),
        (found["unreported"], "without a report"),
    ]
    is_late = any(count for count, _ in parts)
    return job(
        "Events to review",
        "bandaid",
        found["open"],
        counted(parts) or "no open adverse event",
        "treatments_adverseevent",
        late=is_late,
        state="open",
    )


def error_marks(now):
    """Records that somebody marked as entered in error, and that a second person has to confirm."""
    found = ErrorMark.objects.waiting().aggregate(count=Count("pk"), oldest=Min("marked_at"))
    detail = f"oldest marked {days_ago(found['oldest'], now)}" if found["count"] else "nothing to confirm"
    return job(
        "Entered in error, to confirm",
        "slash-circle",
        found["count"],
        detail,
        "patients_errormark",
        late=True,
        state="waiting",
    )


def destructions(now):
    """Those that wait for a second admin, and how many an operator has not carried out yet."""
    found = Destruction.objects.waiting().aggregate(count=Count("pk"), oldest=Min("asked_at"))
    accepted = Destruction.objects.accepted().count()
    parts = [f"oldest asked for {days_ago(found['oldest'], now)}"] if found["count"] else []
    parts += [f"{accepted} accepted, not yet carried out"] if accepted else []
    return job(
        "Destructions of records to decide",
        "trash3",
        found["count"],
        "; ".join(parts) or "nobody asked for one",
        "patients_destruction",
        state="waiting",
    )


def drafts(now):
    """Drafts of sessions that are older than OLD_DRAFT_DAYS."""
    before = now - timedelta(days=OLD_DRAFT_DAYS)
    drafts = TreatmentSession.objects.counting().drafts()
    found = drafts.aggregate(all=Count("pk"), old=Count("pk", filter=Q(started_at__lt=before)))
    oldest = drafts.select_related("practitioner__user").order_by("started_at").first()
    parts = [f"oldest from {days_ago(oldest.started_at, now)}, {oldest.practitioner}"] if found["old"] else []
    if younger := found["all"] - found["old"]:
        parts.append(f"{younger} newer")
    return job(
        f"Drafts of sessions older than {OLD_DRAFT_DAYS} days",
        "pencil-square",
        found["old"],
        "; ".join(parts) or "no drafts",
        "treatments_treatmentsession",
        late=True,
        draft_age=OLD_DRAFT_DAYS,
    )


def assessment_drafts(now):
    """Drafts of assessments that are older than OLD_DRAFT_DAYS."""
    return _old_drafts(Assessment, "started_at", "clipboard-pulse", now)


def letter_drafts(now):
    """Drafts of letters that are older than OLD_DRAFT_DAYS."""
    return _old_drafts(Letter, "opened_at", "envelope", now)


def _old_drafts(model, dated_by, icon, now):
    is_old = Q(**{f"{dated_by}__lt": now - timedelta(days=OLD_DRAFT_DAYS)})
    drafts = model.objects.counting().drafts()
    found = drafts.aggregate(all=Count("pk"), old=Count("pk", filter=is_old), oldest=Min(dated_by))
    parts = [f"oldest from {days_ago(found['oldest'], now)}"] if found["old"] else []
    if younger := found["all"] - found["old"]:
        parts.append(f"{younger} newer")
    return job(
        f"Drafts of {model._meta.verbose_name_plural} older than {OLD_DRAFT_DAYS} days",
        icon,
        found["old"],
        "; ".join(parts) or "no drafts",
        f"treatments_{model._meta.model_name}",
        late=True,
        draft_age=OLD_DRAFT_DAYS,
    )


def late_signatures(now):
    """Sessions of the last LATE_SIGNATURES_SHOWN_DAYS that were signed more than LATE_SIGNATURE_DAYS later."""
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
    return job(
        "Signed more than a day later",
        "clock-history",
        found["all"],
        "; ".join(filter(None, [period, counted(parts)])),
        "treatments_treatmentsession",
        signed_late=LATE_SIGNATURE_DAYS,
        started_at__gte=since.isoformat(timespec="seconds"),
    )
