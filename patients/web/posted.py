"""Ids and numbers that a page of ours posts. A page that was tampered with gets a 400."""

import uuid

from django.core.exceptions import SuspiciousOperation


def posted_uuid(text):
    """The UUID that this text is. Raises SuspiciousOperation if it is missing or is not one."""
    try:
        return uuid.UUID(text)
    except (TypeError, ValueError, AttributeError):
        raise SuspiciousOperation("An id of the page is missing or is not a UUID.") from None


def posted_number(text):
    """The whole number that this text is. Raises SuspiciousOperation if it is missing, negative or too long."""
    if text and text.isdecimal() and len(text) < 19:
        return int(text)
    raise SuspiciousOperation("A number of the page is missing or is not a number.")
