"""Until when the record of each patient is kept, by which rule, and why it may not be destroyed yet."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Max, Q
from django.utils import timezone
from django.utils.formats import date_format

from clinic.models import Appointment, OtherSiteAccess, PatientSite, Site, WaitingListEntry
from clinic.retention import rules_of_clinic
from patients.models import Episode, LegalHold, Patient, PatientMerge
from patients.models.patient_key import person
from patients.retention import RetentionRule, latest_keep_until, years_later
from treatments.models import AdverseEvent, Assessment, Letter, RetentionCase, TreatmentSession
from treatments.record.trail_checks import KEPT, Kept

# Not about care: the registration itself counts only where a record has nothing else.
NO_ENTRIES = {Patient, PatientMerge, OtherSiteAccess, LegalHold}
# A booked visit that was cancelled is not an entry. A visit in the future is a reason of its own to keep the record.
ENTRIES = [
    Kept(Appointment, "starts_at"),
    Kept(TreatmentSession, "started_at"),
    Kept(Episode, "opened_on"),
    Kept(Episode, "closed_on"),
    *(kept for kept in KEPT.values() if kept.at and kept.model not in NO_ENTRIES),
]
# The candidates are narrowed in the database by these two only. Each of them is then judged by all entries.
NARROWED_BY = ENTRIES[:2]
SHORTEST_YEARS = 5
DRAFTS = {
    TreatmentSession: "A session is still a draft.",
    Assessment: "An assessment is still a draft.",
    Letter: "A letter is still a draft.",
}


@dataclass(frozen=True)
class Retention:
    """What the rules say of one patient's record on a day.

    `keep_until` and `rule` are None where no day is known. `obstacles` are sentences, one for each reason why the
    record may not be destroyed; there is none if it may.
    """

    last_entry_on: date
    rule: RetentionRule | None
    keep_until: date | None
    obstacles: list[str]

    @property
    def may_be_destroyed(self):
        return not self.obstacles


def records_past(day):
    """The RetentionCases whose last visit and last session lie before a day, or that have neither and are older.

    Records that were merged into others are part of these, and are not listed themselves.
    """
    rows = RetentionCase.objects.registered().filter(merged_into=None)
    for kept in NARROWED_BY:
        newer = _rows(kept).filter(**{f"{kept.at}__date__gte": day}).order_by()
        rows = rows.exclude(pk__in=newer.values(who=person(kept.patient)))
    has_entries = Q()
    for kept in NARROWED_BY:
        has_entries |= Q(pk__in=_rows(kept).order_by().values(who=person(kept.patient)))
    return rows.filter(has_entries | Q(created_at__date__lt=day))


def shortest_period_began_on(today):
    """The day before which the last entry of a record must lie so that any rule of the clinic can let it go."""
    rules = filter(None, rules_of_clinic(countries_of_clinic()).values())
    return years_later(today, -min((rule.years for rule in rules), default=SHORTEST_YEARS))


def countries_of_clinic():
    """The countries of all sites, each as two letters, or "" for a site whose time zone has no country."""
    return {site.country for site in Site.objects.only("timezone")}


def retention_of(patients, *, today):
    """{patient id: Retention} of these patients. Always the same number of queries.

    Where the sites of a patient are in several countries, the rule that keeps the record longest holds.
    """
    pks = [patient.pk for patient in patients]
    entries, obstacles = last_entries(pks), _obstacles(pks, today)
    countries, everywhere = _countries_of(pks), countries_of_clinic()
    rules = rules_of_clinic(everywhere)
    found = {}
    for patient in patients:
        last = max(filter(None, (entries.get(patient.pk), patient.died_on)), default=None)
        last = last or timezone.localdate(patient.created_at)
        here = countries.get(patient.pk) or everywhere
        rule, until, against = _judged(patient, last, {country: rules.get(country) for country in here}, today)
        found[patient.pk] = Retention(last, rule, until, [*against, *obstacles[patient.pk]])
    return found


def _judged(patient, last_entry_on, rules, today):
    """(RetentionRule, last day, obstacles) of a patient by the rules of their countries."""
    if missing := sorted(country or "an unknown country" for country, rule in rules.items() if rule is None):
        return None, None, [f"No rule is set for sites in {', '.join(missing)}."]
    if not rules:
        return None, None, ["The clinic has no site, so no rule is known."]
    if patient.born_on is None:
        return None, None, ["The birth date is missing, so it is not known whether the patient was a child."]
    days = [(latest_keep_until(rule, last_entry_on, patient.birth), rule) for rule in rules.values()]
    until, rule = max(days, key=lambda pair: pair[0])
    return rule, until, [] if until < today else [f"It must be kept until {in_words(until)}."]


def last_entries(pks):
    """{patient id: day of the last entry} of those of these patients who have any, in all records that were merged."""
    found = {}
    for kept in ENTRIES:
        for path in filter(None, (kept.patient, kept.or_patient)):
            rows = _rows(kept).filter(**{f"{path}__in": pks}).order_by()
            latest = rows.values(who=person(path)).annotate(last=Max(kept.at)).values_list("who", "last")
            for who, at in latest:
                if at is not None:
                    day = _local_day(at)
                    found[who] = max(day, found.get(who, day))
    return found


def in_words(day):
    """A date or the local date of a time, such as "3 Mar 2031"."""
    return date_format(_local_day(day), "j M Y")


def _local_day(at):
    """The local date of a time; a date stays as it is."""
    return timezone.localdate(at) if hasattr(at, "utcoffset") else at


def _rows(kept):
    rows = kept.model._base_manager.all()
    return rows.exclude(status=Appointment.Status.CANCELLED) if kept.model is Appointment else rows


def _countries_of(pks):
    """{patient id: countries of their sites}."""
    found = defaultdict(set)
    sites = PatientSite.objects.filter(patient__in=pks).select_related("site").annotate(who=person())
    for row in sites:
        found[row.who].add(row.site.country)
    return found


def _obstacles(pks, today):
    """{patient id: sentences} with the reasons to keep a record besides the rules."""
    found = defaultdict(list)
    now = timezone.now()
    holds = LegalHold.objects.in_force().filter(patient__in=pks).annotate(who=person()).order_by("placed_at")
    for hold in holds:
        found[hold.who].append(f"Legal hold since {in_words(hold.placed_at)}: {hold.reason}")
    events = AdverseEvent.objects.open().filter(session__patient__in=pks)
    visits = Appointment.objects.active().filter(patient__in=pks, starts_at__gte=now)
    for rows, path, sentence in (
        (events, "session__patient", "An adverse event is still open."),
        (visits, "patient", "There is a visit in the future."),
        (WaitingListEntry.objects.open().filter(patient__in=pks), "patient", "The patient is on the waiting list."),
        *((model.objects.drafts().filter(patient__in=pks), "patient", sentence) for model, sentence in DRAFTS.items()),
        (PatientMerge.objects.waiting().filter(survivor__in=pks), "survivor", "A merge is waiting."),
        (PatientMerge.objects.waiting().filter(duplicate__in=pks), "duplicate", "A merge is waiting."),
    ):
        key = F(path) if path in ("survivor", "duplicate") else person(path)
        for who in set(rows.order_by().annotate(who=key).values_list("who", flat=True)):
            found[who].append(sentence)
    return found
