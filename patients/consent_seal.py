"""The hash that binds a signature to what was agreed: the words, the regions, the names and the drawing."""

import datetime
import hashlib
import json

from patients.models import ConsentForm

AGREED = (
    "id patient_id form_id method scope explained training given_at explained_by_id signing signed_name signature"
    " witness_name guardian_name guardian_relationship"
).split()


def consent_hash(consent):
    """SHA-256, hexadecimal, of a consent with the text of its form in canonical JSON. Its withdrawal is no part."""
    content = {field: _canonical(getattr(consent, field)) for field in AGREED}
    content["text"] = [getattr(consent.form, field) for field, _ in ConsentForm.SECTIONS]
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _canonical(value):
    """The same text whatever engine the value came from: times in UTC, keys as text."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat(timespec="microseconds")
    return value if value is None or isinstance(value, list | int) else str(value)
