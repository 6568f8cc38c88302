"""The screening questions as a patient answers them alone."""

from uuid import uuid4

from django import forms

from .once import ChoosesId
from .screenings import QuestionsForm


class PatientAnswersForm(ChoosesId, QuestionsForm):
    """The questions for patients, without what the record knows."""

    id_field = "answers_id"
    answers_id = forms.UUIDField(widget=forms.HiddenInput)
    answered_by_name = forms.CharField(
        label="Who answers",
        max_length=200,
        error_messages={"required": "Enter the name of the person who answers."},
    )

    def __init__(self, data=None, *, patient, questions, **kwargs):
        initial = {"answers_id": uuid4(), "answered_by_name": patient.full_name}
        super().__init__(data, questions=questions, initial=initial, **kwargs)

    def as_kwargs(self):
        """The arguments of keep_patient_answers."""
        found = self.cleaned_data
        names = ("answers_id", "answered_by_name")
        return {name: found[name] for name in names} | {"answers": self.answers()}
