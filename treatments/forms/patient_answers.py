"""What a patient enters on the page of the private link after a visit: birth date, warning signs, answers."""

from django import forms

from patients.forms.once import ChoosesId
from treatments.forms.events import RowId
from treatments.forms.follow_ups import SCALE
from treatments.forms.questionnaires import PatientItemsForm
from treatments.models import AdverseEvent, WarningSign

Type = AdverseEvent.Type
QUESTIONS = {
    WarningSign.BREATH: "Are you short of breath?",
    WarningSign.CHEST: "Do you have pain in the chest or at the tip of the shoulder, or a dry cough?",
    WarningSign.REDNESS: "Is the skin red, hot or swollen where the needles were, and is it spreading?",
    WarningSign.NUMBNESS: "Is a part of your body newly numb, or is numbness spreading?",
}
# What patients can tick, in their words.
REACTIONS = [
    (Type.BRUISE, "Bruise"),
    (Type.PROLONGED_PAIN, "More pain than before the visit"),
    (Type.FATIGUE, "Very tired"),
    (Type.HEADACHE, "Headache"),
    (Type.DIZZY, "Dizzy"),
    (Type.FAINT_FEELING, "Felt faint"),
    (Type.NAUSEA, "Felt sick"),
    (Type.OTHER, "Something else"),
]


class BirthDateForm(forms.Form):
    """The second step of proof, besides the link. Later steps send it again."""

    born_on = forms.DateField(
        label="Your date of birth",
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}, format="%Y-%m-%d"),
        error_messages={"required": "Enter your date of birth.", "invalid": "Enter a date, such as 1979-03-14."},
    )


class WarningSignsForm(ChoosesId, BirthDateForm):
    id = RowId()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for sign, question in QUESTIONS.items():
            self.fields[sign] = forms.ChoiceField(
                label=question,
                choices=[("no", "No"), ("yes", "Yes")],
                error_messages={"required": "Choose no or yes."},
            )

    @property
    def questions(self):
        return [self[sign] for sign in QUESTIONS]

    def signs(self):
        return [sign for sign in QUESTIONS if self.cleaned_data[sign] == "yes"]


def _scale(label):
    return forms.TypedChoiceField(label=label, choices=SCALE, coerce=int, empty_value=None, required=False)


class PatientAnswersForm(ChoosesId, BirthDateForm):
    id = RowId()
    warning_signs = forms.MultipleChoiceField(choices=WarningSign, required=False, widget=forms.MultipleHiddenInput)
    pain = _scale("Your pain now")
    soreness = _scale("Soreness where the needles were")
    reactions = forms.MultipleChoiceField(
        label="Anything else that you have noticed?", choices=REACTIONS, required=False
    )
    words = forms.CharField(label="In your own words", max_length=500, required=False, widget=forms.Textarea)

    def as_kwargs(self):
        """The arguments of record_patient_answers that the form provides."""
        return self.cleaned_data


class LinkItemsForm(ChoosesId, PatientItemsForm, BirthDateForm):
    """Questionnaires, answered at home. The patient may leave questions out, but must confirm it."""

    id = RowId()
    answered_by_name = None

    def as_kwargs(self):
        """The arguments of record_patient_answers that the form provides."""
        given = self.given()
        answers = {
            one.measure: [(item.key, item.text, given[one.measure][item.key]) for item in one.items]
            for one in self.chosen
        }
        found = {name: self.cleaned_data[name] for name in ("id", "born_on")}
        return found | {"questionnaires": answers}
