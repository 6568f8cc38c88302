"""Ids and numbers in requests. A page of ours that was tampered with gets a 400; a wrong address finds nothing."""

import uuid

from django.core.exceptions import SuspiciousOperation

LONGEST_KEY = 18  # digits, so that it fits the column of both engines


def key_in_address(text):
    """The key of a row that this text is; 0, which no row has, if it is missing or is not one."""
    return int(text) if text and text.isdecimal() and len(text) <= LONGEST_KEY else 0


def posted_uuid(text):
    """The UUID that this text is. Raises SuspiciousOperation if it is missing or is not one."""
    try:
        return uuid.UUID(text)
    except (TypeError, ValueError, AttributeError):
        raise SuspiciousOperation("An id of the page is missing or is not a UUID.") from None


def posted_number(text):
    """The whole number that this text is. Raises SuspiciousOperation if it is missing, negative or too long."""
    if text and text.isdecimal() and len(text) <= LONGEST_KEY:
        return int(text)
    raise SuspiciousOperation("A number of the page is missing or is not a number.")
