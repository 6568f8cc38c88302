"""Forms to choose questionnaires and to answer them item by item: by the therapist, or by the patient on the tablet."""

from django import forms
from django.utils.timezone import localdate

from patients.forms.once import ChoosesId
from treatments.models import OutcomeScore
from treatments.models.scales import Measure
from treatments.questionnaires.definitions import questionnaires
from treatments.questionnaires.scoring import too_many_missing

from .events import RowId
from .fields import CountField
from .scores import EpisodeField, episodes_to_score

LONGEST_ACTIVITY = OutcomeScore._meta.get_field("item").max_length
# More answers than this are typed as a number.
MOST_BUTTONS = 15


class ChooseQuestionnairesForm(forms.Form):
    measure = forms.MultipleChoiceField(
        label="Questionnaires", error_messages={"required": "Choose at least one questionnaire."}
    )
    episode = EpisodeField(None, label="Complaint", empty_label=None)

    def __init__(self, *args, patient, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["measure"].choices = [(measure, one.name) for measure, one in questionnaires().items()]
        self.fields["episode"].queryset = episodes_to_score(patient)

    @property
    def chosen(self):
        """The Questionnaires that were chosen, in the order of the list."""
        return [one for measure, one in questionnaires().items() if measure in self.cleaned_data["measure"]]


class ItemsForm(forms.Form):
    """A field for each item of some Questionnaires. The patient names the activities of the PSFS.

    `activities` are those that the patient named before.
    """

    def __init__(self, data=None, *, chosen, activities=(), initial=None, **kwargs):
        self.chosen = chosen
        named = {f"psfs_activity_{number}": activity for number, activity in enumerate(activities)}
        super().__init__(data, initial=named | (initial or {}), **kwargs)
        for one in chosen:
            for part in one.parts:
                for name, item in _named_items(one, part):
                    self.fields[name] = _answer_field(part, item.text if item else "How well you can do it")
            for number in range(one.activities):
                self.fields[f"psfs_activity_{number}"] = forms.CharField(
                    label=f"Activity {number + 1}", max_length=LONGEST_ACTIVITY, required=False
                )

    def clean(self):
        found = super().clean()
        seen = set()
        for number in range(sum(one.activities for one in self.chosen)):
            activity, value = found.get(f"psfs_activity_{number}", ""), found.get(f"psfs_{number}")
            if value is not None and not activity:
                self.add_error(f"psfs_activity_{number}", "Name the activity that this number is for.")
            if activity and activity.casefold() in seen:
                self.add_error(f"psfs_activity_{number}", "This activity is named twice.")
            seen.add(activity.casefold())
        return found

    def sections(self):
        """For each questionnaire (it, [for each part (it, its rows)]); a row has the fields of an item."""
        return [(one, [(part, list(self._rows(one, part))) for part in one.parts]) for one in self.chosen]

    def _rows(self, one, part):
        for number, (name, item) in enumerate(_named_items(one, part)):
            activity = self[f"psfs_activity_{number}"] if one.has_activities else None
            yield {"answer": self[name], "item": item, "activity": activity}

    def given(self):
        """{measure: {key of an item, or an activity: whole number or None}}, for record_answers."""
        return {one.measure: dict(self._answers(one)) for one in self.chosen}

    def _answers(self, one):
        found = self.cleaned_data
        for part in one.parts:
            for number, (name, item) in enumerate(_named_items(one, part)):
                if item:
                    yield item.key, found.get(name)
                elif activity := " ".join(found.get(f"psfs_activity_{number}", "").split()):
                    yield activity, found.get(name)


class AnswersForm(ChoosesId, ItemsForm):
    """The answers as the therapist records them.

    With `typed`, the fields of PatientItemsForm that the patient sent, the page starts from these answers.
    """

    id = RowId()
    scored_on = forms.DateField(
        label="Answered on",
        initial=localdate,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Give the day on which the patient answered."},
    )

    def __init__(self, data=None, *, chosen, episode, typed=None, initial=None, **kwargs):
        activities = activities_of(episode)
        self.episode, self.by_patient = episode, None
        if typed is not None:
            self.by_patient = PatientItemsForm(typed, chosen=chosen, activities=activities)
            self.by_patient.is_valid()
            initial = {name: typed.get(name) for name in self.by_patient.fields} | (initial or {})
        super().__init__(data, chosen=chosen, activities=activities, initial=initial, **kwargs)

    def as_kwargs(self):
        """The arguments of record_answers."""
        found = self.cleaned_data
        about = {"episode": self.episode, "id": found["id"], "scored_on": found["scored_on"], "given": self.given()}
        if self.by_patient:
            name = self.by_patient.cleaned_data.get("answered_by_name", "")
            about |= {"by_patient": self.by_patient.given(), "answered_by_name": name}
        return about


class PatientItemsForm(ItemsForm):
    """The questions in large type, for a patient who answers alone. Questions can be left out, but not unawares."""

    answered_by_name = forms.CharField(
        max_length=200, error_messages={"required": "Enter the name of the person who answers."}
    )
    leave_out = forms.BooleanField(required=False)

    def clean(self):
        found = super().clean()
        given = self.given()
        has_too_few = any(
            too_many_missing(part, given[one.measure]) for one in self.chosen if one.has_total for part in one.parts
        )
        is_empty = all(value is None for answers in given.values() for value in answers.values())
        self.is_incomplete = has_too_few or is_empty
        if self.is_incomplete and not found.get("leave_out"):
            self.add_error(None, "Some questions have no answer yet.")
        return found


def typed_answers(answers):
    """The fields of ItemsForm that give these answers, {measure: [[key, words, whole number or None], ...]}."""
    return {
        _field_name(measure, key): "" if value is None else str(value)
        for measure, rows in answers.items()
        for key, _, value in rows
    }


def activities_of(episode):
    """The activities that were scored first in an episode, in the patient's words; at most as many as fit."""
    most = max(one.activities for one in questionnaires().values())
    scores = OutcomeScore.objects.current().filter(episode=episode, measure=Measure.PSFS).oldest_first()
    found = {score.item.casefold(): score.item for score in scores[:most]}
    return list(found.values())


def _named_items(one, part):
    """(name of the field, Item) of each item of a part; the Item is None where the patient names an activity."""
    items = [None] * one.activities if one.has_activities else part.items
    return [(_field_name(one.measure, item.key or 0) if item else f"{one.measure}_{number}", item)
            for number, item in enumerate(items)]  # fmt: skip


def _field_name(measure, key):
    return f"{measure}_{key or 0}".replace(" ", "_")


def _answer_field(part, label):
    if len(part.values) <= MOST_BUTTONS:
        return forms.TypedChoiceField(
            choices=[(value, value) for value in part.values], coerce=int, empty_value=None, required=False, label=label
        )
    sentence = f"Give a whole number from {part.lowest} to {part.highest}."
    return CountField(
        part.lowest,
        part.highest,
        sentence,
        label=label,
    )
