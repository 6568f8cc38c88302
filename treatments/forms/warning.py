"""The form that answers one warning on the session's page: a reason and, for a stop, the colleague to ask."""

from django import forms

from treatments.safety import WarningStatus, answer_to, usual_reasons

from .fields import LookupField

SEPARATOR = " · "  # between a usual reason and typed text


class WarningForm(forms.Form):
    """The prefix comes from the text of the warning, so an answer never applies to a warning with other text."""

    usual = forms.ChoiceField(required=False, label="Reason")
    reason = forms.CharField(max_length=300, required=False, label="Other reason")
    second = LookupField(required=False, label="Colleague who is asked to agree")

    def __init__(self, *args, warning, colleagues, stored=None, **kwargs):
        initial = _as_typed(stored, warning) if stored else None
        super().__init__(*args, prefix=f"warning-{warning.token}", initial=initial, **kwargs)
        self.warning = warning
        self.stored = stored
        self.fields["usual"].choices = list(enumerate(usual_reasons(warning)))
        self.fields["second"].rows = colleagues
        if not warning.is_stop:
            del self.fields["second"]
        if not warning.may_be_answered:
            self.fields.clear()

    def clean(self):
        if not self.warning.is_stop or not self.fields or self.errors:
            return
        if self.cleaned_data["second"] and not self._reason():
            self.add_error("reason", "Give the reason for continuing.")
        elif self._reason() and not self.cleaned_data["second"]:
            self.add_error("second", "Choose the colleague you are asking to agree.")

    def _reason(self):
        number = self.cleaned_data.get("usual")
        usual = usual_reasons(self.warning)[int(number)] if number else ""
        return SEPARATOR.join(filter(None, [usual, self.cleaned_data.get("reason")]))

    @property
    def status(self):
        """The WarningStatus with the answer as it is filled in."""
        return WarningStatus(self.warning, self.answer())

    def answer(self):
        """The WarningAnswer or None: unsaved when its content is new, else the stored one.

        An invalid form gives the stored answer, too.
        """
        if not self.is_bound or not self.is_valid():
            return self.stored
        if not self._reason():
            return None
        second = self.cleaned_data.get("second")
        answer = answer_to(self.warning, reason=self._reason(), seconded_by=second.user if second else None)
        return self.stored if self.stored and answer.has_same_content(self.stored) else answer


def _as_typed(answer, warning):
    usual = usual_reasons(warning)
    first, _, rest = answer.reason.partition(SEPARATOR)
    typed = {"usual": usual.index(first), "reason": rest} if first in usual else {"reason": answer.reason}
    if answer.seconded_by_id:
        typed["second"] = answer.seconded_by.practitioner.pk
    return typed
