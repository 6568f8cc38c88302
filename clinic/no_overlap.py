"""Kept for old migrations, which import the constraint from here."""

from patients.integrity.no_overlap import NoOverlap, OneDayAfter  # noqa: F401
