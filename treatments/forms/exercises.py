"""Forms to add an exercise to the clinic's list, to prescribe one, and for what the patient reports."""

from uuid import uuid4

from django import forms

from patients.forms.once import ChoosesId
from patients.forms.people import sections
from treatments.forms.pictures import jpeg_of
from treatments.models import Exercise, ExerciseReport
from treatments.models.exercise import DOSE_SENTENCE


class PictureField(forms.FileField):
    """A picture that is uploaded. Its cleaned value is the content of an ExercisePicture, or None."""

    def __init__(self):
        super().__init__(
            label="Picture",
            required=False,
            help_text="A JPEG, PNG or WebP file of up to 10 MB. Use only pictures that the clinic may use.",
            widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        )

    def clean(self, data, initial=None):
        upload = super().clean(data, initial)
        return jpeg_of(upload) if upload else None


class ExerciseForm(forms.ModelForm):
    new_picture = PictureField()
    helper = sections(("Exercise", ["name", "usual_dose", "instructions", "new_picture"]))

    class Meta:
        model = Exercise
        fields = ["name", "usual_dose", "instructions"]
        widgets = {"instructions": forms.Textarea(attrs={"rows": 6})}
        error_messages = {
            "name": {"required": "Give the exercise a name."},
            "usual_dose": {"required": DOSE_SENTENCE},
            "instructions": {"required": "Say what to do, in words for the patient."},
        }

    def as_kwargs(self):
        """The arguments of add_exercise that the form provides."""
        words = {name: self.cleaned_data[name] for name in self._meta.fields}
        return words | {"picture": self.cleaned_data["new_picture"]}


class PrescriptionForm(ChoosesId, forms.Form):
    """One exercise of the list. A page has many of these, so the ids of its fields begin with the exercise."""

    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    exercise = forms.ModelChoiceField(
        Exercise.objects.offered(),
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(["required", "invalid_choice"], "Choose an exercise from the list."),
    )
    dose = forms.CharField(
        max_length=120,
        error_messages={"required": DOSE_SENTENCE},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    @classmethod
    def for_exercise(cls, exercise):
        """The form that the page shows for an exercise of the list."""
        initial = {"exercise": exercise, "dose": exercise.usual_dose}
        return cls(initial=initial, auto_id=f"exercise-{exercise.pk}-%s")

    def keep_ids_of(self, exercise):
        """Show this bound form again in the row of this exercise."""
        self.auto_id = f"exercise-{exercise.pk}-%s"


class ReportForm(ChoosesId, forms.Form):
    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    how = forms.ChoiceField(
        label="How was it done?",
        choices=ExerciseReport.How,
        error_messages={"required": "Choose how it was done."},
    )
    note = forms.CharField(label="What the patient says", required=False, max_length=300)
    ends = forms.BooleanField(label="End this exercise", required=False)

    def __init__(self, *args, prescription, **kwargs):
        super().__init__(*args, prefix=f"report-{prescription.pk}", **kwargs)
