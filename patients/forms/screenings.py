"""The form of the screening questions: yes, no or not known, details, and the location of a yes."""

from django import forms

from patients.alerts import alerts_to_ask_about
from patients.conflicts import conflicts_between
from patients.models import BodyRegion, ScreeningAnswer

YES, NO, NOT_KNOWN = ScreeningAnswer.Choice.YES, ScreeningAnswer.Choice.NO, ScreeningAnswer.Choice.NOT_KNOWN
TYPED = {True: YES, False: NO, None: NOT_KNOWN}
AS_STORED = {YES: True, NO: False, NOT_KNOWN: None}


class Keys(forms.MultipleChoiceField):
    """A list of keys. Unknown ones do no harm."""

    def valid_value(self, value):
        return True


class QuestionsForm(forms.Form):
    """A few fields for each question.

    The page sends as `asked` the versions of the questions it showed, so that no answer is stored for words that nobody
    has read. The button `others_no` answers all questions that have no answer yet with no, and saves nothing.
    """

    asked = forms.CharField(required=False, widget=forms.HiddenInput)
    detail_label = "Which, since when, how much"

    def __init__(self, data=None, *, questions, initial, **kwargs):
        self.questions = list(questions)
        self.only_fills = data is not None and "others_no" in data
        data = self._filled(data) if self.only_fills else data
        super().__init__(data, initial=initial | {"asked": self.asked_now}, **kwargs)
        for question in self.questions:
            self._add_fields(question)

    def _filled(self, data):
        data = data.copy()
        for question in self.questions:
            data.setdefault(f"answer_{question.key}", NO)
        return data

    def _add_fields(self, question):
        self.fields[f"answer_{question.key}"] = forms.ChoiceField(
            choices=[(NO.value, "No"), (YES.value, "Yes"), (NOT_KNOWN.value, "Not known")],
            error_messages={"required": "Answer yes, no or not known."},
        )
        for number, field in enumerate(question.details):
            self.fields[f"more_{question.key}_{number}"] = forms.CharField(
                label=field["label"], max_length=60, required=False
            )
        self.fields[f"detail_{question.key}"] = forms.CharField(
            label="Anything else" if question.details else self.detail_label, max_length=200, required=False
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
        """A dictionary of bound fields for each question, with what else the page shows beside it."""
        for question in self.questions:
            yield self.row(question)

    def row(self, question):
        key = question.key
        return {
            "question": question,
            "answer": self[f"answer_{key}"],
            "more": [(self[f"more_{key}_{number}"], field["choices"]) for number, field in enumerate(question.details)],
            "detail": self[f"detail_{key}"],
            "side": self[f"side_{key}"] if question.needs_side else None,
            "where": self[f"where_{key}"] if question.needs_side else None,
        }

    def answers(self):
        """{question: (is_yes, detail, side, regions, details)} for take_screening.

        "No" has no detail, and only "yes" has a location.
        """
        return {question: self._answer(question) for question in self.questions}

    def _answer(self, question):
        found, key = self.cleaned_data, question.key
        is_yes = AS_STORED[found[f"answer_{key}"]]
        if is_yes is False:
            return (False,)
        where = found.get(f"side_{key}", ""), found.get(f"where_{key}", [])
        typed = [(field["label"], found[f"more_{key}_{n}"]) for n, field in enumerate(question.details)]
        details = [(label, value) for label, value in typed if value]
        return is_yes, found[f"detail_{key}"], *(where if is_yes else ("", [])), details

    @property
    def missing(self):
        return sum(1 for question in self.questions if not self[f"answer_{question.key}"].value())

    @property
    def misplaced(self):
        return sum(1 for question in self.questions if self.has_error(f"where_{question.key}"))


class ScreeningForm(QuestionsForm):
    """The questions as the therapist asks them, with the last answers to questions with the same words.

    `alerts` are hints beside the questions that they answer. What became known since the last screening and means yes
    is proposed as yes. With `patient_answers`, what the patient answered on the tablet, the page starts from these,
    and each answer that is not a no must be confirmed. Answers that do not fit together must be confirmed too.
    """

    both_right = Keys(required=False)
    confirmed = Keys(required=False)

    def __init__(self, data=None, *, patient, questions, last=None, alerts=(), patient_answers=None, **kwargs):
        questions = list(questions)
        self.patient, self.last, self.alerts, self.patient_answers = patient, last, list(alerts), patient_answers
        self.answered = patient_answers.answers if patient_answers else {}
        self.conflicts = []
        typed = _as_typed(last, questions) | _as_answered(self.answered, questions)
        known = _as_known(alerts_to_ask_about(self.alerts, last), typed)
        super().__init__(data, questions=questions, initial=typed | known, **kwargs)

    def clean(self):
        super().clean()
        found = self.cleaned_data
        for question in self.questions:
            if self.patient_answer_to(question) not in ("", NO) and question.key not in found.get("confirmed", []):
                self.add_error(f"answer_{question.key}", "Talk about it with the patient, then confirm it.")
        answered = {q: AS_STORED[found[f"answer_{q.key}"]] for q in self.questions if f"answer_{q.key}" in found}
        details = {question.key: self._details(question) for question in answered}
        self.conflicts = conflicts_between(answered, self.patient, last=self.last, details=details)
        for conflict in self.conflicts:
            if conflict.key not in found.get("both_right", []):
                sentence = f"{conflict.sentence} Change one of them, or confirm that both are right."
                self.add_error(f"answer_{conflict.question_key}", sentence)
        return found

    def _details(self, question):
        names = [
            *(f"more_{question.key}_{number}" for number in range(len(question.details))),
            f"detail_{question.key}",
        ]
        return "; ".join(filter(None, (self.cleaned_data.get(name) for name in names)))

    def patient_answer_to(self, question):
        """ "yes", "no" or "not_known", as the patient answered on the tablet; "" if they did not."""
        return self.answered.get(str(question.pk), {}).get("answer", "")

    def row(self, question):
        patient_answer = self.patient_answer_to(question)
        return super().row(question) | {
            "hints": [alert for alert in self.alerts if alert.question_key == question.key],
            "conflicts": [conflict for conflict in self.conflicts if conflict.question_key == question.key],
            "patient_answer": ScreeningAnswer.Choice(patient_answer).label if patient_answer else "",
            "needs_confirming": patient_answer not in ("", NO),
            "is_confirmed": question.key in (self["confirmed"].value() or []),
        }

    @property
    def has_other_answers(self):
        """Whether anything but a confirmation differs from the last screening."""
        return bool(set(self.changed_data) - {"both_right", "confirmed"})

    @property
    def agreed(self):
        return self["both_right"].value() or []

    @property
    def about(self):
        """The other arguments of take_screening."""
        found = self.cleaned_data
        return {
            "conflicts": found["both_right"],
            "patient_answers": self.patient_answers,
            "confirmed": found["confirmed"],
        }


def _as_known(alerts, typed):
    """Yes, with the names of these Alerts, for the questions that were not answered with yes before."""
    known = {}
    for alert in alerts:
        answer, detail = f"answer_{alert.question_key}", f"detail_{alert.question_key}"
        if typed.get(answer) != YES:
            details = [known.get(detail) or typed.get(detail), alert.label]
            known |= {answer: YES, detail: "; ".join(filter(None, details))[:200]}
    return known


def _as_typed(screening, questions):
    """Initial values from a screening, without answers to questions whose words have changed since."""
    asked = {question.key: question for question in questions}
    typed = {}
    for answer in screening.answers.select_related("question") if screening else []:
        question = asked.get(answer.question.key)
        if question and answer.question_text == question.text:
            typed |= _values(question, TYPED[answer.is_yes], answer.detail, answer.details, answer.side, answer.regions)
    return typed


def _as_answered(answered, questions):
    """Initial values from PatientAnswers.answers, for the versions of the questions that the patient read."""
    typed = {}
    for question in questions:
        if found := answered.get(str(question.pk)):
            typed |= _values(question, **found)
    return typed


def _values(question, answer, detail, details, side, regions):
    key, entered = question.key, dict(details)
    more = {f"more_{key}_{n}": entered.get(field["label"], "") for n, field in enumerate(question.details)}
    return more | {
        f"answer_{key}": answer,
        f"detail_{key}": detail,
        f"side_{key}": side,
        f"where_{key}": regions,
    }
