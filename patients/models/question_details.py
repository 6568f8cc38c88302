"""The fields that a "yes" to a screening question asks for, as a line of text.

"Which one: warfarin, heparin | Last INR" is two fields; the first proposes two answers and takes others too.
"""

from django.core.exceptions import ValidationError


def read_detail_fields(text):
    """[{"label": ..., "choices": [...]}, ...] of a text such as "Which one: warfarin, heparin | Last INR"."""
    fields = (part.partition(":") for part in text.split("|") if part.strip())
    return [
        {"label": label.strip(), "choices": [choice.strip() for choice in choices.split(",") if choice.strip()]}
        for label, _, choices in fields
    ]


def write_detail_fields(fields):
    """The text from which read_detail_fields makes these fields."""
    return " | ".join(f"{one['label']}: {', '.join(one['choices'])}".removesuffix(": ") for one in fields)


def list_of_detail_fields(values):
    """Validate the fields of a question. Raises ValidationError."""
    fields = values if isinstance(values, list) else [None]
    is_field = all(
        isinstance(one, dict) and one.get("label") and isinstance(one.get("choices"), list) for one in fields
    )
    if not is_field or len({one["label"] for one in fields}) != len(fields):
        raise ValidationError("Enter each detail once, such as “Which one: warfarin, heparin”.")


def list_of_details(values):
    """Validate what was entered: [words that ask for it, answer] of each field. Raises ValidationError."""
    pairs = values if isinstance(values, list) else [None]
    if not all(
        isinstance(pair, list) and len(pair) == 2 and all(isinstance(v, str) and v for v in pair) for pair in pairs
    ):
        raise ValidationError("Each detail needs the words that ask for it and an answer.")
