"""The score of a questionnaire from its answers, by its published rule."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from django.core.exceptions import ValidationError

HUNDREDTH = Decimal("0.01")


def score_of(questionnaire, answers):
    """The total of a Questionnaire that has one, as a Decimal with two decimal places.

    `answers` is {key of an item: whole number, or None if it was not answered}; an item that is absent was not
    answered. Raises ValidationError if an answer is not on its scale, if it is to an unknown item, or if more answers
    are missing than the rule of the questionnaire allows.
    """
    if set(answers) - {item.key for item in questionnaire.items}:
        raise ValidationError("An answer belongs to another version of this questionnaire. Reload the page.")
    if refusals := [sentence for part in questionnaire.parts if (sentence := too_many_missing(part, answers))]:
        raise ValidationError(refusals)
    total = sum((_score_of_part(part, answers) for part in questionnaire.parts), Fraction())
    return (Decimal(total.numerator) / Decimal(total.denominator)).quantize(HUNDREDTH, ROUND_HALF_UP)


def too_many_missing(part, answers):
    """Why a part has no score, as a sentence; "" if it has one."""
    missing = sum(answers.get(item.key) is None for item in part.items)
    if missing <= part.may_be_missing:
        return ""
    allowed = "none" if not part.may_be_missing else f"at most {part.may_be_missing}"
    return (
        f"No score: {missing} of the {len(part.items)} answers to “{part.title}” are missing, and the published rule"
        f" allows {allowed}."
    )


def _score_of_part(part, answers):
    given = [answers[item.key] for item in part.items if answers.get(item.key) is not None]
    if any(value not in part.values for value in given):
        raise ValidationError(f"“{part.title}”: an answer is a whole number from {part.lowest} to {part.highest}.")
    return Fraction(sum(given) * len(part.items), len(given) * part.divided_by)
