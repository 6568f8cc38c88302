"""Keep patients' data, search texts and secrets out of the logs."""

import json
import logging
import re
from datetime import UTC, datetime

from patients.audit.request_context import current_request

# PostgreSQL's DETAIL contains the row, and its LINE the statement with its values. A value may contain line breaks, so
# everything up to the next part of the traceback is left out.
OF_A_ROW = re.compile(
    r"\b(?:DETAIL|CONTEXT|LINE \d+):.*?(?=\n\n(?:The above exception was|During handling of)|\Z)", re.S
)
# The last part of a calendar address is secret.
CALENDAR = re.compile(r"(/calendar/)[\w-]+")
# So is the link in a message to a patient, before a visit or after one, also when a calendar file is fetched with it.
VISIT_LINK = re.compile(r"(/[va]/)[\w-]+")
# So is the last part of a link to choose a password.
PASSWORD_LINK = re.compile(r"(/account/password/choose/)[\w-]+")
# Django logs these as errors with a traceback, for example an unknown host name or a body that is too large.
MISTAKES_OF_BROWSERS = "django.security."
QUERY = re.compile(r"(/[^\s?'\"]*)\?[^\s'\"]+")


class PrivateFormatter(logging.Formatter):
    """Remove private parts from message, arguments and traceback, and provide `{request_id}`."""

    def format(self, record):
        if record.name.startswith(MISTAKES_OF_BROWSERS):
            record.levelname, record.exc_info, record.exc_text = "WARNING", None, None
        request = getattr(record, "request", None)
        # Django logs "not found" after the request has ended, but passes the request along.
        record.request_id = getattr(request, "request_id", "") or current_request.get().request_id or "-"
        return without_private_parts(super().format(record))


class JsonFormatter(PrivateFormatter):
    """One JSON object a line: time, level, logger, request id, message with traceback, and what `facts` adds."""

    def format(self, record):
        message = super().format(record)
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": record.request_id,
            "message": message,
        }
        return json.dumps(line | getattr(record, "facts", {}))


def without_private_parts(text):
    """The text without rows quoted by PostgreSQL, query strings of URLs and secrets in URLs."""
    text = QUERY.sub(r"\1", OF_A_ROW.sub("(values left out)", text))
    for secret in (CALENDAR, VISIT_LINK, PASSWORD_LINK):
        text = secret.sub(r"\1(secret)", text)
    return text
