"""What a patient asks for when a time is looked for: days, time of day, people, room and length."""

from django import forms
from django.core.exceptions import ValidationError

from clinic.diary.day_words import read_day
from clinic.diary.finder import Wish
from clinic.models import Practitioner, Room, WorkingHours

from .diary import ClockField, MinutesField, is_in_range, offer_choices, people_and_rooms

WEEKDAYS = [(value, label[:3]) for value, label in WorkingHours.Weekday.choices]

MOST_DIGITS = 17


class TypedDayField(forms.CharField):
    """A day in words or figures: "10 March", "10/3/27", "in 6 weeks". Its value is a date or None."""

    widget = forms.TextInput(attrs={"autocomplete": "off", "placeholder": "10 March, 10/3, in 6 weeks"})
    default_error_messages = {"invalid": "Enter a day such as 10 March, 10/3/2027 or “in 6 weeks”."}

    def __init__(self, **kwargs):
        super().__init__(max_length=40, **kwargs)
        self.today = None

    def clean(self, value):
        typed = super().clean(value)
        if not typed:
            return None
        day = read_day(typed, self.today)
        if day is None or not is_in_range(day):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return day


class PeopleField(forms.ModelMultipleChoiceField):
    """Practitioners by their keys. A number that is too large for SQLite is no key."""

    default_error_messages = {
        "invalid_choice": "One of these practitioners can no longer be booked here. Choose others, or leave it empty."
    }

    def clean(self, value):
        if any(len(str(key)) > MOST_DIGITS for key in value or []):
            raise forms.ValidationError("Choose practitioners from the list.", code="invalid_choice")
        return super().clean(value)


class WishForm(forms.Form):
    """A Wish. `only` is the practitioner to whom the search is limited, for people who keep only their own diary."""

    from_day = TypedDayField(label="From", required=False)
    until_day = TypedDayField(label="Until", required=False)
    weekdays = forms.TypedMultipleChoiceField(
        label="Days", choices=WEEKDAYS, coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    after = ClockField(label="Not before", required=False)
    before = ClockField(label="Finished by", required=False)
    practitioner = PeopleField(
        Practitioner.objects.none(), label="With", required=False, widget=forms.CheckboxSelectMultiple
    )
    in_room = forms.ModelChoiceField(
        Room.objects.none(),
        label="In room",
        required=False,
        error_messages={"invalid_choice": "This room is no longer used. Choose another one, or any room."},
    )
    minutes = MinutesField()

    def __init__(self, data, *, site, today, only=None):
        super().__init__(data)
        self.site, self.today, self.only = site, today, only
        self.people, self.rooms = people_and_rooms(site, only)
        offer_choices(self.fields["practitioner"], self.people)
        offer_choices(self.fields["in_room"], self.rooms, "Any room")
        self.fields["from_day"].today = self.fields["until_day"].today = today

    def clean(self):
        typed = super().clean()
        if typed.get("after") and typed.get("before") and typed["after"] >= typed["before"]:
            self.add_error("before", "This time must be after the first one.")
        return typed

    @property
    def wish(self):
        """The Wish. Call it only on a valid form."""
        typed = self.cleaned_data
        people = tuple(typed["practitioner"]) or ((self.only,) if self.only else ())
        return Wish(
            from_day=typed["from_day"] or self.today,
            until_day=typed["until_day"],
            weekdays=tuple(typed["weekdays"]),
            after=typed["after"],
            before=typed["before"],
            practitioners=people,
            room=typed["in_room"],
            minutes=typed["minutes"],
        )

    @property
    def day_to_list_in_full(self):
        """The day in the request of which all times are wanted, or None."""
        return read_day(self.data.get("all_of", ""), self.today)

    @property
    def is_narrow(self):
        """Whether more is asked for than a first day and a length."""
        names = ("weekdays", "after", "before", "in_room", "until_day")
        return any(self.data.get(name) or name in self.errors for name in names)
