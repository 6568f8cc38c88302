"""The precautions for needling that follow from a patient's last screening and age."""

from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator

from patients.consents import GUARDIAN_UNDER, may_need_guardian, needs_guardian
from patients.models import Screening, ScreeningAnswer, ScreeningQuestion
from patients.models.patient_key import person
from patients.models.screening import counts_as_yes
from patients.moments import end_of_day, end_of_minute, minute_of

Category = ScreeningQuestion.Category
Side = ScreeningAnswer.Side
# The sides of a needled muscle that the side of an answer concerns.
SIDES = {Side.LEFT: ("left",), Side.RIGHT: ("right",), Side.BOTH: ("left", "right", "midline")}
# An alert of the banner is cut here. The whole is in the sentence.
LONGEST_LABEL = 80
# Added to the source of a precaution that rests on an answer "not known".
NOT_KNOWN_SOURCE = "that not known counts as yes is a house rule without a clinical source"
WORST_FIRST = [Category.ABSOLUTE, Category.ABSOLUTE_LOCAL, Category.RELATIVE]

MAY_BE_A_MINOR = (
    f"The birth date is not known well enough. If the patient is under {GUARDIAN_UNDER}, a parent or guardian must"
    " consent."
)


@dataclass(frozen=True)
class Precaution:
    """One precaution, with the scope within which it is stricter or only applies.

    A needle is within the scope if its muscle or region is listed, its side is listed and it uses `technique`. An
    empty field does not limit the scope. If `scope_category` is given it applies within the scope, and `category`
    elsewhere.
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
    is_known: bool = True  # False if the answer was "not known", which counts as yes

    @property
    def is_absolute(self):
        return self.category == "absolute"

    @property
    def has_scope(self):
        """Whether fields, not only the text, define which needles the precaution applies to."""
        return bool(self.regions or self.muscles or self.technique or self.sides)


@dataclass(frozen=True)
class ScreeningState:
    """The last screening taken up to a moment of a day, and whether it was valid on that day."""

    day: date
    screening: Screening | None

    @property
    def is_valid(self):
        return self.screening is not None and self.day <= self.screening.valid_until

    @property
    def sentence(self):
        """What is wrong; empty if the screening is valid."""
        if self.is_valid:
            return ""
        if self.screening is None:
            return "Not screened yet. Ask the screening questions first."
        return f"The screening expired on {date_format(self.screening.valid_until, 'j M Y')}. Ask the questions again."


@dataclass(frozen=True)
class Screened:
    """A screening and the precautions that follow from its answers alone, not from the patient's age."""

    screening: Screening
    precautions: list[Precaution]


def screening_state(patient, *, on=None, at=None):
    """The ScreeningState of a patient at a moment, to the minute, or at the end of a day. One query."""
    at = at or end_of_day(on)
    taken = patient.screenings.counting().filter(taken_at__lt=end_of_minute(at))
    taken = taken.select_related("taken_by").latest_first()
    return ScreeningState(timezone.localdate(at), taken.first())


def screening_and_precautions(patient, *, on):
    """(ScreeningState, precautions) of a patient on a day, in one query for both."""
    return screenings_and_precautions([patient], on=on)[patient.pk]


def screenings_and_precautions(patients, *, on):
    """{patient id: (ScreeningState, precautions)} of a list of patients on a day. One query.

    The query returns one row for each answer that counts as yes, see counts_as_yes.
    """
    at = end_of_day(on)
    found = screenings_during(patients, since=at, until=at)
    states = {patient.pk: ScreeningState(on, last_screening(found[patient.pk], at=at)) for patient in patients}
    return {patient.pk: (states[patient.pk], precautions_of(patient, found[patient.pk], on=on)) for patient in patients}


def screenings_during(patients, *, since, until):
    """{patient id: [Screened, newest first]}: the screenings that count at `since`, and those taken until `until`.

    At `since` the last one counts; after a merge the last one of each record, until the patient is screened again. One
    query, for a list of patients. It returns one row for each answer that counts as yes, see counts_as_yes.
    """
    yes = FilteredRelation("answers", condition=counts_as_yes("answers"))
    counting = Screening.objects.counting()
    earlier = counting.filter(taken_at__lt=end_of_minute(since))
    first = earlier.filter(patient__record=OuterRef("patient")).latest_first()
    since_merge = earlier.filter(
        patient__record=OuterRef("patient__merged_into"), taken_at__gt=OuterRef("patient__merged_at")
    )
    rows = counting.filter(patient__in=[patient.pk for patient in patients])
    later = Q(taken_at__gte=end_of_minute(since), taken_at__lt=end_of_minute(until))
    rows = rows.filter(Q(~Exists(since_merge), pk=Subquery(first.values("pk")[:1])) | later)
    rows = rows.annotate(yes=yes, person=person(), merged_at=F("patient__merged_at"))
    rows = rows.select_related("taken_by", "yes__question")
    on, found = timezone.localdate(until), {patient.person_id: {} for patient in patients}
    for row in rows.order_by("-taken_at", "-pk", "yes__question__sort_order", "yes__pk"):
        screened = found[row.person].setdefault(row.pk, Screened(row, []))
        if hasattr(row, "yes"):
            screened.precautions.append(_by_answer(row.yes, row, on))
    return {patient.pk: list(found[patient.person_id].values()) for patient in patients}


def counting_since(screenings, moment):
    """Those of a list of Screened, newest first, that counted at a moment or later: see screenings_during."""
    before = {}
    for each in screenings:
        screening = each.screening
        if minute_of(screening.taken_at) > moment:
            continue
        is_replaced = screening.merged_at and any(other.taken_at > screening.merged_at for other in before.values())
        if not is_replaced:
            before.setdefault(screening.patient_id, screening)
    return [
        each for each in screenings if minute_of(each.screening.taken_at) > moment or each.screening in before.values()
    ]


def last_screening(screenings, *, at):
    """The Screening that counts at this moment, to the minute, of a list of Screened; None if there is none."""
    return next((each.screening for each in screenings if minute_of(each.screening.taken_at) <= at), None)


def precautions_of(patient, screenings, *, on):
    """The precautions that follow from a patient's age on a day and from each Screened of a list, worst first.

    If several screenings warn of the same, it becomes one precaution with the places of all of them.
    """
    found = {precaution.key: precaution for precaution in _by_age(patient, on)}
    for screened in screenings:
        for precaution in screened.precautions:
            newer = found.get(precaution.key)
            found[precaution.key] = _both(newer, precaution) if newer else precaution
    return sorted(found.values(), key=lambda precaution: WORST_FIRST.index(precaution.category))


def precautions_for(patient, *, on):
    """The precautions for a patient on a day, worst first. One query.

    They come from the last screening taken up to that day, even if it is no longer valid: a patient may still take a
    blood thinner. `screening_state` shows whether the screening is valid.
    """
    return precautions_by_patient([patient], on=on)[patient.pk]


def precautions_by_patient(patients, *, on):
    """{patient id: precautions, worst first} of a list of patients on a day. One query."""
    return {pk: precautions for pk, (_, precautions) in screenings_and_precautions(patients, on=on).items()}


def _both(newer, older):
    if (newer.regions, newer.sides, newer.sentence) == (older.regions, older.sides, older.sentence):
        return newer
    # An empty scope has no limit, so the union with it has none either.
    regions = tuple(sorted({*newer.regions, *older.regions})) if newer.regions and older.regions else ()
    sides = tuple(sorted({*newer.sides, *older.sides})) if newer.sides and older.sides else ()
    return replace(newer, regions=regions, sides=sides, sentence=f"{newer.sentence} Before: {older.sentence}")


def _by_answer(answer, screening, on):
    question = answer.question
    return Precaution(
        key=question.key,
        label=_label(answer),
        sentence=_sentence(answer, screening, on),
        category=question.category,
        source=question.source if answer.is_known else "; ".join(filter(None, [question.source, NOT_KNOWN_SOURCE])),
        detail=answer.details_text,
        regions=tuple(answer.regions or question.regions),
        muscles=tuple(question.muscles),
        technique=question.technique,
        sides=SIDES.get(answer.side, ()),
        scope_category=question.scope_category,
        is_known=answer.is_known,
    )


def _label(answer):
    """The alert with what matters at the needle, such as "Blood thinner: apixaban" or "Lymphoedema: left arm"."""
    values = [value for _, value in answer.details]
    parts = [answer.place if answer.is_known else "not known", *values, answer.detail]
    label = ": ".join(filter(None, [answer.question.alert, ", ".join(filter(None, parts))]))
    return Truncator(label).chars(LONGEST_LABEL)


def _sentence(answer, screening, on):
    question = answer.question
    sentence = question.get_category_display()
    if question.scope:
        sentence += f": {question.scope}"
    if details := ", ".join(filter(None, [answer.place, answer.details_text])):
        sentence += f" ({details})"
    if not answer.is_known:
        sentence += ". Not known, and treated as yes until it is known"
    if on > screening.valid_until:
        sentence += f". Screened on {date_format(timezone.localdate(screening.taken_at), 'j M Y')}, out of date"
    return f"{sentence}."


def _by_age(patient, on):
    if not ((is_under := needs_guardian(patient, on=on)) or may_need_guardian(patient, on=on)):
        return []
    return [
        Precaution(
            key="minor",
            label=f"{'Under' if is_under else 'May be under'} {GUARDIAN_UNDER}: guardian",
            sentence="A parent or guardian must consent, preferably in writing." if is_under else MAY_BE_A_MINOR,
            category=Category.RELATIVE,
            source="[@nzasa-code]",
        )
    ]
