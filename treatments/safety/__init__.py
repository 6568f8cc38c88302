"""What to mind while needling this patient with these rows. Rules that only read; nothing here is stored.

Advice is read, a caution is answered with a reason, a stop with the word of a second person, or not at all. Each says
on whose word it stands. They are shown while the session is written and asked again before it is signed.
"""

from django.utils import timezone

from patients.precautions import precautions_for

from .answered import Decision, answer_to, decided
from .circumstances import by_certificate, by_interval, by_recall, needled_lately
from .reasons import usual_reasons
from .screened import by_screening
from .thorax import deeper_than_advised, near_the_lung, rows_near_the_lung
from .warning import UNSOURCED, WORST_FIRST, Level, Warning

__all__ = [
    "UNSOURCED",
    "Decision",
    "Level",
    "Warning",
    "answer_to",
    "decided",
    "decisions",
    "open_decisions",
    "rows_near_the_lung",
    "usual_reasons",
    "warnings_for",
]


def warnings_for(session, needlings, *, on=None, precautions=None, earlier=None):
    """The list of Warnings of a session with these rows: Needlings with muscle and needle, saved or not.

    The worst come first, and of each level those of the session before those of the rows. `on` is the day of the
    visit; `precautions` are those of the patient on that day; `earlier` are Needlings of other sessions, with session
    and muscle. What is not given is looked up: a query for the precautions, and one for the earlier rows where the
    clinic has set an interval.
    """
    rows = list(needlings)
    on = on or timezone.localdate(session.started_at)
    precautions = precautions_for(session.patient, on=on) if precautions is None else precautions
    earlier = needled_lately(session, on=on) if earlier is None else earlier
    found = [
        *by_screening(precautions, rows),
        *by_certificate(session.practitioner, on=on),
        *by_recall(rows, on=on),
        *near_the_lung(rows),
        *deeper_than_advised(rows),
        *by_interval(rows, earlier, on=on),
    ]
    order = {None: -1} | {row.pk: number for number, row in enumerate(rows)}
    return sorted(found, key=lambda warning: (WORST_FIRST.index(warning.level), order[warning.needling_id]))


def decisions(session, **known):
    """A Decision for each Warning of a stored session; `known` is what warnings_for need not look up."""
    warnings = warnings_for(session, session.needlings.all(), **known)
    return decided(warnings, session.warning_answers.all(), author_id=session.practitioner.user_id)


def open_decisions(session, **known):
    """The Decisions of a stored session that stand against signing; a stop that nobody may second always does."""
    return [decision for decision in decisions(session, **known) if decision.is_open]
