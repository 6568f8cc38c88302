"""The admin of the treatment record: for reviewing, never for editing what is clinical."""

from . import events, needles, outcomes, records, scores, unusual_access, warnings

__all__ = ["events", "needles", "outcomes", "records", "scores", "unusual_access", "warnings"]
