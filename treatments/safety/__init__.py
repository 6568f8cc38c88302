"""Safety warnings about needling this patient with these rows. The rules only read; nothing here is stored.

Advice needs no answer. A caution needs a reason. A stop can be answered only where its rule allows a colleague to
agree. Every warning names its source. Warnings are shown while the session is written and checked again at signing.
"""

from .after_events import events_against_copying
from .rules import REVIEWED, RULES, warnings_for
from .status import WarningStatus, answer_to, pair_with_answers
from .usual_reasons import usual_reasons
from .visit import Visit, rows_near_the_lung
from .warning import UNSOURCED, Level, SafetyWarning

__all__ = [
    "REVIEWED",
    "RULES",
    "UNSOURCED",
    "WarningStatus",
    "Level",
    "SafetyWarning",
    "Visit",
    "events_against_copying",
    "answer_to",
    "pair_with_answers",
    "rows_near_the_lung",
    "usual_reasons",
    "warnings_for",
]
