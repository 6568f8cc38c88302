"""Old migrations import the constraint from here."""

from clinic.diary.no_overlap import NoOverlap, OneDayAfter  # noqa: F401
