"""The forms of the diary and the waiting list."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from clinic.diary import local_time
from clinic.models import AppointmentType, Practitioner, Room, WaitingListEntry
from clinic.models.appointment_type import LONGEST, SHORTEST
from patients.forms.once import ChoosesId

OTHER = "other"


def is_in_range(day):
    """Whether a date is far enough from the limits of `datetime` for arithmetic and time zones to work."""
    return 1900 < day.year < 2200


def instant_of(text):
    """The datetime of an ISO text with an offset; None if it is invalid or out of range."""
    try:
        instant = parse_datetime(text)
    except ValueError:
        return None
    return instant if instant and timezone.is_aware(instant) and is_in_range(instant) else None


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_error_messages = {"invalid": "Enter the day as day/month/year, or choose it from the calendar."}

    def to_python(self, value):
        day = super().to_python(value)
        if day and not is_in_range(day):
            raise ValidationError("Enter a day between the years 1901 and 2199.", code="range")
        return day


class ClockField(forms.TimeField):
    widget = forms.TimeInput(attrs={"type": "time", "step": 300}, format="%H:%M")
    default_error_messages = {"invalid": "Enter the time as hours and minutes, for example 14:30."}


def slot_value(practitioner_id, room_id, starts_at):
    """The value of the radio button for a time: practitioner id, room id and UTC start, joined by "_"."""
    return f"{practitioner_id}_{room_id or ''}_{starts_at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


class MinutesField(forms.IntegerField):
    """The length of a visit. Empty means the usual length of its type."""

    def __init__(self, **kwargs):
        super().__init__(label="Minutes", min_value=SHORTEST, max_value=LONGEST, **({"required": False} | kwargs))
        self.widget.attrs |= {"step": 5, "inputmode": "numeric"}


def people_and_rooms(site, only=None):
    """The practitioners of a site with whom visits can be booked, or `only` one of them, and its rooms. Two queries."""
    people = site.practitioners.active().select_related("user")
    return list(people.filter(pk=only.pk) if only else people), list(site.rooms.filter(is_active=True))


def offer_choices(field, rows, empty=None):
    """Let a field choose among rows that are read already, so that drawing it needs no query."""
    model = field.queryset.model
    field.queryset = model.objects.filter(pk__in=[row.pk for row in rows])
    field.choices = [("", empty)] * (empty is not None) + [(row.pk, str(row)) for row in rows]


class WhenForm(forms.Form):
    """An offered time, or another day and time. Once valid, `when` is (practitioner, room or None, starts_at)."""

    is_over_message = "That time is in the past. Choose a later one."

    slot = forms.CharField(max_length=80, required=False)
    day = DayField(label="Day", required=False)
    time = ClockField(label="Time", required=False)
    fold = forms.TypedChoiceField(
        label="Which one", choices=[("", "–"), (0, "The first"), (1, "The second")], coerce=int, required=False
    )
    who = forms.ModelChoiceField(
        Practitioner.objects.none(),
        label="With",
        required=False,
        error_messages={"invalid_choice": "Choose a practitioner from the list."},
    )
    room = forms.ModelChoiceField(Room.objects.none(), label="Room", required=False)
    overlap_reason = forms.CharField(label="Reason, kept in the audit trail", max_length=200, required=False)
    outside_hours = forms.BooleanField(label="Book outside working hours", required=False)

    def __init__(self, *args, site, people, rooms, minutes=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.site, self.length, self.fold_choices = site, minutes, []
        offer_choices(self.fields["who"], people, "Choose")
        offer_choices(self.fields["room"], rooms, "Any free room")

    def clean(self):
        typed = super().clean()
        self.when = self._own_time(typed) if typed.get("slot") == OTHER else self._offered(typed.get("slot"))
        self.minutes = typed.get("minutes") or self.length or (typed["type"].minutes if typed.get("type") else 0)
        self.is_over = bool(self.when) and self.when[2] + timedelta(minutes=self.minutes) <= timezone.now()
        if self.is_over and not typed.get("afterwards_reason"):
            raise ValidationError(self.is_over_message, code="over")
        return typed

    def placement_fields(self):
        """The arguments of a service about the place in the diary, without the room, which the view chooses."""
        practitioner, _, starts_at = self.when
        typed = self.cleaned_data
        permitted = {"overlap_reason": typed["overlap_reason"], "allow_outside_hours": typed["outside_hours"]}
        return {"practitioner": practitioner, "starts_at": starts_at} | permitted

    def _offered(self, value):
        people, rooms = self.fields["who"].queryset.select_related("user"), self.fields["room"].queryset
        try:
            person, room, starts_at = value.split("_")
            starts_at = instant_of(starts_at)
            when = people.get(pk=person), rooms.get(pk=room) if room else None, starts_at
        except (ValueError, AttributeError, Practitioner.DoesNotExist, Room.DoesNotExist, OverflowError):
            raise ValidationError("Choose one of the times, or enter a day and a time.", code="slot") from None
        if starts_at is None:
            raise ValidationError("Choose one of the times, or enter a day and a time.", code="slot")
        return when

    def _own_time(self, typed):
        for name, label in (("day", "Choose the day."), ("time", "Enter the time."), ("who", "Choose a practitioner.")):
            if not typed.get(name) and name not in self.errors:
                self.add_error(name, label)
        if self.errors:
            return None
        wall, fold = datetime.combine(typed["day"], typed["time"]), typed.get("fold")
        try:
            starts_at = local_time.local_instant(wall, self.site.zone, fold=None if fold == "" else fold)
        except ValidationError as refusal:
            self.fold_choices = local_time.fold_choices(wall, self.site.zone)
            self.add_error("time", refusal)
            return None
        return typed["who"], typed["room"], starts_at


class BookingForm(ChoosesId, WhenForm):
    """A new visit, or with an `afterwards_reason` one that took place without having been booked."""

    id_field = "token"
    is_over_message = (
        "That time is in the past. Choose a later one. If the visit took place, say below why it was not booked."
    )

    type = forms.ModelChoiceField(AppointmentType.objects.filter(is_active=True), label="Visit", empty_label=None)
    minutes = MinutesField()
    note = forms.CharField(label="Note for the desk", max_length=300, required=False)
    afterwards_reason = forms.CharField(label="Why it was not booked", max_length=200, required=False)
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def visit_fields(self):
        """The arguments of a service about the visit itself."""
        return {name: self.cleaned_data[name] for name in ("type", "minutes", "note", "token")}


class MoveForm(WhenForm):
    """Another time for a visit. `version` is the one that the page showed, so that a stale page is refused."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    following = forms.BooleanField(label="This visit and all later visits in the series", required=False)


class EditForm(forms.Form):
    """What a booked visit is. `version` is the one that the page showed."""

    type = forms.ModelChoiceField(AppointmentType.objects.none(), label="Visit", empty_label=None)
    minutes = MinutesField(required=True)
    room = forms.ModelChoiceField(Room.objects.none(), label="Room", required=False, empty_label="No room")
    note = forms.CharField(label="Note for the desk", max_length=300, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    overlap_reason = forms.CharField(label="Reason, kept in the audit trail", max_length=200, required=False)
    outside_hours = forms.BooleanField(label="Book outside working hours", required=False)

    def __init__(self, *args, appointment, **kwargs):
        super().__init__(*args, **kwargs)
        is_offered = Q(is_active=True)
        rooms = appointment.practitioner.site.rooms.filter(is_offered | Q(pk=appointment.room_id))
        self.fields["type"].queryset = AppointmentType.objects.filter(is_offered | Q(pk=appointment.type_id))
        self.fields["room"].queryset = rooms
        if appointment.room_id:
            self.fields["room"].required, self.fields["room"].empty_label = True, None

    def as_kwargs(self):
        """The arguments of `edit_appointment`."""
        typed = dict(self.cleaned_data)
        return typed | {"allow_outside_hours": typed.pop("outside_hours")}


class NoShowForm(forms.Form):
    """Why a patient did not come, if that is known."""

    reason = forms.CharField(label="Why", max_length=200, required=False)


class CancelForm(forms.Form):
    """The reason for a cancellation."""

    reason = forms.CharField(
        label="Why", max_length=200, error_messages={"required": "Enter a reason, for example: patient is ill."}
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    following = forms.BooleanField(label="This visit and all later visits in the series", required=False)


class WaitingForm(forms.ModelForm):
    """A request for an earlier visit. `version` is the one that the page showed."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    weekdays = forms.TypedMultipleChoiceField(
        label="Days",
        choices=[(0, "Mon"), (1, "Tue"), (2, "Wed"), (3, "Thu"), (4, "Fri"), (5, "Sat"), (6, "Sun")],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    earliest_on = DayField(label="From day", required=False)
    latest_on = DayField(label="Until day", required=False)
    earliest_time = ClockField(label="From", required=False)
    latest_time = ClockField(label="Finished by", required=False)
    minutes = MinutesField()

    class Meta:
        model = WaitingListEntry
        fields = [
            "type", "minutes", "practitioner", "or_practitioner", "site", "room", "priority", "weekdays",
            "earliest_time", "latest_time", "earliest_on", "latest_on", "note",
        ]  # fmt: skip

    def __init__(self, *args, sites, **kwargs):
        """`sites` are those of the user. What the entry already asks for can be chosen too."""
        super().__init__(*args, **kwargs)
        entry = self.instance
        people = Practitioner.objects.filter(site__in=sites).select_related("user")
        wished = Q(pk__in=[person.pk for person in entry.practitioners])
        people = people.filter(Q(is_active=True, user__is_active=True) | wished)
        rooms = Room.objects.filter(Q(is_active=True, site__in=sites) | Q(pk=entry.room_id)).select_related("site")
        types = AppointmentType.objects.filter(Q(is_active=True) | Q(pk=entry.type_id))
        offer_choices(self.fields["type"], types)
        offer_choices(self.fields["practitioner"], people, "Anybody")
        offer_choices(self.fields["or_practitioner"], people, "Nobody else")
        others = [entry.site] if entry.site and entry.site not in sites else []
        offer_choices(self.fields["site"], [*sites, *others], "Any site")
        offer_choices(self.fields["room"], rooms, "Any room")
        if len(sites) > 1:
            self.fields["room"].choices = [("", "Any room"), *((room.pk, f"{room}, {room.site}") for room in rooms)]
        else:
            del self.fields["site"]

    @property
    def preferences(self):
        """The arguments of the services about the wishes."""
        return {name: self.cleaned_data[name] for name in self._meta.fields if name in self.fields}

    def _post_clean(self):
        """Do not build or validate the model: the service does."""


class RepeatForm(BookingForm):
    """A visit and how often it is repeated."""

    afterwards_reason = None
    is_over_message = WhenForm.is_over_message
    visits = forms.IntegerField(label="Visits", min_value=2, max_value=26)
    weeks = forms.IntegerField(label="Every how many weeks", min_value=1, max_value=12)


class VisitForm(forms.Form):
    """One visit in the preview of a repeat."""

    day = DayField(label="Day", error_messages={"required": "Choose the day."})
    time = ClockField(label="Time", error_messages={"required": "Enter the time."})
    fold = forms.TypedChoiceField(choices=[("", "–"), (0, "first"), (1, "second")], coerce=int, required=False)
    who = forms.ModelChoiceField(Practitioner.objects.none(), label="With", required=False)
    leave_out = forms.BooleanField(label="Leave out", required=False)

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        offer_choices(self.fields["who"], people)

    @property
    def wall(self):
        return datetime.combine(self.cleaned_data["day"], self.cleaned_data["time"])


VisitFormSet = forms.formset_factory(VisitForm, extra=0, max_num=26, absolute_max=26)
