"""Old migrations import the constraint from here."""

from patients.integrity.immutability import Frozen  # noqa: F401
