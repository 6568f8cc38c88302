"""The answer to one warning on the session's page: a usual reason or other words, for a stop a colleague as well."""

from django import forms

from treatments.safety import Decision, answer_to, usual_reasons

from .fields import LookupField

BETWEEN = " · "  # a usual reason and what was typed besides


class WarningForm(forms.Form):
    """Its name on the page comes from the warning's words: an answer never meets other words than it was given to."""

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
            self.add_error("reason", "Say why you go on.")
        elif self._reason() and not self.cleaned_data["second"]:
            self.add_error("second", "Choose the colleague whom you ask to agree.")

    def _reason(self):
        number = self.cleaned_data.get("usual")
        usual = usual_reasons(self.warning)[int(number)] if number else ""
        return BETWEEN.join(filter(None, [usual, self.cleaned_data.get("reason")]))

    @property
    def decision(self):
        """The Decision that the page stands for as it is filled in."""
        return Decision(self.warning, self.answer())

    def answer(self):
        """The WarningAnswer or None: the stored one, or an unsaved one when the page says something else. A wrong
        value is not stored: the stored answer stays.
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
    first, _, rest = answer.reason.partition(BETWEEN)
    typed = {"usual": usual.index(first), "reason": rest} if first in usual else {"reason": answer.reason}
    if answer.seconded_by_id:
        typed["second"] = answer.seconded_by.practitioner.pk
    return typed
