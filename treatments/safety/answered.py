"""Which warnings have been answered: by words that fit, with a reason, and a colleague's word where one is needed."""

from dataclasses import dataclass

from treatments.models import WarningAnswer

from .warning import Warning


@dataclass(frozen=True)
class Decision:
    """A warning beside its answer, or None. An answer tells its warning's words itself.

    An answer that waits for a colleague to agree is shown, and leaves the warning open.
    """

    warning: Warning | WarningAnswer
    answer: WarningAnswer | None

    @property
    def is_open(self):
        return not self.warning.is_advice and (self.answer is None or self.answer.is_waiting)

    @property
    def waits_for(self):
        """The name of the colleague who has still to agree, or nothing."""
        return self.answer.second_name if self.answer and self.answer.is_waiting else ""


def answer_to(warning, *, reason, seconded_by=None):
    """The unsaved WarningAnswer to a Warning, in the warning's words; a colleague is asked, and has not agreed."""
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
    )


def decided(warnings, answers, *, author_id):
    """A Decision for each of the Warnings; an answer to other words, or of the wrong people, is none."""
    found = {(answer.key, answer.needling_id): answer for answer in answers}
    return [Decision(each, _valid(each, found.get((each.key, each.needling_id)), author_id)) for each in warnings]


def _valid(warning, answer, author_id):
    if answer is None or not warning.may_be_answered or not answer.reason.strip():
        return None
    if (answer.level, answer.title, answer.sentence, answer.source) != warning.words:
        return None
    if warning.is_stop and answer.seconded_by_id in (None, author_id, answer.acknowledged_by_id):
        return None
    return answer
