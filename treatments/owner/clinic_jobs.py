"""Work on the clinic itself, for the owner's start page. The functions are like those of .record_jobs."""

from datetime import timedelta

from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from clinic.accounts.change_words import changes_in_words
from clinic.models import AccountChange, Appointment, OtherSiteAccess, Practitioner
from clinic.models.practitioner import EXPIRES_SOON_DAYS
from patients.renewals import consents_to_renew, screenings_to_renew
from patients.staff import printed_name
from treatments.models import Needle
from treatments.record.unusual_access import unusual_readers

from .job import day_words, job, named

# Our own choices, without a source.
BOOKED_DAYS = 7
OTHER_SITES_SHOWN_DAYS = 30


def certificates(now):
    """Practitioners whose certificate or insurance cover has expired or expires soon."""
    today = timezone.localdate(now)
    end = today + timedelta(days=EXPIRES_SOON_DAYS)
    people = list(Practitioner.objects.expiring(on=today).select_related("user"))
    dates = [
        (day, f"{person}, {what} {day_words(day)}")
        for person in people
        for what, day in [("certificate", person.certificate_expires_on), ("cover", person.cover_expires_on)]
        if day and day < end
    ]
    return job(
        "Certificates and insurance cover",
        "patch-check",
        len(people),
        named([text for _, text in sorted(dates)]) or f"none expires within {EXPIRES_SOON_DAYS} days",
        "clinic_practitioner",
        late=any(day < today for day, _ in dates),
        expires="soon",
    )


def consents(now):
    """Consents to renew, of patients with an open episode."""
    return _renewals("Consents to renew", "file-earmark-text", consents_to_renew(), "patients_consent", now)


def screenings(now):
    """Screenings to renew, of patients with an open episode."""
    return _renewals("Screenings to renew", "clipboard-check", screenings_to_renew(), "patients_screening", now)


def _renewals(title, icon, rows, address, now):
    soon = Appointment.objects.active().filter(
        patient=OuterRef("patient"), starts_at__gte=now, starts_at__lt=now + timedelta(days=BOOKED_DAYS)
    )
    found = rows.aggregate(all=Count("pk"), booked=Count("pk", filter=Exists(soon)))
    detail = "patients with an open episode"
    if found["booked"]:
        detail += f"; {found['booked']} booked in the next {BOOKED_DAYS} days"
    return job(title, icon, found["all"], detail, address, to_renew="yes")


def lots(now):
    """Needle lots in stock that were recalled, have expired or expire soon."""
    today = timezone.localdate(now)
    ending = list(
        Needle.objects.ending_before(today + timedelta(days=EXPIRES_SOON_DAYS), on=today).order_by("expires_on", "lot")
    )
    words = [
        f"{needle.lot} {'was recalled' if needle.is_recalled_on(today) else _expiry(needle.expires_on, today)}"
        for needle in ending
    ]
    return job(
        "Needle lots in stock",
        "box-seam",
        len(ending),
        named(words) or f"none expires within {EXPIRES_SOON_DAYS} days",
        "treatments_needle",
        late=any(not needle.is_usable_on(today) for needle in ending),
        date="ending",
    )


def _expiry(day, today):
    return f"{'expired' if day < today else 'expires'} {day_words(day)}"


def account_changes(now):
    """Changes of accounts that a second admin has to accept."""
    changes = list(AccountChange.objects.waiting(at=now).with_people())
    words = [f"{printed_name(change.user)}: {', '.join(changes_in_words(change.changes))}" for change in changes]
    return job(
        "Account changes to accept",
        "person-lock",
        len(changes),
        named(words) or "nobody asked for a role or another right",
        "clinic_accountchange",
        late=True,
        state="waiting",
    )


def unusual_access(now):
    """Users who read unusually many records of patients whom they do not treat."""
    count = unusual_readers().count()
    detail = "read records of patients whom they do not treat" if count else "nobody read unusually many records"
    return job("Unusual access", "eye", count, detail, "treatments_chartreader", late=True)


def other_sites(now):
    """Records of other sites that were opened with a reason in the last OTHER_SITES_SHOWN_DAYS."""
    since = now - timedelta(days=OTHER_SITES_SHOWN_DAYS)
    accesses = OtherSiteAccess.objects.filter(opened_at__gte=since)
    found = accesses.aggregate(all=Count("pk"), people=Count("opened_by", distinct=True))
    period = f"last {OTHER_SITES_SHOWN_DAYS} days"
    return job(
        "Records of other sites opened with a reason",
        "unlock",
        found["all"],
        f"{period}; by {found['people']} people" if found["all"] else f"none in the {period}",
        "clinic_othersiteaccess",
        opened_at__gte=since.isoformat(timespec="seconds"),
    )
