"""Keep patients' data, search texts and secrets out of the logs."""

import logging
import re

from patients.audit.request_context import current_request

# PostgreSQL's DETAIL contains the row, and its LINE the statement with its values. A value may contain line breaks, so
# everything up to the next part of the traceback is left out.
OF_A_ROW = re.compile(
    r"\b(?:DETAIL|CONTEXT|LINE \d+):.*?(?=\n\n(?:The above exception was|During handling of)|\Z)", re.S
)
# The last part of a calendar address is secret.
CALENDAR = re.compile(r"(/calendar/)[\w-]+")
# So is the link in a message to a patient, also when a calendar file is fetched with it.
VISIT_LINK = re.compile(r"(/v/)[\w-]+")
# So is the last part of a link to choose a password.
PASSWORD_LINK = re.compile(r"(/account/password/choose/)[\w-]+")
QUERY = re.compile(r"(/[^\s?'\"]*)\?[^\s'\"]+")


class PrivateFormatter(logging.Formatter):
    """Remove private parts from message, arguments and traceback, and provide `{request_id}`."""

    def format(self, record):
        request = getattr(record, "request", None)
        # Django logs "not found" after the request has ended, but passes the request along.
        record.request_id = getattr(request, "request_id", "") or current_request.get().request_id or "-"
        return without_private_parts(super().format(record))


def without_private_parts(text):
    """The text without rows quoted by PostgreSQL, query strings of URLs and secrets in URLs."""
    text = QUERY.sub(r"\1", OF_A_ROW.sub("(values left out)", text))
    for secret in (CALENDAR, VISIT_LINK, PASSWORD_LINK):
        text = secret.sub(r"\1(secret)", text)
    return text
