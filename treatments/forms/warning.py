"""The form that answers one warning on the session's page: a reason and, for a stop, the colleague to ask.

Where there is no colleague to ask, it asks why the physiotherapist continues alone.
"""

from django import forms

from treatments.safety import WarningStatus, answer_to, usual_reasons

from .fields import LookupField

SEPARATOR = " · "  # between a usual reason and typed text
ASKED_AT_A_STOP = {
    "second": "Choose the colleague you are asking to agree.",
    "alone": "Nobody else here can agree. Say why you continue without a second person.",
}


class WarningForm(forms.Form):
    """The prefix comes from the text of the warning, so an answer never applies to a warning with other text.

    `is_alone` is a function that says whether nobody could be asked to agree; only a stop calls it.
    """

    is_repeated = False  # advice that an earlier row gives in the same words

    usual = forms.ChoiceField(required=False, label="Reason")
    reason = forms.CharField(max_length=300, required=False, label="Other reason")
    second = LookupField(required=False, label="Colleague who is asked to agree")
    alone = forms.CharField(max_length=300, required=False, label="Why you continue without a second person")

    def __init__(self, *args, warning, colleagues, is_alone=lambda: False, stored=None, **kwargs):
        initial = _as_typed(stored, warning) if stored else None
        super().__init__(*args, prefix=f"warning-{warning.token}", initial=initial, **kwargs)
        self.warning = warning
        self.stored = stored
        self.fields["usual"].choices = list(enumerate(usual_reasons(warning)))
        self.fields["second"].rows = colleagues
        if not warning.is_stop or not warning.may_be_answered:
            del self.fields["second"], self.fields["alone"]
        else:
            del self.fields["second" if is_alone() else "alone"]
        if not warning.may_be_answered:
            self.fields.clear()

    def clean(self):
        name = next((name for name in ASKED_AT_A_STOP if name in self.fields), None)
        if name is None or self.errors:
            return
        if self.cleaned_data[name] and not self._reason():
            self.add_error("reason", "Give the reason for continuing.")
        elif self._reason() and not self.cleaned_data[name]:
            self.add_error(name, ASKED_AT_A_STOP[name])

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
        answer = answer_to(
            self.warning,
            reason=self._reason(),
            seconded_by=second.user if second else None,
            alone_reason=self.cleaned_data.get("alone", ""),
        )
        return self.stored if self.stored and answer.has_same_content(self.stored) else answer


def _as_typed(answer, warning):
    usual = usual_reasons(warning)
    first, _, rest = answer.reason.partition(SEPARATOR)
    typed = {"usual": usual.index(first), "reason": rest} if first in usual else {"reason": answer.reason}
    typed["alone"] = answer.alone_reason
    if answer.seconded_by_id:
        typed["second"] = answer.seconded_by.practitioner.pk
    return typed
