"""The safety warnings of a stored session with their answers, and those that still prevent signing."""

from treatments.safety import answer_to, pair_with_answers, warnings_for

from .agreed_rows import answers_for_rows
from .second_person import nobody_else_may_agree


def warning_statuses(session, **known):
    """The WarningStatus of each SafetyWarning of a stored session. `known` is passed on to warnings_for."""
    rows = session.needlings.all()
    answers = answers_for_rows(session.warning_answers.all(), rows)
    return pair_with_answers(
        warnings_for(session, rows, **known),
        answers,
        author_id=session.practitioner.user_id,
        is_alone=lambda: nobody_else_may_agree(session),
    )


def open_warnings(session, **known):
    """The WarningStatuses of a stored session that prevent signing. A stop that nobody may agree to always does."""
    return [status for status in warning_statuses(session, **known) if status.is_open]


def advice_shown(session, statuses):
    """Unsaved WarningAnswers that keep the advice among these WarningStatuses as it is shown: it needs no answer."""
    kept = [answer_to(status.warning) for status in statuses if status.warning.is_advice]
    for warning in kept:
        warning.session = session
    return kept
