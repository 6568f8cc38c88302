"""Forms for the tablet: what the patient does on it, and the pain drawing that the patient makes."""

from django import forms
from django.http import QueryDict

from patients.forms.once import ChoosesId
from patients.web.tablet import QUESTIONS

from .assessments import DrawingField
from .events import RowId
from .questionnaires import ChooseQuestionnairesForm

QUESTIONNAIRES, DRAWING = "questionnaire_by_patient", "drawing_by_patient"


class TabletForm(ChooseQuestionnairesForm):
    """What the patient does in one hand-over. Questionnaires need an episode."""

    screening = forms.BooleanField(required=False, label="Screening questions")
    drawing = forms.BooleanField(required=False, label="Pain drawing")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["measure"].required = self.fields["episode"].required = False
        if not self.fields["episode"].queryset.exists():
            del self.fields["measure"], self.fields["episode"]

    def clean(self):
        found = super().clean()
        if found.get("measure") and not found.get("episode"):
            self.add_error("episode", "Choose the complaint that the questionnaires are about.")
        if not self.errors and not self.pages:
            raise forms.ValidationError("Choose at least one thing for the patient to do.")
        return found

    @property
    def ticks(self):
        """The bound fields that are single ticks."""
        return [self["screening"], self["drawing"]]

    @property
    def pages(self):
        """The names of the URLs of the pages for the patient, in their order."""
        wanted = {QUESTIONS: "screening", QUESTIONNAIRES: "measure", DRAWING: "drawing"}
        return [page for page, field in wanted.items() if self.cleaned_data.get(field)]

    def questionnaires(self):
        """The chosen questionnaires and their episode as the fields of ChooseQuestionnairesForm."""
        chosen = QueryDict(mutable=True)
        chosen.setlist("measure", self.cleaned_data["measure"])
        chosen["episode"] = self.cleaned_data["episode"].pk
        return chosen


class PatientDrawingForm(ChoosesId, forms.Form):
    """The pain drawing as the patient makes it alone."""

    id = RowId()
    drawn_by_name = forms.CharField(
        max_length=200, error_messages={"required": "Enter the name of the person drawing."}
    )
    drawing = DrawingField(label="Pain drawing")
