"""The filters for consents and screenings of patients under treatment that have to be renewed now or soon."""

from django.contrib import admin

from patients.renewals import SOON_DAYS, consents_to_renew, screenings_to_renew


class ToRenewFilter(admin.SimpleListFilter):
    title = "to renew"
    parameter_name = "to_renew"

    def lookups(self, request, model_admin):
        return [("yes", f"Within {SOON_DAYS} days, for patients with an open episode")]

    def queryset(self, request, queryset):
        return queryset.filter(pk__in=self.rows().values("pk")) if self.value() == "yes" else queryset


class ConsentsToRenewFilter(ToRenewFilter):
    rows = staticmethod(consents_to_renew)


class ScreeningsToRenewFilter(ToRenewFilter):
    rows = staticmethod(screenings_to_renew)
