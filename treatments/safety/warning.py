"""One safety warning: its level, its text and its source."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.db.models import TextChoices

UNSOURCED = "unsourced, to be confirmed by a clinician"
CLINIC_RULE = f"the clinic's own rule; {UNSOURCED}"


class Level(TextChoices):
    STOP = "stop", "Stop"
    CAUTION = "caution", "Caution"
    ADVICE = "advice", "Advice"


WORST_FIRST = list(Level)


@dataclass(frozen=True)
class SafetyWarning:
    """A warning about one row (`needling_id`) or, without one, about the whole session.

    Advice needs no answer. A caution needs a reason. A stop cannot be answered, unless `colleague_may_agree`: then it
    needs a reason and the agreement of a colleague, who gives it from their own account.
    """

    key: str
    level: Level
    title: str
    sentence: str
    source: str
    needling_id: UUID | None = None
    colleague_may_agree: bool = False

    @property
    def words(self):
        """What an answer refers to. When any of these changes, the warning must be answered again."""
        return self.level.value, self.title, self.sentence, self.source

    @cached_property
    def token(self):
        """Identifies this text about this row, so that an answer from an older page cannot apply to other text."""
        about = "\x1f".join([self.key, str(self.needling_id or ""), *self.words])
        return hashlib.sha256(about.encode()).hexdigest()[:16]

    @property
    def target(self):
        """The id of the warning's element on the session's page."""
        return f"id_warning-{self.token}"

    @property
    def is_advice(self):
        return self.level == Level.ADVICE

    @property
    def is_stop(self):
        return self.level == Level.STOP

    @property
    def may_be_answered(self):
        return self.level == Level.CAUTION or self.colleague_may_agree
