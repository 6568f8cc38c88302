"""What may be typed into a session's page."""

from .record import SessionRecord

__all__ = ["SessionRecord"]
