"""Old migrations import the constraint from here under its former name."""

from patients.integrity.immutability import Immutable as Frozen  # noqa: F401
