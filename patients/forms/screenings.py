"""The screening questions as a form: yes, no or not known to each, a word more unless it is no, and where a yes is."""

from django import forms

from patients.alerts import alerts_to_ask_about
from patients.models import BodyRegion, ScreeningAnswer

YES, NO, NOT_KNOWN = "yes", "no", "not_known"
TYPED = {True: YES, False: NO, None: NOT_KNOWN}


class ScreeningForm(forms.Form):
    """A few fields a question; starts from the last screening's answers to the same words.

    The page sends back as `asked` which versions of the questions it showed, so that nobody's answer is taken for
    one to words that were never read. `alerts` are hints beside the questions that they answer; what became known
    since the last screening and means yes is proposed as yes.
    """

    asked = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, questions, last=None, alerts=(), **kwargs):
        self.questions = list(questions)
        self.alerts = list(alerts)
        typed = _as_typed(last, self.questions)
        known = _as_known(alerts_to_ask_about(self.alerts, last), typed)
        initial = typed | known | {"asked": self.asked_now}
        super().__init__(*args, initial=initial, **kwargs)
        for question in self.questions:
            self._add_fields(question)

    def _add_fields(self, question):
        self.fields[f"answer_{question.key}"] = forms.ChoiceField(
            choices=[(NO, "No"), (YES, "Yes"), (NOT_KNOWN, "Not known")],
            widget=forms.RadioSelect(attrs={"class": "btn-check"}),
            error_messages={"required": "Answer yes, no or not known."},
        )
        self.fields[f"detail_{question.key}"] = forms.CharField(
            label="Which, since when, how much", max_length=200, required=False
        )
        self.fields[f"detail_{question.key}"].widget.attrs["class"] = "form-control"
        if question.needs_side:
            self.fields[f"side_{question.key}"] = forms.ChoiceField(
                choices=ScreeningAnswer.Side, required=False, widget=forms.RadioSelect(attrs={"class": "btn-check"})
            )
            self.fields[f"where_{question.key}"] = forms.MultipleChoiceField(choices=BodyRegion, required=False)

    def clean(self):
        shown = self.cleaned_data.get("asked", "").split()
        for question in self.questions:
            if str(question.pk) not in shown:
                self.add_error(f"answer_{question.key}", "This question is new or was reworded. Ask it again.")
            elif self._lacks_a_place(question):
                self.add_error(f"where_{question.key}", "Choose the side and at least one region.")
        return self.cleaned_data

    def _lacks_a_place(self, question):
        found = self.cleaned_data
        is_asked = question.needs_side and found.get(f"answer_{question.key}") == YES
        return is_asked and not (found.get(f"side_{question.key}") and found.get(f"where_{question.key}"))

    @property
    def asked_now(self):
        return " ".join(str(question.pk) for question in self.questions)

    def rows(self):
        """The bound fields of each question; side and where only of those that ask for them; then its alerts."""
        for q in self.questions:
            side, where = (self[f"side_{q.key}"], self[f"where_{q.key}"]) if q.needs_side else (None, None)
            hints = [alert for alert in self.alerts if alert.question_key == q.key]
            yield q, self[f"answer_{q.key}"], self[f"detail_{q.key}"], side, where, hints

    def answers(self):
        """{question: (is_yes, detail, side, regions)} as take_screening wants it.

        A detail goes with a yes and with not known, a place with a yes only.
        """
        return {question: self._answer(question) for question in self.questions}

    def _answer(self, question):
        found = self.cleaned_data
        if found[f"answer_{question.key}"] == NO:
            return (False,)
        detail = found[f"detail_{question.key}"]
        if found[f"answer_{question.key}"] == NOT_KNOWN:
            return None, detail
        where = found.get(f"side_{question.key}", ""), found.get(f"where_{question.key}", [])
        return True, detail, *where

    @property
    def missing(self):
        return sum(1 for question in self.questions if self.has_error(f"answer_{question.key}"))

    @property
    def misplaced(self):
        return sum(1 for question in self.questions if self.has_error(f"where_{question.key}"))


def _as_known(alerts, typed):
    """Yes, with the names of these Alerts, to the questions that were not answered with yes before."""
    known = {}
    for alert in alerts:
        answer, detail = f"answer_{alert.question_key}", f"detail_{alert.question_key}"
        if typed.get(answer) != YES:
            said = [known.get(detail) or typed.get(detail), alert.label]
            known |= {answer: YES, detail: "; ".join(filter(None, said))[:200]}
    return known


def _as_typed(screening, questions):
    """Answers to a question that was reworded since are not taken over."""
    texts = {question.key: question.text for question in questions}
    typed = {}
    for answer in screening.answers.select_related("question") if screening else []:
        key = answer.question.key
        if answer.question_text != texts.get(key):
            continue
        typed[f"answer_{key}"] = TYPED[answer.is_yes]
        typed[f"detail_{key}"] = answer.detail
        typed[f"side_{key}"] = answer.side
        typed[f"where_{key}"] = answer.regions
    return typed
