"""Lists of the admin that grow for ever: they count only so far, and are narrowed by year and month."""

import re
from datetime import timedelta

from django.contrib import admin
from django.core.paginator import Paginator
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.functional import cached_property

PERIOD = re.compile(r"(\d{4})(?:-(\d{2}))?")


class ShortCount(Paginator):
    """Counts the first rows only: to count all of them takes longer the more there are, whatever page is shown."""

    MOST = 10_000

    @cached_property
    def count(self):
        return self.object_list.order_by().values("pk")[: self.MOST].count()

    @property
    def is_cut(self):
        """Whether there are rows that no page of the list shows. Filters and the search find them."""
        return self.count == self.MOST


class PeriodFilter(admin.SimpleListFilter):
    """The last days, every year since the first row, and the months of the chosen year.

    Django's date hierarchy would read all rows to find the years that have any.
    """

    title = "date"
    parameter_name = "period"
    field = ""  # the date or time, as a lookup from the listed row
    days = {"7": "Last 7 days", "30": "Last 30 days"}

    def first_date(self, model_admin):
        rows = model_admin.model._base_manager.exclude(**{self.field: None}).order_by(self.field)
        return rows.values_list(self.field, flat=True).first()

    def lookups(self, request, model_admin):
        if (first := self.first_date(model_admin)) is None:
            return []
        found, this_year = list(self.days.items()), timezone.localdate().year
        for year in range(this_year, first.year - 1, -1):
            found.append((str(year), str(year)))
            if (self.value() or "").startswith(str(year)):
                found += [(f"{year}-{month:02}", f"{name} {year}") for month, name in MONTHS.items()]
        return found

    def queryset(self, request, queryset):
        if self.value() in self.days:
            since = timezone.now() - timedelta(days=int(self.value()))
            return queryset.filter(**{f"{self.field}__gte": since})
        if not (period := PERIOD.fullmatch(self.value() or "")):
            return queryset
        of_year = queryset.filter(**{f"{self.field}__year": int(period[1])})
        return of_year.filter(**{f"{self.field}__month": int(period[2])}) if period[2] else of_year


class LatestFirst(PeriodFilter):
    """Shows the last 7 days by default, for a list that opens quickly only so. A search covers all of it."""

    days = {"1": "Last 24 hours", "30": "Last 30 days"}
    DEFAULT = 7

    def lookups(self, request, model_admin):
        return [*super().lookups(request, model_admin), ("all", "Everything")]

    def choices(self, changelist):
        default, *others = super().choices(changelist)
        return [default | {"display": f"Last {self.DEFAULT} days"}, *others]

    def queryset(self, request, queryset):
        is_narrow = request.GET.get("q") or any(name.startswith(f"{self.field}__") for name in request.GET)
        if self.value() == "all" or (self.value() is None and is_narrow):
            return queryset
        found = super().queryset(request, queryset)
        since = timezone.now() - timedelta(days=self.DEFAULT)
        return queryset.filter(**{f"{self.field}__gte": since}) if found is queryset else found


class LongList:
    """Mixed into the admin of a list that grows for ever. `dated_by` is the date or time to narrow it by."""

    paginator = ShortCount
    show_full_result_count = False
    dated_by = None

    def get_list_filter(self, request):
        filters = super().get_list_filter(request)
        if self.dated_by is None:
            return filters
        return [*filters, type("PeriodFilter", (PeriodFilter,), {"field": self.dated_by})]
