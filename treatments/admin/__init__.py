"""The admin of the treatment record. Clinical records are read-only here."""

from . import events, needles, outcomes, records, scores, unusual_access, warnings

__all__ = ["events", "needles", "outcomes", "records", "scores", "unusual_access", "warnings"]
