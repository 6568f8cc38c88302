"""One thing to mind while needling: how strongly it is said, in which words, and on whose word."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.db.models import TextChoices

UNSOURCED = "unsourced, to be confirmed by a clinician"


class Level(TextChoices):
    STOP = "stop", "Stop"
    CAUTION = "caution", "Caution"
    ADVICE = "advice", "Advice"


WORST_FIRST = list(Level)


@dataclass(frozen=True)
class Warning:
    """Advice is read. A caution is answered with a reason. A stop ends the matter, unless it may be seconded: then a
    colleague agrees to the reason, signed in as themselves. `needling_id` is the row it is about; None: the whole
    session.
    """

    key: str
    level: Level
    title: str
    sentence: str
    source: str
    needling_id: UUID | None = None
    may_be_seconded: bool = False

    @property
    def words(self):
        """What an answer is given to: another title, sentence, level or source asks again."""
        return self.level.value, self.title, self.sentence, self.source

    @cached_property
    def token(self):
        """The same for the same words about the same row, so that a page's answer never meets other words."""
        about = "\x1f".join([self.key, str(self.needling_id or ""), *self.words])
        return hashlib.sha256(about.encode()).hexdigest()[:16]

    @property
    def target(self):
        """Its id on the session's page."""
        return f"id_warning-{self.token}"

    @property
    def is_advice(self):
        return self.level == Level.ADVICE

    @property
    def is_stop(self):
        return self.level == Level.STOP

    @property
    def may_be_answered(self):
        return self.level == Level.CAUTION or self.may_be_seconded
