"""Filters of the admin's lists for what an owner asks: drafts by age, late signatures, muscles near the lung."""

from datetime import timedelta

from django.contrib import admin
from django.db.models import Exists, OuterRef
from django.utils import timezone

from patients.web.posted import key_in_address
from treatments.models import Needling


class DaysFilter(admin.SimpleListFilter):
    """A filter by a number of days; any other value in the address selects everything."""

    choices_of_days = {}

    def lookups(self, request, model_admin):
        return self.choices_of_days.items()

    def queryset(self, request, queryset):
        days = key_in_address(self.value())
        return self.of_days(queryset, days) if days in self.choices_of_days else queryset


class DraftAgeFilter(DaysFilter):
    """For sessions and assessments; for letters, which have no other time than that of their opening, see below."""

    dated_by = "started_at"
    title = "drafts by age"
    parameter_name = "draft_age"
    choices_of_days = {1: "Older than a day", 3: "Older than 3 days", 7: "Older than 7 days", 30: "Older than 30 days"}

    def of_days(self, queryset, days):
        return queryset.drafts().filter(**{f"{self.dated_by}__lt": timezone.now() - timedelta(days=days)})


class LetterDraftAgeFilter(DraftAgeFilter):
    dated_by = "opened_at"


class SignedLateFilter(DaysFilter):
    title = "signed late"
    parameter_name = "signed_late"
    choices_of_days = {1: "More than a day later", 3: "More than 3 days later", 7: "More than 7 days later"}

    def of_days(self, queryset, days):
        return queryset.signed_later_than(days)


class NearLungFilter(admin.SimpleListFilter):
    """Sessions with a muscle near the lung, or needlings of one."""

    title = "muscle near the lung"
    parameter_name = "near_lung"

    def lookups(self, request, model_admin):
        return [("yes", "Near the lung")]

    def queryset(self, request, queryset):
        if self.value() != "yes":
            return queryset
        if queryset.model is Needling:
            return queryset.filter(muscle__pneumothorax_risk=True)
        near = Needling.objects.needled().filter(session=OuterRef("pk"), muscle__pneumothorax_risk=True)
        return queryset.filter(Exists(near))
