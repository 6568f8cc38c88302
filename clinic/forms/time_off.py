"""The form for time off, in the clock of the site."""

from datetime import date, time

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic.diary import local_time
from clinic.models import Practitioner, Site

from .diary import ClockField, DayField


class TimeOffForm(forms.Form):
    """Who is away, on which days, and from and until when. Empty times mean whole days."""

    who = forms.ModelChoiceField(
        Practitioner.objects.none(),
        label="Who",
        required=False,
        empty_label="Choose…",
        error_messages={"invalid_choice": "Choose a practitioner from the list."},
    )
    is_site_closed = forms.BooleanField(label="The whole site is closed", required=False)
    first_day = DayField(label="First day", error_messages={"required": "Choose the first day."})
    last_day = DayField(label="Last day", required=False)
    from_time = ClockField(label="From", required=False)
    until_time = ClockField(label="Until", required=False)
    reason = forms.CharField(label="Why", max_length=100, required=False)

    def __init__(self, *args, site, **kwargs):
        super().__init__(*args, **kwargs)
        self.site = site
        self.fields["who"].queryset = site.practitioners.active().select_related("user")

    def clean(self):
        typed = super().clean()
        if "who" not in self.errors and bool(typed.get("who")) == typed.get("is_site_closed"):
            self.add_error("who", "Choose who is away, or that the whole site is closed, but not both.")
        first = typed.get("first_day")
        if first is None or self.errors:
            return typed
        last = typed.get("last_day") or first
        if last < first:
            raise ValidationError({"last_day": "The last day is before the first day."})
        start, end = typed.get("from_time"), typed.get("until_time")
        zone = self.site.zone
        # If the clocks change, the absence covers the whole hour that occurs twice.
        self.starts_at = local_time.first_instant(first, start or time.min, zone)
        self.ends_at = local_time.last_instant(last, end, zone) if end else local_time.day_bounds(last, zone)[1]
        if self.ends_at <= self.starts_at:
            raise ValidationError({"until_time": "The end must be after the start."})
        return typed

    def time_off_fields(self):
        """The arguments of `record_time_off`."""
        who = self.cleaned_data["who"]
        whom = {"practitioner": who} if who else {"site": self.site}
        return whom | {"starts_at": self.starts_at, "ends_at": self.ends_at, "reason": self.cleaned_data["reason"]}


def initial_of(day: date, practitioner_id):
    """The values with which the form begins: one whole day."""
    return {"first_day": day, "last_day": day, "who": practitioner_id or None}


class SiteClockForm(forms.ModelForm):
    """The admin's form for time off: its times are those of the clock at the practitioner's or the closed site."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and (zone := _zone_of(self.instance)):
            for name in ("starts_at", "ends_at"):
                self.initial[name] = local_time.wall_of(getattr(self.instance, name), zone)
        for name in {"starts_at", "ends_at"} & self.fields.keys():
            self.fields[name].help_text = "In the time of the site."

    def _clean_fields(self):
        with timezone.override(self._typed_zone()):
            super()._clean_fields()

    def _typed_zone(self):
        """The zone of the practitioner or the site that was typed, or of the page that the row is on."""
        typed = {name: self.data.get(self.add_prefix(name), "") for name in ("practitioner", "site")}
        if typed["practitioner"].isdecimal():
            found = Practitioner.objects.filter(pk=typed["practitioner"]).select_related("site").first()
            return found and found.site.zone
        if typed["site"].isdecimal():
            found = Site.objects.filter(pk=typed["site"]).first()
            return found and found.zone
        return _zone_of(self.instance)


def _zone_of(time_off):
    if time_off.practitioner_id:
        return time_off.practitioner.site.zone
    return time_off.site.zone if time_off.site_id else None
