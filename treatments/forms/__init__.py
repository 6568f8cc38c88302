"""The forms of the treatment record."""

from .record import SessionRecord

__all__ = ["SessionRecord"]
