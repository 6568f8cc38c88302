"""The safety warnings of a stored session with their answers, and those that still prevent signing."""

from treatments.safety import pair_with_answers, warnings_for

from .agreed_rows import answers_for_rows


def warning_statuses(session, **known):
    """The WarningStatus of each SafetyWarning of a stored session. `known` is passed on to warnings_for."""
    rows = session.needlings.all()
    answers = answers_for_rows(session.warning_answers.all(), rows)
    return pair_with_answers(warnings_for(session, rows, **known), answers, author_id=session.practitioner.user_id)


def open_warnings(session, **known):
    """The WarningStatuses of a stored session that prevent signing. A stop that nobody may agree to always does."""
    return [status for status in warning_statuses(session, **known) if status.is_open]
