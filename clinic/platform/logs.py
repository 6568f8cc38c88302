"""What may be written to a log: no row of a patient, no search text."""

import logging
import re

from patients.audit.request_context import current_request

# PostgreSQL's DETAIL holds the whole row, its LINE the statement with the values. A value may hold line breaks, so
# all is left out up to the next part of the traceback.
OF_A_ROW = re.compile(
    r"\b(?:DETAIL|CONTEXT|LINE \d+):.*?(?=\n\n(?:The above exception was|During handling of)|\Z)", re.S
)
# The end of a calendar's address is its secret.
CALENDAR = re.compile(r"(/calendar/)[\w-]+")
# So is that of a link by which a password is chosen.
PASSWORD_LINK = re.compile(r"(/account/password/choose/)[\w-]+")
QUERY = re.compile(r"(/[^\s?'\"]*)\?[^\s'\"]+")


class PrivateFormatter(logging.Formatter):
    """Takes patients' data out of message, arguments and traceback, and knows `{request_id}`."""

    def format(self, record):
        request = getattr(record, "request", None)
        # Django says "not found" when the request is over already, but hands it along.
        record.request_id = getattr(request, "request_id", "") or current_request.get().request_id or "-"
        return without_private_parts(super().format(record))


def without_private_parts(text):
    """The text without rows that PostgreSQL quotes, without the query of an address, without secrets in an address."""
    text = QUERY.sub(r"\1", OF_A_ROW.sub("(values left out)", text))
    return PASSWORD_LINK.sub(r"\1(secret)", CALENDAR.sub(r"\1(secret)", text))
