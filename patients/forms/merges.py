"""Forms to ask for a merge of two records, to decide it and to undo it."""

import uuid

from django import forms

from patients.forms.once import ChoosesId
from patients.merging import differences, fingerprint

SURVIVOR, DUPLICATE = "survivor", "duplicate"


class MergeRequestForm(ChoosesId, forms.Form):
    """Which of two records stays, and why they are of one person."""

    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    stays = forms.TypedChoiceField(label="Which record should be kept?", coerce=int, widget=forms.RadioSelect)
    reason = forms.CharField(
        label="How do you know that they are the same person?",
        max_length=300,
        help_text="For example: registered twice in August; the patient has confirmed both addresses.",
    )

    def __init__(self, *args, patients, **kwargs):
        super().__init__(*args, **kwargs)
        self.patients = {patient.pk: patient for patient in patients}
        self.fields["stays"].choices = [(pk, str(patient)) for pk, patient in self.patients.items()]
        self.fields["stays"].initial = min(self.patients)

    def as_kwargs(self):
        """The arguments of `ask_for_merge` that the form provides."""
        survivor = self.patients[self.cleaned_data["stays"]]
        (duplicate,) = (patient for patient in self.patients.values() if patient != survivor)
        chosen = {name: self.cleaned_data[name] for name in ("id", "reason")}
        return chosen | {"survivor": survivor, "duplicate": duplicate}


class MergeForm(forms.Form):
    """Which value the survivor gets, for each detail in which the two records differ.

    The page sends as `seen` a hash of the details that it showed, to detect a stale decision. `chosen` is {name of a
    detail: SURVIVOR or DUPLICATE} of what was chosen on the page before the sides were swapped.
    """

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args, merge, chosen=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.differing, self.same = differences(merge.survivor, merge.duplicate)
        self.now_stored = fingerprint(merge.survivor, merge.duplicate)
        self.fields["seen"].initial = self.now_stored
        for each in self.differing:
            choices = [(SURVIVOR, each.survivor_text), (DUPLICATE, each.duplicate_text)]
            initial = (chosen or {}).get(each.name)
            if initial not in (SURVIVOR, DUPLICATE):
                initial = each.suggested
            self.fields[each.name] = forms.ChoiceField(
                label=each.label, choices=choices, initial=initial, widget=forms.RadioSelect
            )

    @property
    def rows(self):
        """(label, bound field) of each detail that differs."""
        return [self[each.name] for each in self.differing]

    def chosen_with_sides_swapped(self):
        """{name: side} of what was chosen, if the other record is kept."""
        other = {SURVIVOR: DUPLICATE, DUPLICATE: SURVIVOR}
        chosen = {each.name: self[each.name].value() for each in self.differing}
        return {name: other[side] for name, side in chosen.items() if side in other}

    def clean_seen(self):
        if self.cleaned_data["seen"] != self.now_stored:
            raise forms.ValidationError("Somebody changed one of the records. Check both again before you decide.")
        return self.cleaned_data["seen"]

    def details(self):
        """{name: value that the survivor gets} of each detail that differs."""
        return {each.name: getattr(each, self.cleaned_data[each.name]) for each in self.differing}


class DeclineMergeForm(forms.Form):
    decline_reason = forms.CharField(
        label="Why should the records stay separate?",
        max_length=300,
        help_text="For example: they are twins with the same telephone number.",
    )


class UndoMergeForm(forms.Form):
    undo_reason = forms.CharField(label="How do you know that they are two people?", max_length=300)
