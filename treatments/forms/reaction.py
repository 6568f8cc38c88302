"""The form of one type of reaction on the session's page: a chip to tap, then its grade."""

from functools import cache

from django import forms

from treatments.models import AdverseEvent

# The chips that are shown at once, mild ones first, by how often they are reported. The others are folded away.
COMMON = [
    AdverseEvent.Type.BLEED,
    AdverseEvent.Type.BRUISE,
    AdverseEvent.Type.PAIN_DURING,
    AdverseEvent.Type.PAIN_AFTER,
    AdverseEvent.Type.FAINT_FEELING,
    AdverseEvent.Type.DIZZY,
    AdverseEvent.Type.DROWSY,
]


class ReactionForm(forms.Form):
    seen = forms.BooleanField(required=False)
    grade = forms.ChoiceField(choices=AdverseEvent.Grade.choices, required=False)
    action = forms.CharField(max_length=300, required=False, label="What was done")

    def __init__(self, *args, type_, stored=None, **kwargs):
        super().__init__(*args, prefix=f"reaction-{type_.value}", **kwargs)
        self.type = type_
        self.stored = stored or AdverseEvent()

    @classmethod
    def of(cls, event, type_):
        return cls(type_=type_, initial={"seen": True, "grade": event.grade, "action": event.action})

    @classmethod
    @cache
    def blank(cls, type_):
        """The form of a reaction that did not occur. All pages share it, so it must not be changed."""
        return cls(type_=type_)

    @property
    def is_blank(self):
        return not self.is_bound and not self.initial

    @property
    def is_common(self):
        return self.type in COMMON

    @property
    def is_seen(self):
        return bool(self["seen"].value())

    def event(self):
        """The unsaved AdverseEvent. A wrong value is replaced by the stored one."""
        self.is_valid()
        values = {field: self.cleaned_data.get(field, getattr(self.stored, field)) for field in ("grade", "action")}
        return AdverseEvent(type=self.type, **values)
