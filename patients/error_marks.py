"""The hashes of the marks of records that were entered in error."""

from patients.integrity.seal import canonical, plain, sha256_of

# The fields that the hash of a mark covers, and those that the hash of a second person's decision covers.
HASHED_FIELDS = (
    "id patient_id kind record_id reason marked_at marked_by_id marked_name proved_by_means second_reason asked_id"
    " alone_reason"
).split()
DECISION_FIELDS = (
    "content_hash decided_at decided_by_id decided_name decision_proved_by_means is_confirmed decline_reason"
).split()


def mark_hash(mark):
    """SHA-256, in hexadecimal, of an ErrorMark without the second person's decision."""
    return _hash(mark, HASHED_FIELDS)


def decision_hash(mark):
    """SHA-256, in hexadecimal, of the second person's decision and of the mark it is about."""
    return _hash(mark, DECISION_FIELDS)


def _hash(mark, fields):
    return sha256_of(canonical({field: plain(getattr(mark, field)) for field in fields}))
