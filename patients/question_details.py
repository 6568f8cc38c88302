"""The fields that a "yes" to a screening question asks for, as a line of text.

"Which one: warfarin, heparin | Last INR" is two fields; the first proposes two answers and takes others too.
"""


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
