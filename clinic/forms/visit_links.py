"""What a patient can answer on the page of a private link."""

from django import forms

from clinic.diary.message_texts import day_and_time
from clinic.models import VisitReply

DAYS = [(day, day) for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat")]
PARTS = [("Morning", "Morning"), ("Afternoon", "Afternoon"), ("After 17:00", "After 17:00")]
CALL = [("yes", "Yes, please call"), ("no", "No, thank you")]


class RequestForm(forms.Form):
    """A request to move or cancel one of the visits of a link."""

    kind = forms.ChoiceField(
        choices=[(kind.value, kind.label) for kind in VisitReply.REQUESTS], widget=forms.HiddenInput
    )
    # Its place in the link: the page holds no ids.
    visit = forms.TypedChoiceField(
        label="Which appointment?",
        coerce=int,
        error_messages={"required": "Choose an appointment.", "invalid_choice": "Choose an appointment."},
    )
    days = forms.MultipleChoiceField(label="Which days suit you?", choices=DAYS, required=False)
    parts = forms.MultipleChoiceField(label="Which part of the day?", choices=PARTS, required=False)
    note = forms.CharField(label="Anything else about the time", max_length=120, required=False)
    call = forms.ChoiceField(label="Shall we call you about a new one?", choices=CALL, required=False)

    def __init__(self, *args, messages, **kwargs):
        super().__init__(*args, **kwargs)
        self.messages = messages
        choices = []
        for number, message in enumerate(messages):
            day, time = day_and_time(message.starts_at, message.appointment.zone)
            choices.append((number, f"{day} at {time}"))
        self.fields["visit"].choices = choices

    def answer(self):
        """The arguments of `ask_about_visit`."""
        typed = self.cleaned_data
        wishes = ", ".join(filter(None, [" ".join(typed["days"]), " or ".join(typed["parts"])]))
        return {
            "appointment_id": self.messages[typed["visit"]].appointment_id,
            "kind": typed["kind"],
            "wishes": wishes,
            "note": typed["note"],
            "wants_call": {"yes": True, "no": False}.get(typed["call"]),
        }
