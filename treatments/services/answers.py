"""Keep what was said to the warnings of a draft."""

from django.core.exceptions import ValidationError
from django.utils import timezone

from patients.differences import row_differences
from treatments.models import WarningAnswer

ANSWER = "level title sentence source reason seconded_by_id".split()


def replace_answers(session, stored, answers, by):
    """Make the stored WarningAnswers of a draft the given ones; one that says the same keeps its time and name.

    Returns the differences for the trail.
    Raises ValidationError when the second person is the author.
    """
    stored = list(stored)
    before = {(answer.key, answer.needling_id): answer for answer in stored}
    after = {(answer.key, answer.needling_id): answer for answer in answers}
    same = {about for about, answer in after.items() if about in before and _says(answer) == _says(before[about])}
    if gone := [answer.pk for about, answer in before.items() if about not in same]:
        WarningAnswer.objects.filter(pk__in=gone).delete()
    new = [answer for about, answer in after.items() if about not in same]
    for answer in new:
        answer.session, answer.acknowledged_by, answer.acknowledged_at = session, by, timezone.now()
        _refuse_own_second(answer)
    WarningAnswer.objects.bulk_create(new)
    return row_differences(stored, [*(before[about] for about in same), *new])


def _says(answer):
    return [getattr(answer, field) for field in ANSWER]


def _refuse_own_second(answer):
    if answer.seconded_by_id == answer.acknowledged_by_id:
        raise ValidationError("The second person is somebody else than you. Choose a colleague.")
