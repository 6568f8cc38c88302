"""What may be typed when a patient already has a draft of today."""

import uuid

from django import forms


class AnotherSessionForm(forms.Form):
    """Why another session is started, and what the Start button sent."""

    session_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    appointment = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(
        label="Why another session",
        max_length=200,
        help_text="For example: second visit today, other complaint, treated by two physiotherapists.",
        error_messages={"required": "Give a reason for another session, or continue the draft."},
    )
