"""The form for time off, in the clock of the site."""

from datetime import date, time, timedelta

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic.diary import local_time
from clinic.models import Practitioner, Room, Site

from .diary import ClockField, DayField, is_in_range

SITE_CLOCK = "In the time of the site."


class TimeOffForm(forms.Form):
    """Who is away or what is closed, on which days, from and until when. Empty times mean whole days."""

    who = forms.ModelChoiceField(
        Practitioner.objects.none(),
        label="Who",
        required=False,
        empty_label="Choose…",
        error_messages={"invalid_choice": "Choose a practitioner from the list."},
    )
    room = forms.ModelChoiceField(
        Room.objects.none(),
        label="Or a room that is closed",
        required=False,
        empty_label="–",
        error_messages={"invalid_choice": "Choose a room from the list."},
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
        self.fields["room"].queryset = site.rooms.filter(is_active=True)

    def clean(self):
        typed = super().clean()
        chosen = sum(map(bool, (typed.get("who"), typed.get("room"), typed.get("is_site_closed"))))
        if chosen != 1 and not {"who", "room"} & self.errors.keys():
            self.add_error("who", "Choose one: who is away, which room is closed, or that the whole site is closed.")
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
        who, room = self.cleaned_data["who"], self.cleaned_data["room"]
        subject = {"practitioner": who} if who else {"room": room} if room else {"site": self.site}
        return subject | {"starts_at": self.starts_at, "ends_at": self.ends_at, "reason": self.cleaned_data["reason"]}


def initial_of(day: date, practitioner_id):
    """The values with which the form begins: one whole day."""
    return {"first_day": day, "last_day": day, "who": practitioner_id or None}


class DayAndTimeWidget(AdminSplitDateTime):
    """A day, and a time that may stay empty for the whole day. The end of a day is the next midnight."""

    def __init__(self, *, is_end):
        super().__init__()
        self.is_end = is_end

    def decompress(self, value):
        day, clock = super().decompress(value)
        if clock != time.min:
            return [day, clock]
        return [day - timedelta(days=1) if self.is_end else day, None]


class DayAndTimeField(forms.SplitDateTimeField):
    """An instant of a DayAndTimeWidget: without a time, the beginning or the end of the day."""

    def __init__(self, *, is_end=False, **kwargs):
        super().__init__(widget=DayAndTimeWidget(is_end=is_end), require_all_fields=False, **kwargs)
        self.fields[1].required, self.is_end = False, is_end

    def compress(self, data_list):
        day, clock = (*data_list, None, None)[:2]
        if day and clock is None and not is_in_range(day):
            raise ValidationError("Enter a day between the years 1901 and 2199.", code="range")
        if day and clock is None:
            data_list = [day + timedelta(days=1) if self.is_end else day, time.min]
        return super().compress(data_list)


class SiteClockForm(forms.ModelForm):
    """The admin's form for time off: its times are those of the clock at the site."""

    starts_at = DayAndTimeField(label="From", help_text=f"{SITE_CLOCK} Without a time, the whole day.")
    ends_at = DayAndTimeField(is_end=True, label="Until", help_text=f"{SITE_CLOCK} Without a time, the whole day.")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and (zone := self.instance.zone):
            for name in ("starts_at", "ends_at"):
                self.initial[name] = local_time.wall_of(getattr(self.instance, name), zone)

    def _clean_fields(self):
        with timezone.override(self._typed_zone()):
            super()._clean_fields()

    def _typed_zone(self):
        """The zone of the practitioner, room or site that was typed, or of the page that the row is on."""
        for name, lookup in (("practitioner", "practitioners"), ("room", "rooms"), ("site", "pk")):
            typed = self.data.get(self.add_prefix(name), "")
            if typed.isdecimal():
                site = Site.objects.filter(**{lookup: typed}).first()
                return site and site.zone
        return self.instance.zone
