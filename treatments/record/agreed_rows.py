"""The rows that a colleague read when they agreed to a stop. The agreement holds for exactly these."""

import uuid
from copy import copy

from patients.integrity.seal import canonical, sha256_of

from .sealing import needling_content

# The colleague's page does not show when a retention timer was started, nor when the row was first saved. The order of
# the rows is that of the list.
NOT_READ = {"sort_order", "retention_started_at", "recorded_at"}


def rows_digest(answer, rows):
    """The hexadecimal SHA-256 of the rows that an agreement to this WarningAnswer covers, of the Needlings `rows`.

    For a warning about one row, it is the content of that row; for one about the session, of all rows in order.
    """
    read = [_as_read(row) for row in rows if answer.needling_id in (None, row.pk)]
    return sha256_of(canonical(read))


def is_agreed(answer, rows):
    """Whether the colleague has agreed to this WarningAnswer for the rows as they are now."""
    return answer.seconded_at is not None and answer.agreed_rows == rows_digest(answer, rows)


def answers_for_rows(answers, rows):
    """The WarningAnswers of a draft, with those that were agreed to for other rows asked again, unsaved."""
    return [asked_again(answer) if answer.seconded_at and not is_agreed(answer, rows) else answer for answer in answers]


def asked_again(answer):
    """A new, unsaved WarningAnswer with the same content, to which nobody has agreed."""
    again = copy(answer)
    again.pk, again.seconded_at = uuid.uuid4(), None
    again.agreed_rows = again.proved_by_means = ""
    again._state = copy(answer._state)
    again._state.adding = True
    return again


def _as_read(row):
    return {field: value for field, value in needling_content(row).items() if field not in NOT_READ}
