"""The screening questions as a form: yes or no to each, a word more when it is yes."""

from django import forms

YES, NO = "yes", "no"


class ScreeningForm(forms.Form):
    """Two fields a question; starts from the last screening's answers."""

    def __init__(self, *args, questions, last=None, **kwargs):
        self.questions = list(questions)
        super().__init__(*args, initial=_as_typed(last), **kwargs)
        for question in self.questions:
            self.fields[f"answer_{question.key}"] = forms.ChoiceField(
                choices=[(NO, "No"), (YES, "Yes")],
                widget=forms.RadioSelect(attrs={"class": "btn-check"}),
                error_messages={"required": "Answer yes or no."},
            )
            self.fields[f"detail_{question.key}"] = forms.CharField(
                label="Which, since when, how much", max_length=200, required=False
            )
            self.fields[f"detail_{question.key}"].widget.attrs["class"] = "form-control"

    def rows(self):
        return [(q, self[f"answer_{q.key}"], self[f"detail_{q.key}"]) for q in self.questions]

    def answers(self):
        """{question: (is_yes, detail)} as take_screening wants it; a detail goes with a yes only."""
        return {question: self._answer(question) for question in self.questions}

    def _answer(self, question):
        is_yes = self.cleaned_data[f"answer_{question.key}"] == YES
        return is_yes, self.cleaned_data[f"detail_{question.key}"] if is_yes else ""

    @property
    def missing(self):
        return sum(1 for question in self.questions if self.has_error(f"answer_{question.key}"))


def _as_typed(screening):
    typed = {}
    for answer in screening.answers.select_related("question") if screening else []:
        typed[f"answer_{answer.question.key}"] = YES if answer.is_yes else NO
        typed[f"detail_{answer.question.key}"] = answer.detail
    return typed
