"""The admin of the treatment record. Clinical records are read-only here."""

from . import (
    assessments,
    error_marks,
    events,
    exercises,
    fact_reviews,
    needles,
    outcomes,
    protocols,
    records,
    scores,
    sessions,
    unusual_access,
    warnings,
)

__all__ = [
    "assessments",
    "error_marks",
    "events",
    "exercises",
    "fact_reviews",
    "needles",
    "outcomes",
    "protocols",
    "records",
    "scores",
    "sessions",
    "unusual_access",
    "warnings",
]
