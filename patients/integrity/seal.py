"""The canonical form and the hash of everything that is sealed: records, amendments, consents and audit entries.

Never change what a function here returns. Every hash that a clinic has stored was computed with it, and
`verify_records` computes it again: a different text would report unchanged records as changed. Support for a new type
of value may be added. The fields that a seal covers are listed beside each kind of record.
"""

import json
from datetime import UTC
from hashlib import sha256

# The same hash, computed by the database from a text that it puts together itself.
SHA256_SQL = {"sqlite": "SHA256({})", "postgresql": "encode(sha256(convert_to({}, 'UTF8')), 'hex')"}

_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_ascii_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def sha256_of(text):
    """The SHA-256 of a text in UTF-8, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def sha256_of_bytes(content):
    """The SHA-256 of a file's content, in hexadecimal."""
    return sha256(content).hexdigest()


def canonical(content):
    """JSON with sorted keys and no spaces, not escaped: the form of records, amendments and consents."""
    return _json.encode(content)


def ascii_canonical(content):
    """Like `canonical`, with characters outside ASCII escaped: the form of audit entries."""
    return _ascii_json.encode(content)


def plain(value):
    """A field's value for JSON, the same from both databases.

    Times are in UTC with six decimal places, decimals have no trailing zeros, keys and dates are text.
    """
    if value is None or isinstance(value, bool | int | list):
        return value
    if hasattr(value, "utcoffset"):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if hasattr(value, "normalize"):
        return f"{value.normalize():f}"
    return str(value)


def short_time(at):
    """A time in UTC, with decimals only if it has a fraction of a second: the form of audit entries."""
    return at.astimezone(UTC).isoformat()
