"""The form of the screening questions: yes, no or not known, details, and the location of a yes."""

from django import forms

from patients.models import BodyRegion, ScreeningAnswer

YES, NO, NOT_KNOWN = "yes", "no", "not_known"
TYPED = {True: YES, False: NO, None: NOT_KNOWN}


class ScreeningForm(forms.Form):
    """A few fields for each question, with the answers of the last screening to questions with the same words.

    The page sends as `asked` the versions of the questions it showed, so that no answer is stored for words that nobody
    has read.
    """

    asked = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, questions, last=None, **kwargs):
        self.questions = list(questions)
        initial = _as_typed(last, self.questions) | {"asked": self.asked_now}
        super().__init__(*args, initial=initial, **kwargs)
        for question in self.questions:
            self._add_fields(question)

    def _add_fields(self, question):
        self.fields[f"answer_{question.key}"] = forms.ChoiceField(
            choices=[(NO, "No"), (YES, "Yes"), (NOT_KNOWN, "Not known")],
            error_messages={"required": "Answer yes, no or not known."},
        )
        self.fields[f"detail_{question.key}"] = forms.CharField(
            label="Which, since when, how much", max_length=200, required=False
        )
        if question.needs_side:
            self.fields[f"side_{question.key}"] = forms.ChoiceField(choices=ScreeningAnswer.Side, required=False)
            self.fields[f"where_{question.key}"] = forms.MultipleChoiceField(choices=BodyRegion, required=False)

    def clean(self):
        shown = self.cleaned_data.get("asked", "").split()
        for question in self.questions:
            if str(question.pk) not in shown:
                self.add_error(f"answer_{question.key}", "This question is new or has changed. Ask it again.")
            elif self._lacks_location(question):
                self.add_error(f"where_{question.key}", "Choose the side and at least one region.")
        return self.cleaned_data

    def _lacks_location(self, question):
        found = self.cleaned_data
        is_asked = question.needs_side and found.get(f"answer_{question.key}") == YES
        return is_asked and not (found.get(f"side_{question.key}") and found.get(f"where_{question.key}"))

    @property
    def asked_now(self):
        return " ".join(str(question.pk) for question in self.questions)

    def rows(self):
        """(question, answer, detail, side, where) with bound fields; side and where are None if not asked."""
        for q in self.questions:
            side, where = (self[f"side_{q.key}"], self[f"where_{q.key}"]) if q.needs_side else (None, None)
            yield q, self[f"answer_{q.key}"], self[f"detail_{q.key}"], side, where

    def answers(self):
        """{question: (is_yes, detail, side, regions)} for take_screening.

        "No" has no detail, and only "yes" has a location.
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


def _as_typed(screening, questions):
    """Initial values from a screening, without answers to questions whose words have changed since."""
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
