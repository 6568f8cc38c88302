"""What a patient's screening means for needling. One pure rule module: it only reads."""

from dataclasses import dataclass
from datetime import date

from django.db.models import FilteredRelation, OuterRef, Subquery
from django.utils import timezone
from django.utils.formats import date_format

from patients.consents import GUARDIAN_UNDER, needs_guardian
from patients.models import Screening, ScreeningAnswer, ScreeningQuestion
from patients.models.screening import counts_as_yes

Category = ScreeningQuestion.Category
Side = ScreeningAnswer.Side
# The sides of a needled muscle that an answer speaks of.
SIDES = {Side.LEFT: ("left",), Side.RIGHT: ("right",), Side.BOTH: ("left", "right", "midline")}
# What is not known counts as yes until it is known: careful, and only a rule of this house.
HOUSE_RULE = "that not known counts as yes is a house rule without a clinical source"
WORST_FIRST = [Category.ABSOLUTE, Category.ABSOLUTE_LOCAL, Category.RELATIVE]


@dataclass(frozen=True)
class Precaution:
    """One thing to mind, with its scope: what is empty there leaves nothing out.

    A needle is within the scope when its muscle or its region is named, its side is among `sides` and it uses
    `technique`. Within the scope `scope_category` holds where it is given, and `category` everywhere else.
    """

    key: str
    label: str
    sentence: str
    category: str
    source: str
    detail: str = ""
    regions: tuple[str, ...] = ()  # values of BodyRegion
    muscles: tuple[str, ...] = ()  # slugs of the catalogue
    technique: str = ""  # "electrical" or empty
    sides: tuple[str, ...] = ()  # of "left", "right", "midline"
    scope_category: str = ""
    is_known: bool = True  # not known counts as yes; see HOUSE_RULE

    @property
    def is_absolute(self):
        return self.category == "absolute"

    @property
    def has_scope(self):
        """Whether a machine can tell which needles it concerns; when not, only its words say so."""
        return bool(self.regions or self.muscles or self.technique or self.sides)


@dataclass(frozen=True)
class ScreeningState:
    """Whether a patient may be needled on the word of the last screening taken by a day."""

    day: date
    screening: Screening | None

    @property
    def is_valid(self):
        return self.screening is not None and self.day <= self.screening.valid_until

    @property
    def sentence(self):
        """What is wrong; empty when the screening is valid."""
        if self.is_valid:
            return ""
        if self.screening is None:
            return "Not screened yet. Ask the screening questions first."
        return f"The screening ran out on {date_format(self.screening.valid_until, 'j M Y')}. Ask the questions again."


def screening_state(patient, *, on):
    """The last screening taken by this day, and whether it still holds. One query."""
    taken = patient.screenings.filter(taken_at__date__lte=on).select_related("taken_by").latest_first()
    return ScreeningState(on, taken.first())


def screened(patient, *, on):
    """(screening_state, precautions_for) of a patient by this day. One query for both: pages of the chart ask it."""
    return screened_by_patient([patient], on=on)[patient.pk]


def screened_by_patient(patients, *, on):
    """{patient id: (screening_state, precautions_for)} for a list of patients. One query.

    It reads a row for each answer that counts as yes: a yes, or not known (see HOUSE_RULE).
    """
    yes = FilteredRelation("answers", condition=counts_as_yes("answers"))
    latest = Screening.objects.filter(patient=OuterRef("patient"), taken_at__date__lte=on).latest_first()
    rows = Screening.objects.filter(patient__in=[patient.pk for patient in patients])
    rows = rows.filter(pk=Subquery(latest.values("pk")[:1])).annotate(yes=yes).select_related("yes__question")
    last, found = {}, {patient.pk: _by_age(patient, on) for patient in patients}
    for row in rows.order_by("yes__question__sort_order", "yes__pk"):
        last[row.patient_id] = row
        if hasattr(row, "yes"):
            found[row.patient_id].append(_by_answer(row.yes, row, on))
    return {pk: (ScreeningState(on, last.get(pk)), _worst_first(precautions)) for pk, precautions in found.items()}


def precautions_for(patient, *, on):
    """The precautions that hold for this patient on this day, worst first. One query.

    They come from the last screening taken by the day, even when it has run out: a blood thinner does not
    end with a form. Whether needling may go ahead on it is screening_state's answer.
    """
    return precautions_by_patient([patient], on=on)[patient.pk]


def precautions_by_patient(patients, *, on):
    """{patient id: precautions, worst first} for a list of patients, in one query."""
    return {pk: precautions for pk, (_, precautions) in screened_by_patient(patients, on=on).items()}


def _worst_first(precautions):
    return sorted(precautions, key=lambda precaution: WORST_FIRST.index(precaution.category))


def _by_answer(answer, screening, on):
    question = answer.question
    return Precaution(
        key=question.key,
        label=_label(answer),
        sentence=_sentence(answer, screening, on),
        category=question.category,
        source=question.source if answer.is_known else "; ".join(filter(None, [question.source, HOUSE_RULE])),
        detail=answer.detail,
        regions=tuple(answer.regions or question.regions),
        muscles=tuple(question.muscles),
        technique=question.technique,
        sides=SIDES.get(answer.side, ()),
        scope_category=question.scope_category,
        is_known=answer.is_known,
    )


def _label(answer):
    more = answer.place if answer.is_known else "not known"
    return f"{answer.question.alert}: {more}" if more else answer.question.alert


def _sentence(answer, screening, on):
    question = answer.question
    sentence = question.get_category_display()
    if question.scope:
        sentence += f": {question.scope}"
    if said := ", ".join(filter(None, [answer.place, answer.detail])):
        sentence += f" ({said})"
    if not answer.is_known:
        sentence += ". Not known, and treated as yes until it is known"
    if on > screening.valid_until:
        sentence += f". Screened on {date_format(timezone.localdate(screening.taken_at), 'j M Y')}, out of date"
    return f"{sentence}."


def _by_age(patient, on):
    if not needs_guardian(patient, on=on):
        return []
    return [
        Precaution(
            key="minor",
            label=f"Under {GUARDIAN_UNDER}: guardian",
            sentence="A parent or guardian consents, best in writing.",
            category=Category.RELATIVE,
            source="[@nzasa-code]",
        )
    ]
