"""The forms that set up a new clinic."""

from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError

from clinic.models import AppointmentType, Practitioner, Room, Site, WorkingHours
from clinic.models.hours import MIDNIGHT
from clinic.roles import ADMIN, FRONT_DESK, PHYSIOTHERAPIST
from patients.forms.people import WrittenDateField

MOST_ROOMS = 50
PARTS = ("", "2")  # the first part of a working day, and the one after the break
# Kinds of visits that many clinics start with: name, minutes, colour, whether a needling certificate is needed.
OFFERED_KINDS = [
    ("First visit", 45, "violet", True),
    ("Needling", 30, "teal", True),
    ("Follow-up", 30, "amber", False),
    ("Review", 30, "rose", False),
    ("Exercise", 30, "green", False),
]
ROLES = [
    ("desk", FRONT_DESK, [FRONT_DESK]),
    ("physio", PHYSIOTHERAPIST, [PHYSIOTHERAPIST]),
    ("admin", ADMIN, [ADMIN]),
    ("both", f"{PHYSIOTHERAPIST} and admin", [PHYSIOTHERAPIST, ADMIN]),
]


class SiteForm(forms.ModelForm):
    timezone = forms.ChoiceField(
        label="Time zone", choices=[(name, name) for name in sorted(available_timezones())], help_text="Of the diary."
    )

    class Meta:
        model = Site
        fields = ["name", "address", "phone", "timezone"]
        labels = {"name": "Name of the clinic or site"}
        help_texts = {"phone": "Patients find it in their messages."}

    def _post_clean(self):
        """Do not change or validate the site: the service does both."""


class RoomsForm(forms.Form):
    names = forms.CharField(
        label="Rooms",
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="One a line.",
        error_messages={"required": "Enter at least one room, or go on without."},
    )

    def clean_names(self):
        names = [line.strip() for line in self.cleaned_data["names"].splitlines() if line.strip()]
        longest = Room._meta.get_field("name").max_length
        if too_long := [name for name in names if len(name) > longest]:
            raise ValidationError(f"“{too_long[0][:30]}…” is too long. Use at most {longest} characters for a room.")
        if len(names) > MOST_ROOMS:
            raise ValidationError(f"Enter at most {MOST_ROOMS} rooms at a time.")
        return names


class KindForm(forms.ModelForm):
    """One kind of visit. A row without the tick is left out, whatever else it says."""

    use = forms.BooleanField(required=False)

    class Meta:
        model = AppointmentType
        fields = ["name", "minutes", "colour", "needs_certificate"]

    def full_clean(self):
        super().full_clean()
        if self.is_bound and not self.cleaned_data.get("use"):
            self._errors.clear()

    def _post_clean(self):
        """Check the limits of the model, but not whether the name is free: the service leaves such kinds out."""
        if self.cleaned_data.get("use") and not self.errors and not 5 <= self.cleaned_data["minutes"] <= 480:
            self.add_error("minutes", "A visit must last between 5 and 480 minutes.")

    def fields_of_kind(self):
        return {name: self.cleaned_data[name] for name in self._meta.fields}


KindFormSet = forms.formset_factory(KindForm, extra=0, max_num=20, absolute_max=20)


def offered_kinds():
    """Initial values of the KindFormSet: the usual kinds that the clinic does not have, and an empty row."""
    have = {name.casefold() for name in AppointmentType.objects.values_list("name", flat=True)}
    rows = [
        {"use": not have, "name": name, "minutes": minutes, "colour": colour, "needs_certificate": needs}
        for name, minutes, colour, needs in OFFERED_KINDS
        if name.casefold() not in have
    ]
    return [*rows, {"minutes": 30, "colour": "blue"}]


class TreatsForm(forms.Form):
    """What makes a user a practitioner."""

    site = forms.ModelChoiceField(Site.objects.all(), empty_label=None)
    certificate_expires_on = WrittenDateField(
        label="Needling certificate valid until",
        required=False,
        help_text="Without it, nobody can book needling with this person.",
    )
    registration_number = forms.CharField(max_length=40, required=False)
    colour = forms.ChoiceField(label="Colour in the diary", choices=Practitioner.Colour)
    treats = ("site", "certificate_expires_on", "registration_number", "colour")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        colours, used = list(Practitioner.Colour), Practitioner.objects.count()
        self.fields["colour"].initial = colours[used % len(colours)]

    def practitioner(self):
        return {name: self.cleaned_data[name] for name in self.treats}


class PersonForm(TreatsForm):
    """Somebody who works at the clinic. One choice of role gives the group, and access to the admin if it needs it."""

    role = forms.ChoiceField(choices=[(key, label) for key, label, _ in ROLES], widget=forms.RadioSelect)
    first_name = forms.CharField(max_length=150)
    last_name = forms.CharField(max_length=150)
    email = forms.EmailField(
        label="E-mail",
        required=False,
        help_text="For the invitation. Without it, hand over the link yourself.",
    )
    field_order = ["first_name", "last_name", "email", "role", *TreatsForm.treats]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["site"].required = False

    def clean(self):
        super().clean()
        if self.treats_patients and "site" not in self.errors and not self.cleaned_data.get("site"):
            self.add_error("site", "Choose the site where this person works.")

    @property
    def roles(self):
        return next((groups for key, _, groups in ROLES if key == self.cleaned_data.get("role")), [])

    @property
    def treats_patients(self):
        return PHYSIOTHERAPIST in self.roles


class HoursForm(forms.Form):
    """The week of a practitioner: for each day two parts and the usual room."""

    def __init__(self, *args, practitioner, **kwargs):
        super().__init__(*args, **kwargs)
        rooms = practitioner.site.rooms.filter(is_active=True)
        for day, label in WorkingHours.Weekday.choices:
            for part in PARTS:
                for end in ("from", "to"):
                    self.fields[f"{end}{part}_{day}"] = _clock(f"{label}, {'afternoon ' if part else ''}{end}")
            room = forms.ModelChoiceField(rooms, required=False, empty_label="Any room", label=f"{label}, usual room")
            room.widget.attrs |= {"class": "form-select", "aria-label": room.label}
            self.fields[f"room_{day}"] = room

    def days(self):
        """(name of the day, [bound from, to, from, to], bound room) for each day."""
        for day, label in WorkingHours.Weekday.choices:
            clocks = [self[f"{end}{part}_{day}"] for part in PARTS for end in ("from", "to")]
            yield label, clocks, self[f"room_{day}"]

    def clean(self):
        super().clean()
        self.periods = []
        for day, _ in WorkingHours.Weekday.choices:
            ended = None
            for part in PARTS:
                ended = self._take_part(day, part, ended)
        if not self.periods and not self.errors:
            raise forms.ValidationError("Type the hours of at least one day.")

    def _take_part(self, day, part, ended):
        """Add a part of a day to the periods, and return its end. `ended` is the end of the part before it."""
        names = f"from{part}_{day}", f"to{part}_{day}"
        starts, ends = (self.cleaned_data.get(name) for name in names)
        if any(name in self.errors for name in names) or (starts is None and ends is None):
            return ended
        if starts is None or ends is None:
            self.add_error(names[starts is not None], "Enter both times, or neither.")
        elif ends <= starts and ends != MIDNIGHT:
            self.add_error(names[1], "The end must be after the start.")
        elif ended is not None and (ended == MIDNIGHT or starts < ended):
            self.add_error(names[0], "This part begins before the first one ends.")
        else:
            self.periods.append((day, starts, ends, self.cleaned_data.get(f"room_{day}")))
            return ends
        return ended


def week_of(practitioner):
    """Initial values of the HoursForm, or None if the week does not fit into it: more than two parts on a day."""
    initial = {}
    for row in practitioner.working_hours.filter(valid_from=None, valid_until=None).order_by("weekday", "starts"):
        part = next((part for part in PARTS if f"from{part}_{row.weekday}" not in initial), None)
        if part is None:
            return None
        initial |= {f"from{part}_{row.weekday}": row.starts, f"to{part}_{row.weekday}": row.ends}
        if row.room_id:
            initial[f"room_{row.weekday}"] = row.room_id
    return initial


def like_monday(typed):
    """The typed values of an HoursForm with Monday's copied to Tuesday to Friday."""
    copied = typed.copy()
    for name in ("from", "to", "from2", "to2", "room"):
        for day in range(1, 5):
            copied[f"{name}_{day}"] = typed.get(f"{name}_0", "")
    return copied


class EmailTestForm(forms.Form):
    address = forms.EmailField(label="Send a test to")


def _clock(label):
    attrs = {"class": "form-control", "aria-label": label, "inputmode": "numeric", "maxlength": 5}
    return forms.TimeField(
        label=label,
        required=False,
        widget=forms.TimeInput(attrs=attrs, format="%H:%M"),
        # "%H" before "%H%M", which reads 12 as two minutes past one.
        input_formats=["%H:%M", "%H.%M", "%H", "%H%M"],
        error_messages={"invalid": "Enter the time as hours and minutes, such as 08:30."},
    )
