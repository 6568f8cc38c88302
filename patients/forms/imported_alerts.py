"""The form that ends an imported allergy or alert."""

from django import forms


class EndAlertForm(forms.Form):
    end_reason = forms.CharField(
        label="Why does it not count?",
        max_length=300,
        help_text="Such as “the patient was tested and is not allergic”.",
    )

    def __init__(self, *args, alert=None, is_needed=True, **kwargs):
        """`alert` makes the ids of a page with several forms different. A confirmation does not need the reason."""
        super().__init__(*args, auto_id=f"id_{alert.pk if alert else 'chosen'}_%s", **kwargs)
        self.fields["end_reason"].required = is_needed
