"""An assessment on a page: its parts, each answer beside that of the first assessment."""

from dataclasses import dataclass

from treatments.models import Assessment
from treatments.models.assessment import PAINS
from treatments.record.assessment_fields import words_of

# (key, title, fields) of each part of the page, in its order.
PARTS = [
    ("pain", "Pain", PAINS),
    ("sites", "Where it hurts", ["sites"]),
    ("day", "24 hours", ["day_patterns", "behaviour_24h", "aggravating", "easing"]),
    ("history", "History", ["history", "medication", "earlier_treatment", "surgery", "surgery_when"]),
    ("flags", "Red flags", ["red_flags", "red_flags_detail"]),
    ("findings", "Findings", ["findings"]),
    ("hypothesis", "Working hypothesis", ["hypothesis"]),
]
LONG = {"history": 4, "findings": 4, "earlier_treatment": 2, "surgery": 2, "hypothesis": 2, "red_flags_detail": 2}
NOT_COPIED = {"red_flags", "red_flags_detail", *PAINS}  # asked again each time


@dataclass(frozen=True)
class Row:
    """One question with its answers in words."""

    name: str
    label: str
    kind: str  # how the page draws it: "scale", "chips", "choice", "prose" or "line"
    now: str
    first: str
    change: int | None = None  # of a score since the first assessment
    was: str | None = None  # the signed answer, if an amendment corrected it
    field: object = None  # the bound field, on the page where it is written
    rows: int = 2  # lines of a text

    @property
    def can_be_as_first(self):
        return bool(self.first) and self.name not in NOT_COPIED


@dataclass(frozen=True)
class Part:
    key: str
    title: str
    rows: list[Row]

    @property
    def state(self):
        """Whether the part is "done", "half" done or "open"; a detail that only some answers need does not count."""
        asked = [row for row in self.rows if row.name not in ("red_flags_detail", "surgery_when", "behaviour_24h")]
        answered = sum(bool(row.now) for row in asked)
        return "open" if not answered else "done" if answered == len(asked) else "half"

    @property
    def state_words(self):
        return {"done": "done", "half": "half done", "open": "not begun"}[self.state]


def compared_parts(assessment, first=None, *, form=None):
    """The Parts of an Assessment, with the answers of the `first` one beside it. With `form`, its rows have fields."""
    return [Part(key, title, [_row(name, assessment, first, form) for name in names]) for key, title, names in PARTS]


def _row(name, assessment, first, form):
    field = Assessment._meta.get_field(name)
    label = field.verbose_name[:1].upper() + field.verbose_name[1:]
    now, then = getattr(assessment, name), getattr(first, name) if first else None
    change = now - then if name in PAINS and None not in (now, then) else None
    bound = form[name] if form and name in form.fields else None
    words = (words_of(assessment, name), words_of(first, name) if first else "")
    was = getattr(assessment, "was", {}).get(name)
    return Row(name, label, _kind(name), *words, change, was, bound, LONG.get(name, 1))


def _kind(name):
    if name in PAINS:
        return "scale"
    return {"day_patterns": "chips", "red_flags": "choice", "surgery_when": "line", "sites": "sites"}.get(name, "prose")
