"""Which warnings have a valid answer: to the same text, with a reason, and with a colleague's agreement if required."""

from dataclasses import dataclass

from treatments.models import WarningAnswer

from .warning import SafetyWarning


@dataclass(frozen=True)
class WarningStatus:
    """A warning and its answer, if any. In a signed record the answer is also the warning, because it has its text.

    The warning stays open until it is answered and, for a stop, until the colleague has agreed, where there is one.
    """

    warning: SafetyWarning | WarningAnswer
    answer: WarningAnswer | None

    @property
    def is_open(self):
        return not self.warning.is_advice and (self.answer is None or self.answer.is_waiting)

    @property
    def waiting_for(self):
        """The name of the colleague who was asked and has not agreed yet; "" if there is none."""
        return self.answer.second_name if self.answer and self.answer.is_waiting else ""


def answer_to(warning, *, reason="", seconded_by=None, alone_reason=""):
    """The unsaved WarningAnswer to a SafetyWarning: only advice has no `reason`.

    A colleague named in `seconded_by` has not agreed yet. `alone_reason` says why nobody else could agree to a stop.
    """
    level, title, sentence, source = warning.words
    return WarningAnswer(
        key=warning.key,
        needling_id=warning.needling_id,
        level=level,
        title=title,
        sentence=sentence,
        source=source,
        reason=reason,
        seconded_by=seconded_by,
        alone_reason=alone_reason,
    )


def pair_with_answers(warnings, answers, *, author_id, is_alone=lambda: False):
    """The WarningStatus of each SafetyWarning. An answer to other text, or with the wrong people, does not count.

    `is_alone` is a function that says whether nobody but the author could agree to a stop. Only then does a reason
    take the place of the colleague; it is not called where no answer gives one.
    """
    found = {(answer.key, answer.needling_id): answer for answer in answers}
    found = {about: answer for about, answer in found.items() if not answer.alone_reason or is_alone()}
    return [WarningStatus(each, _valid(each, found.get((each.key, each.needling_id)), author_id)) for each in warnings]


def _valid(warning, answer, author_id):
    if answer is None or not warning.may_be_answered or not answer.reason.strip():
        return None
    if (answer.level, answer.title, answer.sentence, answer.source) != warning.words:
        return None
    if warning.is_stop and not answer.alone_reason.strip():
        return None if answer.seconded_by_id in (None, author_id, answer.acknowledged_by_id) else answer
    return answer
